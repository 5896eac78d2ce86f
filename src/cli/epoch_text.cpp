#include "epoch_text.hpp"

#include <ctime>

namespace nelumbo::cli {

Result<uint64_t> epoch_seconds(rpc::Client& node) {
  return TRY(node.call(rpc::full::StateGetNetworkParams)).block_delay_secs;
}

std::string two_units(int64_t seconds) {
  struct Unit {
    const char* name;
    int64_t seconds;
  };
  static constexpr Unit kUnits[] = {{"year", 31'536'000}, {"week", 604'800}, {"day", 86'400},
                                    {"hour", 3'600},      {"minute", 60},    {"second", 1}};
  std::string out;
  int shown = 0;
  for (const auto& unit : kUnits) {
    const auto count = seconds / unit.seconds;
    seconds %= unit.seconds;
    if (count == 0 || shown == 2) continue;
    out += fmt::format("{}{} {}{}", shown > 0 ? " " : "", count, unit.name, count == 1 ? "" : "s");
    ++shown;
  }
  return out.empty() ? "0 seconds" : out;
}

EpochText::EpochText(const Tipset& head, uint64_t epoch_seconds)
    : head_(head.height()),
      head_time_(static_cast<int64_t>(head.min_timestamp())),
      epoch_seconds_(static_cast<int64_t>(epoch_seconds)) {}

std::string EpochText::distance(ChainEpoch epoch) const {
  if (epoch == head_) return "now";
  if (epoch < head_) return two_units((head_ - epoch) * epoch_seconds_) + " ago";
  return "in " + two_units((epoch - head_) * epoch_seconds_);
}

std::string EpochText::format(ChainEpoch epoch, const char* format) const {
  const std::time_t when = head_time_ + (epoch - head_) * epoch_seconds_;
  std::tm local{};
  ::localtime_r(&when, &local);
  char text[64] = {};
  return std::string(text, std::strftime(text, sizeof text, format, &local));
}

std::string EpochText::relative(ChainEpoch epoch) const { return fmt::format("{} ({})", epoch, distance(epoch)); }

std::string EpochText::with_date(ChainEpoch epoch) const {
  return fmt::format("{} ({}, {})", epoch, format(epoch, "%d %b %y %H:%M %Z"), distance(epoch));
}

std::string EpochText::time_of_day(ChainEpoch epoch) const { return format(epoch, "%H:%M:%S"); }

}  // namespace nelumbo::cli
