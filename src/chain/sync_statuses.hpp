#pragma once
// The syncs that run and the last ones that ended.

#include <deque>
#include <mutex>

#include "base/clock.hpp"
#include "chain/syncer.hpp"

namespace nelumbo::chain {

/// Thread-safe.
class SyncStatuses {
 public:
  explicit SyncStatuses(std::shared_ptr<Clock> clock) : clock_(std::move(clock)) {}

  /// Begins one; gives its worker ID.
  uint64_t begin(TipsetPtr base, TipsetPtr target, SyncStatus::Stage stage);
  /// Changes a running one.
  void update(uint64_t worker_id, const std::function<void(SyncStatus&)>& change);
  void end(uint64_t worker_id, const Result<TipsetPtr>& result);
  /// Newest first.
  std::vector<SyncStatus> list() const;

 private:
  std::shared_ptr<Clock> clock_;
  mutable std::mutex mutex_;
  std::deque<SyncStatus> list_;
  uint64_t next_ = 1;
};

}  // namespace nelumbo::chain
