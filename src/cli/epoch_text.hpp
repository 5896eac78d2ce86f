#pragma once
// Epochs for a person: how long ago or ahead, and when by the clock.

#include "command.hpp"

namespace nelumbo::cli {

/// Seconds from one epoch to the next, of the network.
Result<uint64_t> epoch_seconds(rpc::Client& node);

class EpochText {
 public:
  /// Seen from a tipset.
  EpochText(const Tipset& head, uint64_t epoch_seconds);

  /// "120 (2 minutes 30 seconds ago)", "120 (now)", "120 (in 1 hour 5 minutes)".
  std::string relative(ChainEpoch epoch) const;
  /// "120 (02 Jan 06 15:04 UTC, 2 minutes ago)".
  std::string with_date(ChainEpoch epoch) const;
  /// "15:04:05", local time.
  std::string time_of_day(ChainEpoch epoch) const;

 private:
  std::string distance(ChainEpoch epoch) const;
  std::string format(ChainEpoch epoch, const char* format) const;

  ChainEpoch head_;
  int64_t head_time_;  ///< seconds since the Unix epoch
  int64_t epoch_seconds_;
};

/// The two largest units of a time in seconds, "10 hours 29 minutes".
std::string two_units(int64_t seconds);

}  // namespace nelumbo::cli
