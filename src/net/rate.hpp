#pragma once
// How much each peer may ask or bring: a bucket of tokens that fills with time.

#include <mutex>

#include "base/clock.hpp"
#include "base/lru_cache.hpp"
#include "net/policy.hpp"

namespace nelumbo::net {

/// Thread-safe. Peers not heard of for long are forgotten with their buckets.
class RateLimit {
 public:
  /// `burst` at once, `per_second` in the long run.
  RateLimit(double burst, double per_second, std::shared_ptr<Clock> clock)
      : burst_(burst), per_second_(per_second), clock_(std::move(clock)) {}

  /// Takes `cost` tokens of the peer's; false when it has too few.
  bool take(const PeerId& peer, double cost = 1) {
    std::lock_guard lock(mutex_);
    const auto now = clock_->now();
    auto bucket = buckets_.get(peer).value_or(Bucket{burst_, now});
    const double passed = std::chrono::duration<double>(now - bucket.at).count();
    bucket.tokens = std::min(burst_, bucket.tokens + std::max(0.0, passed) * per_second_);
    bucket.at = now;
    const bool enough = bucket.tokens >= cost;
    if (enough) bucket.tokens -= cost;
    buckets_.put(peer, bucket);
    return enough;
  }

 private:
  struct Bucket {
    double tokens = 0;
    TimePoint at{};
  };
  double burst_, per_second_;
  std::shared_ptr<Clock> clock_;
  std::mutex mutex_;
  LruCache<PeerId, Bucket> buckets_{1024};
};

}  // namespace nelumbo::net
