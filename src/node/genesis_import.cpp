#include "genesis_import.hpp"

#include "base/log.hpp"
#include "codec/car.hpp"

namespace nelumbo::node {

namespace {

/// Bytes of blocks written at once.
constexpr size_t kBatchBytes = 4 << 20;

Result<fs::path> genesis_file(const NetworkParams& params, const std::optional<fs::path>& car) {
  if (car) return *car;
  if (params.genesis_asset.empty()) {
    return fail(ErrorCode::invalid, "the network {} has no genesis of its own: give its CAR file with --genesis",
                params.network_name);
  }
  fs::path file = cache_folder() / "assets" / "genesis" / params.genesis_asset;
  if (!fs::exists(file)) {
    return fail(ErrorCode::not_found,
                "the genesis file {} is missing: run `make assets` once to fetch the official files", file.string());
  }
  return file;
}

Result<Cid> root_of(const CarReader& reader, const fs::path& file) {
  if (reader.roots().size() != 1) {
    return fail(ErrorCode::invalid, "{} has {} roots; a genesis has one", file.string(), reader.roots().size());
  }
  return reader.roots().front();
}

Result<Cid> import_car(chain::ChainStore& store, const fs::path& file) {
  auto reader = TRY(CarReader::open(file));
  Cid root = TRY(root_of(reader, file));
  std::vector<Block> batch;
  size_t bytes = 0;
  auto write = [&]() -> Result<> {
    TRY(store.blocks()->put_many(batch));
    batch.clear();
    bytes = 0;
    return {};
  };
  while (auto block = TRY(reader.next())) {
    bytes += block->data.size();
    batch.push_back({block->cid, std::move(block->data)});
    if (bytes >= kBatchBytes) TRY(write());
  }
  TRY(write());
  return root;
}

Result<> check_cid(const NetworkParams& params, const Cid& genesis) {
  if (params.genesis_cid.empty() || params.genesis_cid == genesis.str()) return {};
  return fail(ErrorCode::invalid, "the genesis block is {}, the network {} begins with {}", genesis.str(),
              params.network_name, params.genesis_cid);
}

}  // namespace

Result<> prepare_genesis(chain::ChainStore& store, const std::optional<fs::path>& car) {
  if (auto known = store.genesis()) {
    Cid cid = (*known)->cids().front();
    TRY_IN("this repository holds another network", check_cid(store.params(), cid));
    if (!car) return {};
    auto reader = TRY_IN("reading the genesis", CarReader::open(*car));
    if (TRY(root_of(reader, *car)) == cid) return {};
    return fail(ErrorCode::exists, "this repository holds the chain of genesis {}, not of {}", cid.str(),
                car->string());
  }
  fs::path file = TRY(genesis_file(store.params(), car));
  Cid root = TRY_IN("reading the genesis", import_car(store, file));
  TRY(check_cid(store.params(), root));
  auto header = TRY_IN("reading the genesis", store.load_block(root));
  TRY(store.set_genesis(header));
  log_info("node", "genesis {} of {} from {}", root.str(), store.params().network_name, file.string());
  return {};
}

}  // namespace nelumbo::node
