#pragma once
// Logging: one line per event, with the subsystem that speaks. ERROR is this node's own trouble; what a peer did wrong
// is at most a warning that names the peer.

#include <string>
#include <string_view>

#include <fmt/core.h>

namespace nelumbo {

enum class LogLevel { debug, info, warn, error, off };

/// Everything below this level is dropped. Thread-safe; default info.
void set_log_level(LogLevel level);
LogLevel log_level();
/// "debug", "info", "warn", "error", "off"; anything else gives info.
LogLevel parse_log_level(std::string_view name);
/// Sends the log to this file as well (appending) instead of only to standard error.
void add_log_file(const std::string& path);

/// Writes one line: time, level, subsystem, text.
void write_log(LogLevel level, std::string_view subsystem, std::string_view text);

template <class... Args>
void log_at(LogLevel level, std::string_view subsystem, fmt::format_string<Args...> format, Args&&... args) {
  if (level < log_level()) return;
  write_log(level, subsystem, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_debug(std::string_view subsystem, fmt::format_string<Args...> format, Args&&... args) {
  log_at(LogLevel::debug, subsystem, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_info(std::string_view subsystem, fmt::format_string<Args...> format, Args&&... args) {
  log_at(LogLevel::info, subsystem, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_warn(std::string_view subsystem, fmt::format_string<Args...> format, Args&&... args) {
  log_at(LogLevel::warn, subsystem, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_error(std::string_view subsystem, fmt::format_string<Args...> format, Args&&... args) {
  log_at(LogLevel::error, subsystem, format, std::forward<Args>(args)...);
}

}  // namespace nelumbo
