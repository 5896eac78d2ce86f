#include "print.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <iostream>
#include <mutex>

#include <nlohmann/json.hpp>
#include <unistd.h>

namespace nelumbo::cli {

void Table::print(std::ostream& out) const {
  std::vector<std::pair<std::string, size_t>> shown;
  for (const auto& column : columns_) {
    size_t width = 0;
    for (const auto& row : rows_) {
      if (auto it = row.find(column); it != row.end() && !it->second.empty())
        width = std::max({width, column.size(), it->second.size()});
    }
    if (width > 0) shown.emplace_back(column, width);
  }
  auto line = [&](auto cell_of) {
    std::string text;
    for (const auto& [column, width] : shown) {
      auto cell = cell_of(column);
      text += cell + std::string(width - cell.size() + 2, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out << text << '\n';
  };
  if (shown.empty()) return;
  line([](const std::string& column) { return column; });
  for (const auto& row : rows_) {
    line([&](const std::string& column) {
      auto it = row.find(column);
      return it == row.end() ? std::string() : it->second;
    });
  }
}

struct Progress::State {
  std::ostream& out;
  bool terminal;
  std::mutex mutex;
  std::string step;
  int tenth = -1;
  bool drawn = false;
  std::chrono::steady_clock::time_point begun = {}, told = {};  ///< of the step
};

Progress::Progress(std::ostream& out)
    : state_(new State{
          .out = out, .terminal = &out == &std::cerr && ::isatty(STDERR_FILENO) != 0, .mutex = {}, .step = {}}) {}
Progress::~Progress() {
  if (state_->drawn) state_->out << '\n';
}

void Progress::show(std::string_view step, double part) {
  std::lock_guard lock(state_->mutex);
  part = std::clamp(part, 0.0, 1.0);
  auto& s = *state_;
  const auto now = std::chrono::steady_clock::now();
  if (s.step != step) s.begun = now;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now - s.begun).count();
  if (s.terminal) {
    constexpr size_t kWidth = 30;
    auto full = static_cast<size_t>(part * kWidth);
    if (s.drawn && s.step != step) s.out << '\n';
    s.out << fmt::format("\r\x1b[2K[{}{}] {:3.0f}% {}, {} s", std::string(full, '#'), std::string(kWidth - full, '.'),
                         part * 100, step, seconds)
          << std::flush;
    s.drawn = true;
  } else if (int tenth = static_cast<int>(part * 10);
             tenth != s.tenth || s.step != step || now - s.told > std::chrono::minutes(1)) {
    s.out << fmt::format("{}: {:.0f}%, {} s\n", step, part * 100, seconds) << std::flush;
    s.tenth = tenth;
    s.told = now;
  }
  s.step = step;
}

namespace {
constexpr std::string_view kPrefixes[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi"};

/// So many of the prefix with this place.
std::pair<double, size_t> scaled(const BigInt& number) {
  auto value = number.convert_to<double>();
  size_t prefix = 0;
  while (value >= 1024 && prefix + 1 < std::size(kPrefixes)) {
    value /= 1024;
    ++prefix;
  }
  return {value, prefix};
}
}  // namespace

std::string byte_size(const BigInt& bytes) {
  if (bytes == 0) return "0 B";
  auto [value, prefix] = scaled(bytes);
  return fmt::format("{:.4g} {}B", value, kPrefixes[prefix]);
}

std::string power_size(const BigInt& power) {
  if (power == 0) return "0 B";
  auto [value, prefix] = scaled(power);
  return fmt::format("{:.3g} {}", value, kPrefixes[prefix]);
}

std::string percent(const BigInt& a, const BigInt& b) {
  if (b == 0) return "0.0000%";
  return fmt::format("{:.4f}%", a.convert_to<double>() * 100 / b.convert_to<double>());
}

std::string cid_list(const std::vector<Cid>& cids) {
  std::string out = "[";
  for (const auto& cid : cids) out += (out.size() > 1 ? " " : "") + cid.str();
  return out + "]";
}

std::string pretty_json(std::string_view json) {
  auto value = nlohmann::ordered_json::parse(json, nullptr, false);
  return value.is_discarded() ? std::string(json)
                              : value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string json_string(std::string_view text) {
  return nlohmann::ordered_json(text).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string stamp(uint64_t unix_seconds) {
  auto time = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  ::localtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%b %e %H:%M:%S", &parts);
  return text;
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {{"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}};
  double total = 0;
  for (auto rest = text; !rest.empty() || text.empty();) {
    size_t digits = std::min(rest.find_first_not_of("0123456789."), rest.size());
    size_t unit_end = std::min(rest.find_first_of("0123456789.", digits), rest.size());
    auto unit = rest.substr(digits, unit_end - digits);
    auto found =
        std::find_if(std::begin(kUnits), std::end(kUnits), [&](const auto& each) { return each.first == unit; });
    if (digits == 0 || found == std::end(kUnits))
      return fail(ErrorCode::invalid, "'{}' is no duration such as 10m, 1h30m or 90s", text);
    total += std::strtod(std::string(rest.substr(0, digits)).c_str(), nullptr) * found->second;
    rest.remove_prefix(unit_end);
  }
  return std::chrono::milliseconds(static_cast<int64_t>(total));
}

std::string duration_string(std::chrono::seconds duration) {
  auto s = duration.count();
  std::string out;
  if (s >= 3600) out += fmt::format("{}h", s / 3600);
  if (s >= 60) out += fmt::format("{}m", s / 60 % 60);
  return out + fmt::format("{}s", s % 60);
}

}  // namespace nelumbo::cli
