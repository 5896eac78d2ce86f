#pragma once
// For tests: a clock that the test moves.

#include <atomic>

#include "base/clock.hpp"

namespace nelumbo::net::testing {

class ManualClock : public Clock {
 public:
  TimePoint now() const override { return from_unix_seconds(seconds); }
  bool wait_until(TimePoint, std::stop_token) const override { return true; }
  std::atomic<int64_t> seconds = 1'700'000'000;
};

}  // namespace nelumbo::net::testing
