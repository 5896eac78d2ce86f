#include "call_pool.hpp"

#include <chrono>
#include <exception>
#include <thread>

#include "base/log.hpp"

namespace nelumbo::rpc {

void CallPool::post(std::function<void()> work) {
  std::unique_lock lock(mutex_);
  if (stopped_) return;
  queue_.push_back(std::move(work));
  if (idle_ >= queue_.size() || threads_ >= max_threads_) {
    wake_.notify_one();
    return;
  }
  ++threads_;
  lock.unlock();
  std::thread([this] { run(); }).detach();  // stop() waits for it by count
}

void CallPool::run() {
  constexpr auto kIdle = std::chrono::seconds(10);
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait_for(lock, kIdle, [this] { return stopped_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) break;  // stopped, or idle for long
    auto work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    try {
      work();
    } catch (const std::exception& error) {
      log_error("rpc", "a handler broke: {}", error.what());
    }
    work = nullptr;
    lock.lock();
  }
  --threads_;
  gone_.notify_all();
}

void CallPool::stop() {
  std::unique_lock lock(mutex_);
  stopped_ = true;
  auto dropped = std::move(queue_);
  queue_.clear();
  wake_.notify_all();
  gone_.wait(lock, [this] { return threads_ == 0; });
  lock.unlock();
}

}  // namespace nelumbo::rpc
