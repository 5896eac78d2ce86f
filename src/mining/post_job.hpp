#pragma once
// One window PoSt: what is proven, with what, and how far it got. Kept on disk, so that a restart neither proves nor
// sends twice.

#include "actors/miner_params.hpp"
#include "mining/window_post.hpp"

namespace nelumbo::mining {

struct PostJob {
  ChainEpoch open = 0;
  uint64_t deadline = 0;
  Bytes randomness;
  std::vector<actors::PoStPartition> partitions;
  std::vector<PoStProof> proofs;
  double seconds = 0;          ///< proving time; not kept
  std::optional<Cid> message;  ///< sent, perhaps not on chain yet
  uint64_t attempt = 0;        ///< messages for these partitions that failed or got lost before
  static constexpr auto fields = nelumbo::fields(
      field("Open", &PostJob::open), field("Deadline", &PostJob::deadline), field("Randomness", &PostJob::randomness),
      field("Partitions", &PostJob::partitions), field("Proofs", &PostJob::proofs), field("Message", &PostJob::message),
      field("Attempt", &PostJob::attempt));

  std::vector<uint64_t> partition_indexes() const;
  uint64_t skipped() const;
};

/// Jobs by deadline opening and first partition.
class PostJobs {
 public:
  explicit PostJobs(std::shared_ptr<KvStore> store) : store_(std::move(store)) {}
  /// nullopt also for one that cannot be read: it is proven again.
  Result<std::optional<PostJob>> load(const Address& miner, ChainEpoch open, uint64_t first_partition) const;
  Result<> save(const Address& miner, uint64_t first_partition, const PostJob& job);
  Result<> drop(const Address& miner, ChainEpoch open, uint64_t first_partition);
  /// Removes jobs of deadlines that opened before this epoch.
  Result<> drop_before(const Address& miner, ChainEpoch open);

 private:
  std::shared_ptr<KvStore> store_;
};

/// A partition with its number in the deadline.
struct NumberedPartition {
  uint64_t index = 0;
  rpc::Partition partition;
  /// Sectors that a proof of this partition has to cover: live ones without undeclared-recovered faults.
  BitField to_prove() const {
    return (partition.live_sectors - partition.faulty_sectors) | partition.recovering_sectors;
  }
};

struct ProofInput {
  ActorId miner = 0;
  PoStType type{};
  Hash256 randomness{};
  std::vector<NumberedPartition> partitions;
  CheckedSectors sectors;  ///< of all to_prove() sets
  bool verify = true;      ///< check the proof made
};
/// Proves the partitions with one proof. Sectors that cannot be read are skipped, partitions without a readable sector
/// left out; not_found when nothing can be proven. Fills partitions, proofs and seconds of the job. Touches no node.
Result<> prove_partitions(ProofInput input, Prover& prover, PostJob& job);

}  // namespace nelumbo::mining
