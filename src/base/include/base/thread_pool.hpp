#pragma once
// One pool for CPU work.

#include <functional>
#include <future>
#include <memory>
#include <type_traits>

namespace nelumbo {

/// Fixed threads that run what is posted, in order of posting. The destructor finishes what was posted, then joins.
class ThreadPool {
 public:
  /// threads = 0: as many as the machine has cores.
  explicit ThreadPool(size_t threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  void post(std::function<void()> work);

  /// Runs work on the pool; the future holds its value or exception.
  template <class F>
  auto submit(F work) -> std::future<std::invoke_result_t<F>> {
    auto task = std::make_shared<std::packaged_task<std::invoke_result_t<F>()>>(std::move(work));
    auto future = task->get_future();
    post([task] { (*task)(); });
    return future;
  }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo
