#include "post_job.hpp"

#include <chrono>
#include <map>

#include "base/log.hpp"

namespace nelumbo::mining {

namespace {

void append_number(Bytes& key, uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<uint8_t>(value >> shift));
}

Bytes miner_prefix(const Address& miner) {
  Bytes key = miner.bytes();
  key.push_back('/');
  return key;
}

Bytes job_key(const Address& miner, ChainEpoch open, uint64_t first_partition) {
  Bytes key = miner_prefix(miner);
  append_number(key, static_cast<uint64_t>(open));
  append_number(key, first_partition);
  return key;
}

/// The sectors of a proof in its order: all of the partitions' numbers ascending, the first good sector standing in for
/// each that is not proven (miner actor, load_for_proof).
std::vector<PrivateSectorInfo> proof_order(const std::vector<const NumberedPartition*>& partitions,
                                           const std::map<uint64_t, PrivateSectorInfo>& good) {
  BitField all, proven;
  for (const auto* partition : partitions) {
    all = all | partition->partition.all_sectors;
    proven = proven | partition->to_prove();
  }
  const PrivateSectorInfo* stand_in = nullptr;
  for (const auto& [number, info] : good) {
    if (!proven.contains(number)) continue;
    stand_in = &info;
    break;
  }
  std::vector<PrivateSectorInfo> out;
  for (const auto& range : all.ranges()) {
    for (uint64_t number = range.begin; number < range.end; ++number) {
      auto found = good.find(number);
      bool use = found != good.end() && proven.contains(number);
      out.push_back(use ? found->second : *stand_in);
    }
  }
  return out;
}

}  // namespace

std::vector<uint64_t> PostJob::partition_indexes() const {
  std::vector<uint64_t> out;
  for (const auto& partition : partitions) out.push_back(partition.index);
  return out;
}

uint64_t PostJob::skipped() const {
  uint64_t out = 0;
  for (const auto& partition : partitions) out += partition.skipped.count();
  return out;
}

Result<std::optional<PostJob>> PostJobs::load(const Address& miner, ChainEpoch open, uint64_t first_partition) const {
  auto stored = TRY(store_->get(kWindowPostSpace, job_key(miner, open, first_partition)));
  if (!stored) return std::optional<PostJob>();
  auto job = from_cbor<PostJob>(*stored);
  if (job) return std::optional(*std::move(job));
  log_warn("wdpost", "the proof kept for the deadline that opens at {} cannot be read ({}): proving again", open,
           job.error().message);
  return std::optional<PostJob>();
}

Result<> PostJobs::save(const Address& miner, uint64_t first_partition, const PostJob& job) {
  KvStore::Write write{std::string(kWindowPostSpace), job_key(miner, job.open, first_partition), to_cbor(job)};
  return in_context(store_->write({&write, 1}, true), "keeping a window PoSt");
}

Result<> PostJobs::drop(const Address& miner, ChainEpoch open, uint64_t first_partition) {
  return store_->remove(kWindowPostSpace, job_key(miner, open, first_partition));
}

Result<> PostJobs::drop_before(const Address& miner, ChainEpoch open) {
  if (open <= 0) return {};
  auto prefix = miner_prefix(miner);
  auto end = job_key(miner, open, 0);
  std::vector<KvStore::Write> writes;
  TRY(store_->scan(kWindowPostSpace, prefix, [&](BytesView key, BytesView) {
    if (!std::equal(prefix.begin(), prefix.end(), key.begin(), key.begin() + std::min(key.size(), prefix.size())) ||
        !std::lexicographical_compare(key.begin(), key.end(), end.begin(), end.end())) {
      return false;
    }
    writes.push_back({std::string(kWindowPostSpace), to_bytes(key), std::nullopt});
    return true;
  }));
  return writes.empty() ? Result<>() : store_->write(writes, false);
}

namespace {

/// What is proven of the partitions with the sectors that are good.
std::vector<const NumberedPartition*> choose(const std::vector<NumberedPartition>& partitions,
                                             const std::map<uint64_t, PrivateSectorInfo>& good, PostJob& job) {
  std::vector<uint64_t> numbers;
  for (const auto& [number, info] : good) numbers.push_back(number);
  const auto readable = BitField::from_values(std::move(numbers));
  std::vector<const NumberedPartition*> proven;
  job.partitions.clear();
  for (const auto& partition : partitions) {
    auto skipped = partition.to_prove() - readable;
    if (skipped == partition.to_prove()) continue;
    proven.push_back(&partition);
    job.partitions.push_back({partition.index, std::move(skipped)});
  }
  return proven;
}

Result<> check_proof(const ProofInput& input, Prover& prover, const std::vector<PrivateSectorInfo>& order,
                     const PostJob& job) {
  std::vector<SectorInfo> challenged;
  for (const auto& sector : order) challenged.push_back(sector.info);
  if (TRY_IN("checking the window PoSt",
             prover.verify_window_post(input.miner, input.randomness, job.proofs, challenged)))
    return {};
  return fail(ErrorCode::failed, "the window PoSt made does not verify");
}

}  // namespace

Result<> prove_partitions(ProofInput input, Prover& prover, PostJob& job) {
  auto& good = input.sectors.good;
  for (const auto& [number, reason] : input.sectors.bad)
    log_warn("wdpost", "sector {} is skipped and becomes faulty: {}", number, reason);
  auto start = std::chrono::steady_clock::now();
  while (true) {
    auto proven = choose(input.partitions, good, job);
    if (proven.empty()) return fail(ErrorCode::not_found, "none of the sectors can be read");
    auto order = proof_order(proven, good);
    auto result = TRY_IN("window PoSt", prover.prove_window_post(input.type, input.miner, input.randomness, order));
    if (result.faulty.empty()) {
      job.proofs = std::move(result.proofs);
      if (input.verify) TRY(check_proof(input, prover, order, job));
      break;
    }
    size_t before = good.size();
    for (auto number : result.faulty) {
      if (good.erase(number) == 0) continue;  // a stand-in may be named more than once
      log_warn("wdpost", "sector {} cannot be proven: it is skipped and becomes faulty", number);
    }
    if (good.size() == before)
      return fail(ErrorCode::failed, "the prover names faulty sectors that are not in the proof");
  }
  job.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return {};
}

}  // namespace nelumbo::mining
