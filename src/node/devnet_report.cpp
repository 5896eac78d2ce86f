#include "devnet_report.hpp"

#include <cstdio>

#include <fmt/chrono.h>
#include <unistd.h>

#include "codec/json.hpp"
#include "types/sector.hpp"

namespace nelumbo::node {

namespace {

std::string clock_text(int64_t unix_seconds) {
  return fmt::format("{:%H:%M:%S}", fmt::localtime(static_cast<std::time_t>(unix_seconds)));
}

void print_json(const JsonValue& event) {
  std::string text = event.dump() + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

DevnetReport::DevnetReport(bool json) : json_(json), terminal_(!json && isatty(1) == 1) {}
DevnetReport::~DevnetReport() { end_progress(); }

void DevnetReport::line(const std::string& text) {
  end_progress();
  std::string out = text + "\n";
  std::fwrite(out.data(), 1, out.size(), stdout);
  std::fflush(stdout);
}

void DevnetReport::end_progress() {
  if (!step_.empty() && terminal_) std::fputs("\n", stdout);
  step_.clear();
  shown_ = -1;
}

void DevnetReport::progress(const std::string& step, double part) {
  std::lock_guard lock(mutex_);
  int percent = static_cast<int>(std::clamp(part, 0.0, 1.0) * 100);
  if (step == step_ && percent == shown_) return;
  // Without a terminal to draw on, every tenth of the way is a line.
  bool tell = step != step_ || terminal_ || percent / 10 != shown_ / 10;
  if (!tell) return;
  if (step != step_) end_progress();
  step_ = step;
  shown_ = percent;
  if (json_) return print_json({{"event", "progress"}, {"step", step}, {"percent", percent}});
  constexpr int kWidth = 30;
  std::string bar(static_cast<size_t>(percent * kWidth / 100), '#');
  std::string text = fmt::format("{:<44} [{:<{}}] {:3}%", step, bar, kWidth, percent);
  std::fputs(terminal_ ? ("\r" + text).c_str() : (text + "\n").c_str(), stdout);
  std::fflush(stdout);
}

void DevnetReport::done(const std::string& step, const std::string& text) {
  std::lock_guard lock(mutex_);
  if (json_) return print_json({{"event", "done"}, {"step", step}, {"text", text}});
  line(fmt::format("{:<44} {}", step, text));
}

void DevnetReport::note(const std::string& text) {
  std::lock_guard lock(mutex_);
  if (json_) return print_json({{"event", "note"}, {"text", text}});
  line(text);
}

void DevnetReport::epoch(const EpochReport& r) {
  std::lock_guard lock(mutex_);
  if (json_) {
    return print_json({{"event", "epoch"},
                       {"epoch", r.epoch},
                       {"head", r.head},
                       {"blocks", r.blocks},
                       {"messages", r.messages},
                       {"base_fee", r.base_fee.str()},
                       {"power", r.power.str()},
                       {"timestamp", r.timestamp},
                       {"behind", r.behind}});
  }
  std::string head = r.head.size() > 10 ? "…" + r.head.substr(r.head.size() - 8) : r.head;
  std::string behind = r.behind > 1 ? fmt::format("  {} epochs behind the clock", r.behind) : "";
  line(fmt::format("epoch {:>6}  {}  head {}  {} block{}  {} message{}  base fee {}  power {}{}", r.epoch,
                   clock_text(r.timestamp), head, r.blocks, r.blocks == 1 ? "" : "s", r.messages,
                   r.messages == 1 ? "" : "s", fil_short(r.base_fee), size_string(static_cast<uint64_t>(r.power)),
                   behind));
}

void DevnetReport::ready(const std::string& api, const std::string& miner_api, const std::string& beacon) {
  std::lock_guard lock(mutex_);
  if (json_) return print_json({{"event", "ready"}, {"api", api}, {"miner_api", miner_api}, {"beacon", beacon}});
  line(fmt::format("daemon {}   miner {}   beacon {}", api, miner_api, beacon));
}

void DevnetReport::restarted(const std::string& program, const std::string& reason) {
  std::lock_guard lock(mutex_);
  if (json_) return print_json({{"event", "restart"}, {"program", program}, {"reason", reason}});
  line(fmt::format("{} ended ({}) and is started again", program, reason));
}

void DevnetReport::stopped() {
  std::lock_guard lock(mutex_);
  if (json_) return print_json({{"event", "stopped"}});
  line("stopped; the next start continues this chain");
}

}  // namespace nelumbo::node
