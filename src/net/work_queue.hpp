#pragma once
// Work of one kind, bounded: what does not fit is the caller's to drop.

#include <atomic>
#include <exception>
#include <functional>
#include <memory>

#include "base/log.hpp"
#include "base/thread_pool.hpp"

namespace nelumbo::net {

class WorkQueue {
 public:
  WorkQueue(size_t threads, size_t limit) : limit_(limit), pool_(std::make_unique<ThreadPool>(threads)) {}

  /// False when `limit` pieces of work wait or run already, or after stop.
  bool post(std::function<void()> work) {
    if (stopped_) return false;
    if (pending_.fetch_add(1) >= limit_) {
      --pending_;
      return false;
    }
    pool_->post([this, work = std::move(work)] {
      try {
        if (!stopped_) work();
      } catch (const std::exception& error) {
        log_error("net", "a broken invariant: {}", error.what());
      }
      --pending_;
    });
    return true;
  }

  /// What has not begun is dropped; waits for what runs. Whoever posts must have been stopped before.
  void stop() {
    stopped_ = true;
    pool_.reset();
  }

 private:
  size_t limit_;
  std::atomic<size_t> pending_ = 0;
  std::atomic<bool> stopped_ = false;
  std::unique_ptr<ThreadPool> pool_;
};

}  // namespace nelumbo::net
