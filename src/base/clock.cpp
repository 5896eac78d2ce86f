#include "base/clock.hpp"

#include <mutex>

namespace nelumbo {
namespace {

class SystemClock final : public Clock {
 public:
  TimePoint now() const override { return std::chrono::system_clock::now(); }
  bool wait_until(TimePoint when, std::stop_token stop) const override {
    std::mutex mutex;
    std::condition_variable_any condition;
    std::unique_lock lock(mutex);
    condition.wait_until(lock, stop, when, [] { return false; });
    return !stop.stop_requested();
  }
};

}  // namespace

std::shared_ptr<Clock> system_clock() {
  static const auto instance = std::make_shared<SystemClock>();
  return instance;
}

}  // namespace nelumbo
