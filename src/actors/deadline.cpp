// The arithmetic of proving periods (spec: Window PoSt; go-state-types dline).
#include "actors/miner.hpp"

namespace nelumbo::actors {

DeadlineInfo deadline_info(ChainEpoch period_start, uint64_t index, ChainEpoch epoch) {
  DeadlineInfo info{.current_epoch = epoch, .period_start = period_start, .index = index};
  if (index < kDeadlines) {
    info.open = period_start + static_cast<ChainEpoch>(index) * kChallengeWindow;
    info.close = info.open + kChallengeWindow;
    info.challenge = info.open - kChallengeLookback;
    info.fault_cutoff = info.open - kFaultDeclarationCutoff;
  } else {
    info.open = info.close = info.challenge = period_start + kProvingPeriod;
  }
  return info;
}

ChainEpoch current_period_start(ChainEpoch any_period_start, ChainEpoch epoch) {
  ChainEpoch into_period = (epoch - any_period_start) % kProvingPeriod;
  if (into_period < 0) into_period += kProvingPeriod;
  return epoch - into_period;
}

DeadlineInfo current_deadline(ChainEpoch any_period_start, ChainEpoch epoch) {
  ChainEpoch start = current_period_start(any_period_start, epoch);
  return deadline_info(start, static_cast<uint64_t>((epoch - start) / kChallengeWindow), epoch);
}

DeadlineInfo DeadlineInfo::next_not_elapsed() const {
  if (!has_elapsed()) return *this;
  ChainEpoch start = current_period_start(period_start, current_epoch);
  auto next = deadline_info(start, index, current_epoch);
  return next.has_elapsed() ? deadline_info(start + kProvingPeriod, index, current_epoch) : next;
}

bool deadline_is_mutable(ChainEpoch period_start, uint64_t index, ChainEpoch epoch) {
  // Within one window before its opening a deadline is closed to changes, so that its snapshot holds still.
  auto info = deadline_info(period_start, index, epoch).next_not_elapsed();
  return epoch < info.open - kChallengeWindow;
}

}  // namespace nelumbo::actors
