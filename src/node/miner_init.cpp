// lotus-miner init.

#include "miner_parts.hpp"

namespace nelumbo::node {

namespace {

constexpr std::string_view kMetadataSpace = "metadata";
constexpr std::string_view kAddressKey = "miner-address";

}  // namespace

Result<std::shared_ptr<KvStore>> open_miner_store(const Repository& repository) {
  return in_context(
      KvStore::open(repository.datastore(), {std::string(kMetadataSpace), std::string(mining::kBlocksSpace),
                                             std::string(mining::kWindowPostSpace)}),
      "opening the datastore");
}

Result<std::optional<Address>> stored_miner(KvStore& kv) {
  auto bytes = TRY(kv.get(kMetadataSpace, as_bytes(kAddressKey)));
  if (!bytes) return std::optional<Address>();
  return TRY_IN("the miner's address", Address::from_bytes(*bytes));
}

Result<> store_miner(KvStore& kv, const Address& actor) {
  KvStore::Write write{std::string(kMetadataSpace), to_bytes(kAddressKey), actor.bytes()};
  return kv.write(std::span(&write, 1), true);
}

Result<> init_miner(const MinerInitOptions& options) {
  auto actor = TRY_IN("--actor", Address::parse(options.actor));
  auto repository = TRY(Repository::open(options.repository, RepoKind::miner));
  auto kv = TRY(open_miner_store(repository));
  auto known = TRY(stored_miner(*kv));
  if (known && *known != actor) return fail(ErrorCode::exists, "this repository is that of another miner");
  TRY(store_miner(*kv, actor));
  if (!options.pre_sealed) return {};
  auto storage = TRY_IN("storage paths", sealing::Storage::open(repository.folder()));
  return in_context(storage->attach(*options.pre_sealed, std::nullopt), "--pre-sealed-sectors");
}

}  // namespace nelumbo::node
