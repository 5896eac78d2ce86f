#pragma once
// The life of a miner's sectors: a table of states, events and actions, each transition on the disk before its effect.

#include <functional>
#include <map>
#include <memory>
#include <span>

#include "ipld/kv_store.hpp"
#include "sealing/chain_api.hpp"
#include "sealing/record.hpp"
#include "sealing/work.hpp"

namespace nelumbo::sealing {

/// The KvStore spaces of sectors, of sector numbers and of messages that batches send.
inline constexpr std::string_view kSectorsSpace = "sectors";
inline constexpr std::string_view kSealingSpace = "sealing";

/// The most that a message may cost in gas, attoFIL: for itself, and for each of its sectors. 0: the node's own limit.
struct GasCeiling {
  TokenAmount base, per_sector;
  TokenAmount of(size_t sectors) const { return base + per_sector * sectors; }
};

struct PipelineConfig {
  Address miner;           ///< ID address
  bool enabled = true;     ///< false: shows sectors, changes none (another process seals)
  size_t max_sealing = 0;  ///< sectors between Packing and Proving at a time, 0: no limit; others wait and say so
  std::chrono::seconds pre_commit_batch_wait{24 * 3600};  ///< a batch goes out after this at the latest
  std::chrono::seconds pre_commit_batch_slack{3 * 3600};  ///< or this long before the first sector's deadline
  size_t max_pre_commit_batch = 256;
  bool aggregate_commits = true;
  size_t min_commit_batch = 4;
  size_t max_commit_batch = 819;
  std::chrono::seconds commit_batch_wait{24 * 3600};
  std::chrono::seconds commit_batch_slack{3600};
  TokenAmount aggregate_above_base_fee;   ///< attoFIL; below it commits go out singly
  GasCeiling pre_commit_gas, commit_gas;  ///< that of proofs is that of updates too
  TokenAmount terminate_gas;              ///< attoFIL a message; 0: the node's own limit
  std::chrono::seconds terminate_batch_wait{300};
  size_t max_terminate_batch = 100;
  ChainEpoch committed_capacity_lifetime = 0;  ///< epochs; 0: the longest
  bool finalize_early = false;
  ChainEpoch message_confidence = 5;  ///< epochs on a message before it counts
  ChainEpoch seed_confidence = 6;     ///< epochs on the seed's epoch before it is drawn
  /// How long after a failure the next try comes: doubled each time, with jitter.
  std::chrono::seconds retry_base{30}, retry_most{1800};
  bool collateral_from_miner_balance = false;
  std::vector<Address> pre_commit_control, commit_control,
      terminate_control;  ///< who pays, first with funds; else the worker
};

/// What flushing a batch did.
struct BatchResult {
  std::vector<SectorNumber> sectors;
  std::optional<Cid> message;
  std::string error;
  std::map<SectorNumber, std::string> failed;
};

enum class Batch { pre_commit, commit, terminate };

/// Thread-safe. What it does goes on in its own threads after start().
class Pipeline {
 public:
  virtual ~Pipeline() = default;
  virtual Result<> start() = 0;
  /// Ends its threads; what was under way goes on after the next start.
  virtual void stop() = 0;

  /// A new committed-capacity sector; its number.
  virtual Result<SectorNumber> pledge() = 0;
  virtual std::vector<SectorRecord> list() const = 0;
  virtual Result<SectorRecord> get(SectorNumber number) const = 0;
  /// What the sector waits for, in one sentence, and for how long longer than its state normally takes (stuck when >
  /// 0).
  struct Wait {
    std::string reason;
    std::chrono::seconds in_state{};
    std::chrono::seconds over_normal{};
  };
  virtual Result<Wait> wait_of(SectorNumber number) const = 0;
  /// By hand, guarded: states that would seal or send twice are refused with the reason unless `force`.
  virtual Result<> update_state(SectorNumber number, SectorState state, bool force) = 0;
  virtual Result<> remove(SectorNumber number) = 0;
  virtual Result<> terminate(SectorNumber number) = 0;
  /// Makes a proving committed-capacity sector ready to take deals.
  virtual Result<> mark_for_upgrade(SectorNumber number) = 0;
  /// Encodes pieces, which stand in the unsealed file, into a sector that was marked.
  virtual Result<> begin_upgrade(SectorNumber number, std::vector<PieceInfo> pieces) = 0;
  virtual Result<> abort_upgrade(SectorNumber number) = 0;

  virtual std::vector<SectorNumber> pending(Batch batch) const = 0;
  virtual std::vector<BatchResult> flush(Batch batch) = 0;

  // Sector numbers: reserved by name, so that imports and other miners' processes do not collide.
  virtual Result<std::map<std::string, BitField>> reservations() const = 0;
  virtual Result<> reserve(const std::string& name, const BitField& numbers, bool force) = 0;
  virtual Result<BitField> reserve_count(const std::string& name, uint64_t count) = 0;
  virtual Result<> free_reservation(const std::string& name) = 0;

  /// Every transition, after it was stored: for the journal, metrics and tests. Not to be answered with a command.
  virtual void on_transition(std::function<void(const SectorRecord& before, const SectorRecord& after)> hear) = 0;
};

struct PipelineParts {
  std::shared_ptr<ChainApi> chain;
  std::shared_ptr<Sealer> sealer;
  std::shared_ptr<Aggregator> aggregator;
  std::shared_ptr<KvStore> store;
  std::shared_ptr<Clock> clock;
};
Result<std::unique_ptr<Pipeline>> make_pipeline(PipelineConfig config, PipelineParts parts);

/// A sector that another program sealed and the chain has: those of a genesis.
struct AdoptedSector {
  SectorNumber number = 0;
  SealProof proof{};
  Cid sealed_cid, unsealed_cid;
};
/// Puts them into the store that a pipeline will have, in Proving; new sectors are numbered after them. `now`: seconds
/// since the Unix epoch. exists: the store has one of these numbers.
Result<> adopt_sectors(const std::shared_ptr<KvStore>& store, std::span<const AdoptedSector> sectors, int64_t now);

}  // namespace nelumbo::sealing
