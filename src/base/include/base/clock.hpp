#pragma once
// Time as a value: rooms take a Clock, never the system's directly, so that a network can run under virtual time.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <stop_token>

namespace nelumbo {

using TimePoint = std::chrono::sys_time<std::chrono::nanoseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
  /// Waits until the time or until stop is asked for; true when the time came.
  virtual bool wait_until(TimePoint when, std::stop_token stop) const = 0;

  /// Whole seconds since the Unix epoch.
  int64_t unix_seconds() const { return std::chrono::floor<std::chrono::seconds>(now()).time_since_epoch().count(); }
};

/// The system's wall clock.
std::shared_ptr<Clock> system_clock();

inline TimePoint from_unix_seconds(int64_t seconds) { return TimePoint(std::chrono::seconds(seconds)); }

}  // namespace nelumbo
