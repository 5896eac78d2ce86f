#pragma once
// Threads for handlers that may block: made when no idle one is left, up to a limit, and gone again when idle.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace nelumbo::rpc {

class CallPool {
 public:
  explicit CallPool(size_t max_threads) : max_threads_(max_threads) {}
  ~CallPool() { stop(); }
  CallPool(const CallPool&) = delete;
  CallPool& operator=(const CallPool&) = delete;

  /// Runs work on a thread of the pool, in order of posting; dropped after stop().
  void post(std::function<void()> work);
  /// Drops what has not begun and waits for what has.
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_, gone_;
  std::deque<std::function<void()>> queue_;
  size_t max_threads_, threads_ = 0, idle_ = 0;
  bool stopped_ = false;
};

}  // namespace nelumbo::rpc
