#pragma once
// Waking threads: a bell many may wait at, and a worker's box of what it is to look at.

#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>

#include "types/address.hpp"

namespace nelumbo::messager {

/// Counts that something has happened. Thread-safe.
class News {
 public:
  void tell() {
    std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  uint64_t count() const {
    std::lock_guard lock(mutex_);
    return count_;
  }
  /// Waits until more has happened than `seen`, stop is asked for, or the time is over.
  void wait(uint64_t seen, std::stop_token stop, std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, time, [&] { return count_ != seen; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  uint64_t count_ = 0;
};

/// What a worker that publishes is to look at.
struct Work {
  bool everything = false;                        ///< the head has moved: all senders, whole windows
  std::set<Address> senders;                      ///< have new messages
  std::set<std::pair<Address, uint64_t>> resend;  ///< to be sent again, or replaced

  bool empty() const { return !everything && senders.empty() && resend.empty(); }
};

/// A worker's box of work. What comes twice before the worker looks is done once. Thread-safe.
class Inbox {
 public:
  void everything() {
    put([](Work& work) { work.everything = true; });
  }
  void sender(const Address& address) {
    put([&](Work& work) { work.senders.insert(address); });
  }
  void resend(const Address& address, uint64_t nonce) {
    put([&](Work& work) { work.resend.emplace(address, nonce); });
  }
  /// Adds what has come in to `work`; waits for something when nothing has.
  void take(Work& work, std::stop_token stop, std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, time, [&] { return !work_.empty(); });
    work.everything |= work_.everything;
    work.senders.merge(work_.senders);
    work.resend.merge(work_.resend);
    work_ = {};
  }

 private:
  template <class F>
  void put(F f) {
    std::lock_guard lock(mutex_);
    f(work_);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  Work work_;
};

}  // namespace nelumbo::messager
