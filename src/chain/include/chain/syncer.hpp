#pragma once
// Taking blocks in: validate, store, join with siblings, choose the head.

#include <atomic>

#include "chain/validation.hpp"

namespace nelumbo::chain {

/// Where a sync stands (lotus's ActiveSync).
struct SyncStatus {
  enum class Stage { idle, headers, persist_headers, messages, complete, error, fetching };
  uint64_t worker_id = 0;
  TipsetPtr base, target;
  Stage stage = Stage::idle;
  ChainEpoch height = 0;
  int64_t start = 0, end = 0;  ///< Unix seconds, end 0 while running
  std::string message;         ///< of an error
};

/// Thread-safe; blocks are taken in one after the other.
class Syncer {
 public:
  Syncer(std::shared_ptr<StateManager> states, std::shared_ptr<ThreadPool> pool, std::shared_ptr<Clock> clock);
  ~Syncer();

  /// Validates and stores a block and takes the tipset it makes as head if heaviest. Gives that tipset. Known blocks
  /// are answered at once.
  Result<TipsetPtr> accept(const FullBlock& block);
  /// The same for a block whose messages are in the store (SyncSubmitBlock, gossip after the fetch).
  Result<TipsetPtr> accept(const BlockMessage& block);

  /// Newest first.
  std::vector<SyncStatus> status() const;
  /// Blocks that failed validation, with the reason, so that they are not tried again.
  std::optional<std::string> bad_reason(const Cid& block) const;
  void mark_bad(const Cid& block, std::string reason);
  bool unmark_bad(const Cid& block);
  uint64_t vm_applied() const;

  /// Told of every block that was accepted (for publishing, once there is a network).
  Subscription on_accepted(std::function<void(const FullBlock&)> callback);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo::chain
