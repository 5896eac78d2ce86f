#pragma once
// Making window PoSt proofs: what is to be proven of a deadline, cut into messages, proven one after the other on a
// thread of their own.

#include <future>
#include <map>

#include "base/thread_pool.hpp"
#include "post_job.hpp"

namespace nelumbo::mining {

/// The partitions of one message.
struct Batch {
  actors::DeadlineInfo deadline;
  std::vector<NumberedPartition> partitions;  ///< at least one, ascending
  rpc::MinerInfo info;
  uint64_t first() const { return partitions.front().index; }
};

/// Partitions of a deadline that have something to prove and are not yet proven in the window that is open.
Result<std::vector<NumberedPartition>> unproven_partitions(NodeApi& node, const Address& miner, const TipsetPtr& head,
                                                           const actors::DeadlineInfo& d);
/// Cut by partition number, so that a proven partition does not move the others to another batch.
std::vector<Batch> batches_of(const WindowPostConfig& config, std::vector<NumberedPartition> partitions,
                              const rpc::MinerInfo& info, const actors::DeadlineInfo& d);

/// Thread-safe: compute() may be called beside the others.
class PostProver {
 public:
  PostProver(const WindowPostConfig& config, std::shared_ptr<NodeApi> node, std::shared_ptr<Prover> prover,
             const SectorChecker& checker);

  /// The randomness that a deadline is proven against.
  Result<Bytes> randomness(const actors::DeadlineInfo& d, const TipsetPtr& head) const;
  /// The proof of a batch: nullopt while it is being made, unless `wait`. One that was made against other randomness
  /// (of a fork) is thrown away.
  Result<std::optional<PostJob>> prove(const TipsetPtr& head, const Batch& batch, const Bytes& randomness, bool wait);
  /// Whether a proof is being made or waits for being asked for.
  bool busy() const;
  /// Until no proof is being made.
  void wait();
  /// As WindowPoster::compute.
  Result<std::vector<actors::SubmitWindowedPoStParams>> compute(uint64_t deadline, const TipsetPtr& head);

 private:
  struct Making {
    Bytes randomness;
    std::future<Result<PostJob>> job;
  };
  using Place = std::pair<ChainEpoch, uint64_t>;  ///< opening and first partition

  Result<std::future<Result<PostJob>>> start(const TipsetPtr& head, const Batch& batch, const Bytes& randomness);
  void drop_old(const actors::DeadlineInfo& d);

  const WindowPostConfig& config_;
  std::shared_ptr<NodeApi> node_;
  std::shared_ptr<Prover> prover_;
  const SectorChecker& checker_;
  ActorId miner_id_ = 0;
  Bytes entropy_;  ///< the miner's address in CBOR
  mutable std::mutex mutex_;
  std::map<Place, Making> making_;
  ThreadPool pool_{1};  // last: its work uses the others. One proof at a time: each takes all cores and gigabytes
};

}  // namespace nelumbo::mining
