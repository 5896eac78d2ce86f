#include "sync_statuses.hpp"

#include <algorithm>

namespace nelumbo::chain {

namespace {
constexpr size_t kKept = 8;
}  // namespace

uint64_t SyncStatuses::begin(TipsetPtr base, TipsetPtr target, SyncStatus::Stage stage) {
  std::lock_guard lock(mutex_);
  SyncStatus status;
  status.worker_id = next_++;
  status.base = std::move(base);
  status.height = target->height();
  status.target = std::move(target);
  status.stage = stage;
  status.start = clock_->unix_seconds();
  const auto id = status.worker_id;
  list_.push_front(std::move(status));
  if (list_.size() > kKept) {
    auto oldest = std::find_if(list_.rbegin(), list_.rend(), [](const SyncStatus& each) { return each.end != 0; });
    if (oldest != list_.rend()) list_.erase(std::next(oldest).base());
  }
  return id;
}

void SyncStatuses::update(uint64_t worker_id, const std::function<void(SyncStatus&)>& change) {
  std::lock_guard lock(mutex_);
  auto it = std::ranges::find(list_, worker_id, &SyncStatus::worker_id);
  if (it != list_.end()) change(*it);
}

void SyncStatuses::end(uint64_t worker_id, const Result<TipsetPtr>& result) {
  update(worker_id, [&](SyncStatus& status) {
    status.end = clock_->unix_seconds();
    if (result) {
      status.stage = SyncStatus::Stage::complete;
      status.target = *result;
      status.height = (*result)->height();
      status.seconds_left = 0;
    } else {
      status.stage = SyncStatus::Stage::error;
      status.message = result.error().message;
    }
  });
}

std::vector<SyncStatus> SyncStatuses::list() const {
  std::lock_guard lock(mutex_);
  return {list_.begin(), list_.end()};
}

}  // namespace nelumbo::chain
