#pragma once
// Taking blocks in: validate, store, join with siblings, choose the head.

#include <atomic>

#include "chain/validation.hpp"

namespace nelumbo::chain {

/// Where a sync stands (lotus's ActiveSync), and how fast it goes.
struct SyncStatus {
  enum class Stage { idle, headers, persist_headers, messages, complete, error, fetching };
  uint64_t worker_id = 0;
  TipsetPtr base, target;
  Stage stage = Stage::idle;
  ChainEpoch height = 0;       ///< headers: the lowest fetched; messages: the highest validated
  int64_t start = 0, end = 0;  ///< Unix seconds, end 0 while running
  std::string message;         ///< of an error
  double epochs_per_second = 0, messages_per_second = 0;  ///< of late, in the stage `messages`
  std::optional<int64_t> seconds_left;                    ///< in the stage `messages`
};

/// Why a block is bad.
struct BadBlock {
  std::string reason;
  bool by_operator = false;  ///< marked over the API: who sends it has done nothing wrong
  Cid root;                  ///< the block that is bad in itself; this one or an ancestor
};

class SyncStatuses;

/// Thread-safe; tipsets are taken in one after the other.
class Syncer {
 public:
  Syncer(std::shared_ptr<StateManager> states, std::shared_ptr<ThreadPool> pool, std::shared_ptr<Clock> clock);
  ~Syncer();

  /// Validates and stores a block and takes the tipset it makes as head if heaviest. Gives that tipset. Known blocks
  /// are answered at once. `unavailable` when its parents are not here.
  Result<TipsetPtr> accept(const FullBlock& block);
  /// The same for a block whose messages are in the store (SyncSubmitBlock, gossip after the fetch).
  Result<TipsetPtr> accept(const BlockMessage& block);
  /// Validates the blocks of one tipset together and stores them; the head stays as it is. A block that breaks a rule
  /// is remembered as bad.
  Result<TipsetPtr> take_in(std::span<const FullBlock> blocks);
  /// Validates a tipset of the store anew, nothing remembered.
  Result<> validate(const Tipset& tipset);

  /// Newest first.
  std::vector<SyncStatus> status() const;
  const std::shared_ptr<SyncStatuses>& statuses() const;

  /// Blocks that failed validation, so that they are not tried again; those known to stand on one of them, too.
  std::optional<BadBlock> bad_block(const Cid& block) const;
  std::optional<std::string> bad_reason(const Cid& block) const;
  void mark_bad(const Cid& block, std::string reason, bool by_operator = true);
  /// Marks blocks that stand on a bad one.
  void mark_descendants(const Tipset& tipset, const Cid& ancestor, const BadBlock& why);
  /// Forgets that a block is bad, and those that were so only through it. False when it was not marked.
  bool unmark_bad(const Cid& block);
  void unmark_all_bad();
  uint64_t vm_applied() const;

  /// Told of every block that `accept` took (for publishing, and for who listens to incoming blocks).
  Subscription on_accepted(std::function<void(const FullBlock&)> callback);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo::chain
