#include "rate_progress.hpp"

#include <algorithm>
#include <iostream>

#include <unistd.h>

namespace nelumbo::cli {

namespace {
constexpr auto kRedraw = std::chrono::milliseconds(200);
}

std::string rate_text(uint64_t bytes, uint64_t bytes_since, double part, double part_since,
                      std::chrono::duration<double> time) {
  std::string out;
  auto add = [&](std::string text) { out += (out.empty() ? "" : ", ") + std::move(text); };
  if (bytes > 0) add(byte_size(bytes));
  if (time.count() <= 0) return out;
  if (bytes > bytes_since) {
    add(fmt::format("{:.1f} MiB/s", static_cast<double>(bytes - bytes_since) / time.count() / (1 << 20)));
  }
  if (part > part_since && part < 1) {
    const double left = time.count() * (1 - part) / (part - part_since);
    if (left < 1e7) add(duration_string(std::chrono::seconds(static_cast<int64_t>(left))) + " left");
  }
  return out;
}

RateProgress::RateProgress(std::ostream& out)
    : out_(out), terminal_(&out == &std::cerr && ::isatty(STDERR_FILENO) != 0) {}

RateProgress::~RateProgress() {
  if (terminal_ && tenth_ >= 0) out_ << '\n';
}

void RateProgress::show(std::string_view step, double part, uint64_t bytes) {
  const auto now = std::chrono::steady_clock::now();
  if (step != step_) {
    if (terminal_ && tenth_ >= 0) out_ << '\n';
    step_ = step;
    begun_ = now;
    drawn_ = {};
    first_part_ = part;
    first_bytes_ = bytes;
    tenth_ = -1;
  }
  part = std::clamp(part, 0.0, 1.0);
  const int tenth = static_cast<int>(part * 10);
  if (terminal_ ? now < drawn_ + kRedraw : tenth == tenth_) return;
  drawn_ = now;
  tenth_ = tenth;
  const auto rate = rate_text(bytes, first_bytes_, part, first_part_, now - begun_);
  const auto text = fmt::format("{}{}{}", step, rate.empty() ? "" : ": ", rate);
  if (terminal_) {
    constexpr size_t kWidth = 30;
    const auto full = static_cast<size_t>(part * kWidth);
    out_ << fmt::format("\r\x1b[2K[{}{}] {:3.0f}% {}", std::string(full, '#'), std::string(kWidth - full, '.'),
                        part * 100, text)
         << std::flush;
  } else {
    out_ << fmt::format("{:3.0f}% {}\n", part * 100, text) << std::flush;
  }
}

}  // namespace nelumbo::cli
