#include "engine/aggregation.hpp"

#include <unistd.h>

#include "commitment.hpp"
#include "crypto/bridge.hpp"
#include "init.hpp"
#include "nelumbo_engines/src/snarkpack.rs.h"

namespace nelumbo {
namespace {

/// One PoRep proof for each of 819 sectors, rounded up to a power of two. Sectors of 32 GiB and more have ten proofs
/// each; their parameters cannot be made on a test network anyhow.
constexpr uint64_t kTestProofs = 1024;

Result<std::vector<engines::AggregatedSector>> lend(std::span<const sealing_calls::AggregatedSector> sectors) {
  std::vector<engines::AggregatedSector> out;
  for (const auto& each : sectors) {
    auto sealed = TRY_IN(fmt::format("sector {}", each.number), sealed_commitment(each.sealed_cid));
    auto unsealed = TRY_IN(fmt::format("sector {}", each.number), unsealed_commitment(each.unsealed_cid));
    out.push_back({each.number, sealed, unsealed, each.ticket, each.seed});
  }
  return out;
}

}  // namespace

namespace sealing_calls {

Result<Bytes> aggregate_seals(SealProof proof, std::span<const AggregatedSector> sectors,
                              std::span<const Bytes> proofs) {
  init_engines();
  if (sectors.size() != proofs.size()) {
    return fail(ErrorCode::invalid, "{} proofs for {} sectors", proofs.size(), sectors.size());
  }
  auto list = TRY(lend(sectors));
  std::vector<engines::SealSnark> snarks;
  for (const auto& each : proofs) {
    engines::SealSnark snark;
    std::copy(each.begin(), each.end(), std::back_inserter(snark.bytes));
    snarks.push_back(std::move(snark));
  }
  auto work = [&] {
    return engines::aggregate_seals(int64_t(proof), {list.data(), list.size()}, {snarks.data(), snarks.size()});
  };
  return in_context(bridge::call(work, ErrorCode::failed), "aggregating proofs");
}

Result<bool> verify_aggregate_seals(SealProof proof, ActorId miner, std::span<const AggregatedSector> sectors,
                                    BytesView aggregate) {
  init_engines();
  auto list = TRY(lend(sectors));
  auto work = [&] {
    return engines::verify_aggregate_seals(int64_t(proof), miner, {list.data(), list.size()}, bridge::slice(aggregate));
  };
  return in_context(bridge::call(work, ErrorCode::failed), "verifying an aggregate of proofs");
}

}  // namespace sealing_calls

namespace parameters {

Result<fs::path> srs_file() {
  init_engines();
  auto name = TRY(bridge::call([] { return std::string(engines::srs_name()); }, ErrorCode::failed));
  return parameter_cache_folder() / name;
}

Result<bool> srs_present() {
  std::error_code error;
  return fs::file_size(TRY(srs_file()), error) > 0 && !error;
}

Result<> check_srs() {
  const auto file = TRY(srs_file());
  if (!TRY(srs_present())) return fail(ErrorCode::not_found, "there is no {}", file.string());
  return in_context(bridge::call([&] { engines::check_srs(file.string()); }, ErrorCode::invalid),
                    "SRS of aggregated proofs");
}

Result<> make_srs() {
  if (TRY(srs_present())) return {};
  const auto file = TRY(srs_file());
  TRY(make_folder(file.parent_path()));
  // Two processes that make it at once make the same.
  const auto beside = fs::path(file.string() + fmt::format(".{}.new", ::getpid()));
  TRY_IN("making the SRS of aggregated proofs",
         bridge::call([&] { engines::generate_srs(beside.string(), kTestProofs); }, ErrorCode::failed));
  std::error_code error;
  fs::rename(beside, file, error);
  if (error) return fail(ErrorCode::failed, "renaming {}: {}", beside.string(), error.message());
  return {};
}

}  // namespace parameters

}  // namespace nelumbo
