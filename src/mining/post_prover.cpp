#include "post_prover.hpp"

#include "base/log.hpp"

namespace nelumbo::mining {

namespace {

bool ready(const std::future<Result<PostJob>>& job) {
  return job.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

uint64_t partitions_per_message(const WindowPostConfig& config, const rpc::MinerInfo& info) {
  uint64_t limit = std::min(
      actors::kPoStedPartitionsMax,
      std::max<uint64_t>(1, actors::kAddressedSectorsMax / std::max<uint64_t>(1, info.window_post_partition_sectors)));
  return config.max_partitions_per_message > 0 ? std::min(limit, config.max_partitions_per_message) : limit;
}

/// The latest window of a deadline whose challenge is known at an epoch.
actors::DeadlineInfo latest_window(ChainEpoch period_start, uint64_t index, ChainEpoch epoch) {
  auto d = actors::deadline_info(actors::current_period_start(period_start, epoch), index, epoch);
  return d.challenge <= epoch ? d : actors::deadline_info(d.period_start - actors::kProvingPeriod, index, epoch);
}

}  // namespace

Result<std::vector<NumberedPartition>> unproven_partitions(NodeApi& node, const Address& miner, const TipsetPtr& head,
                                                           const actors::DeadlineInfo& d) {
  std::vector<NumberedPartition> out;
  if (d.challenge < 0) return out;  // before the chain there was no randomness to prove against
  auto partitions = TRY_IN("partitions", node.partitions(miner, d.index, head->key()));
  for (uint64_t i = 0; i < partitions.size(); ++i) {
    NumberedPartition one{i, std::move(partitions[i])};
    if (!one.to_prove().empty()) out.push_back(std::move(one));
  }
  if (out.empty() || head->height() < d.open) return out;
  auto deadlines = TRY_IN("deadlines", node.deadlines(miner, head->key()));
  if (d.index >= deadlines.size())
    return fail(ErrorCode::invalid, "{} deadlines, expected more than {}", deadlines.size(), d.index);
  std::erase_if(out, [&](const auto& one) { return deadlines[d.index].post_submissions.contains(one.index); });
  return out;
}

std::vector<Batch> batches_of(const WindowPostConfig& config, std::vector<NumberedPartition> partitions,
                              const rpc::MinerInfo& info, const actors::DeadlineInfo& d) {
  const auto limit = partitions_per_message(config, info);
  std::map<std::pair<uint64_t, uint64_t>, Batch> batches;
  for (auto& partition : partitions) {
    const bool alone = config.single_recovering_partition && !partition.partition.recovering_sectors.empty();
    auto& batch = batches[{partition.index / limit, alone ? partition.index + 1 : 0}];
    batch.partitions.push_back(std::move(partition));
  }
  std::vector<Batch> out;
  for (auto& [key, batch] : batches) {
    batch.deadline = d;
    batch.info = info;
    out.push_back(std::move(batch));
  }
  return out;
}

PostProver::PostProver(const WindowPostConfig& config, std::shared_ptr<NodeApi> node, std::shared_ptr<Prover> prover,
                       const SectorChecker& checker)
    : config_(config),
      node_(std::move(node)),
      prover_(std::move(prover)),
      checker_(checker),
      miner_id_(must(config.miner.id())),
      entropy_(to_cbor(config.miner)) {}

Result<Bytes> PostProver::randomness(const actors::DeadlineInfo& d, const TipsetPtr& head) const {
  auto out = TRY(node_->window_post_randomness(d.challenge, entropy_, head->key()));
  if (out.size() != Hash256().size()) return fail(ErrorCode::invalid, "randomness of {} bytes", out.size());
  return out;
}

Result<std::future<Result<PostJob>>> PostProver::start(const TipsetPtr& head, const Batch& batch,
                                                       const Bytes& randomness) {
  BitField wanted;
  for (const auto& partition : batch.partitions) wanted = wanted | partition.to_prove();
  std::vector<ProvenSector> sectors;
  for (const auto& each : TRY_IN("sectors", node_->sectors(config_.miner, wanted, head->key())))
    sectors.push_back(proven_sector(each));
  ProofInput input;
  input.miner = miner_id_;
  input.type = batch.info.window_post_proof_type;
  std::copy(randomness.begin(), randomness.end(), input.randomness.begin());
  input.partitions = batch.partitions;
  input.verify = config_.verify;
  PostJob job;
  job.open = batch.deadline.open;
  job.deadline = batch.deadline.index;
  job.randomness = randomness;
  return pool_.submit([this, sectors = std::move(sectors), input = std::move(input),
                       job = std::move(job)]() mutable -> Result<PostJob> {
    input.sectors = config_.pre_checks ? checker_.check(sectors) : checker_.locate(sectors);
    TRY(prove_partitions(std::move(input), *prover_, job));
    log_info("wdpost", "proved deadline {} ({} sectors in {} partitions, {} of them skipped) in {:.1f} s", job.deadline,
             sectors.size(), job.partitions.size(), job.skipped(), job.seconds);
    return std::move(job);
  });
}

Result<std::optional<PostJob>> PostProver::prove(const TipsetPtr& head, const Batch& batch, const Bytes& randomness,
                                                 bool wait) {
  std::lock_guard lock(mutex_);
  drop_old(batch.deadline);
  const Place place{batch.deadline.open, batch.first()};
  auto found = making_.find(place);
  if (found != making_.end() && found->second.randomness != randomness && (wait || ready(found->second.job))) {
    making_.erase(found);
    found = making_.end();
  }
  if (found == making_.end()) {
    auto job = TRY(start(head, batch, randomness));
    found = making_.emplace(place, Making{randomness, std::move(job)}).first;
  }
  if (found->second.randomness != randomness || !(wait || ready(found->second.job))) return std::optional<PostJob>();
  auto made = std::move(found->second.job);
  making_.erase(found);
  return std::optional(TRY(made.get()));
}

/// Proofs that nobody asked for while their deadline was open.
void PostProver::drop_old(const actors::DeadlineInfo& d) {
  std::erase_if(making_, [&](const auto& each) {
    return each.first.first < d.open - actors::kChallengeWindow && ready(each.second.job);
  });
}

bool PostProver::busy() const {
  std::lock_guard lock(mutex_);
  return !making_.empty();
}

void PostProver::wait() {
  std::lock_guard lock(mutex_);
  for (auto& [place, making] : making_) making.job.wait();
}

Result<std::vector<actors::SubmitWindowedPoStParams>> PostProver::compute(uint64_t deadline, const TipsetPtr& head) {
  if (deadline >= actors::kDeadlines)
    return fail(ErrorCode::invalid, "deadline {}: a proving period has {}, from 0", deadline, actors::kDeadlines);
  auto at = TRY_IN("proving deadline", node_->proving_deadline(config_.miner, head->key()));
  auto d = latest_window(at.period_start, deadline, head->height());
  auto bytes = TRY_IN("challenge randomness", randomness(d, head));
  auto info = TRY_IN("miner info", node_->miner_info(config_.miner, head->key()));
  std::vector<NumberedPartition> partitions;
  auto on_chain = TRY_IN("partitions", node_->partitions(config_.miner, deadline, head->key()));
  for (uint64_t i = 0; i < on_chain.size(); ++i) {
    on_chain[i].faulty_sectors = BitField();  // all that live are tried
    if (!on_chain[i].live_sectors.empty()) partitions.push_back({i, std::move(on_chain[i])});
  }
  std::vector<actors::SubmitWindowedPoStParams> out;
  for (const auto& batch : batches_of(config_, std::move(partitions), info, d)) {
    auto made = TRY(start(head, batch, bytes));
    auto job = made.get();
    if (!job && job.error().code == ErrorCode::not_found) continue;  // nothing there to prove
    if (!job) return std::unexpected(std::move(job).error());
    actors::SubmitWindowedPoStParams params;
    params.deadline = deadline;
    params.partitions = std::move(job->partitions);
    params.proofs = std::move(job->proofs);
    params.chain_commit_epoch = d.challenge;
    out.push_back(std::move(params));
  }
  return out;
}

}  // namespace nelumbo::mining
