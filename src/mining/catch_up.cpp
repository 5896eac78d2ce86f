#include "mining/catch_up.hpp"

#include <algorithm>

namespace nelumbo::mining {

namespace {

/// A jump ends so far below the largest valid one that lost elections still find epochs to try.
constexpr ChainEpoch kLargestStep = kMaxNullRounds - 100;

}  // namespace

std::optional<ChainEpoch> next_epoch(const CatchUpState& s) {
  ChainEpoch first = std::max(s.head, s.lost_until) + 1;
  ChainEpoch last = std::min(s.clock, s.head + kMaxNullRounds);
  if (first > last) return std::nullopt;
  ChainEpoch target = s.head + std::clamp<ChainEpoch>(s.sparse, 1, kLargestStep);
  for (const auto& work : s.deadlines) {
    if (work.close <= s.head + 1) continue;
    target = std::min(target, work.open > s.head ? work.open : s.head + 1);
  }
  return std::clamp(target, first, last);
}

}  // namespace nelumbo::mining
