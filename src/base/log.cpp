#include "base/log.hpp"

#include <atomic>
#include <map>
#include <mutex>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "base/log_levels.hpp"

namespace nelumbo {
namespace {

/// The lowest level that anybody may pass; checked before a line is made.
std::atomic<LogLevel> g_level{LogLevel::info};

struct Levels {
  std::mutex mutex;
  LogLevel common = LogLevel::info;
  std::map<std::string, LogLevel, std::less<>> of;  ///< subsystems with a level of their own
};
Levels& levels() {
  static Levels instance;
  return instance;
}

/// Whether a line that passed g_level passes its subsystem's level too.
bool passes(LogLevel level, std::string_view subsystem) {
  auto& all = levels();
  std::lock_guard lock(all.mutex);
  auto own = all.of.find(subsystem);
  return level >= (own == all.of.end() ? all.common : own->second);
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("nelumbo", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z\t%^%l%$\t%v");
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum native(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::off: break;
  }
  return spdlog::level::off;
}

}  // namespace

void set_log_level(LogLevel level) {
  auto& all = levels();
  std::lock_guard lock(all.mutex);
  all.common = level;
  all.of.clear();
  g_level = level;
}

void set_log_level(std::string_view subsystem, LogLevel level) {
  auto& all = levels();
  std::lock_guard lock(all.mutex);
  all.of.insert_or_assign(std::string(subsystem), level);
  LogLevel lowest = all.common;
  for (const auto& [name, own] : all.of) lowest = std::min(lowest, own);
  g_level = lowest;
}

LogLevel log_level() { return g_level; }

LogLevel parse_log_level(std::string_view name) {
  if (name == "debug") return LogLevel::debug;
  if (name == "warn") return LogLevel::warn;
  if (name == "error") return LogLevel::error;
  if (name == "off") return LogLevel::off;
  return LogLevel::info;
}

void add_log_file(const std::string& path) {
  auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path, false);
  sink->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z\t%l\t%v");
  logger().sinks().push_back(std::move(sink));
}

void write_log(LogLevel level, std::string_view subsystem, std::string_view text) {
  if (passes(level, subsystem)) logger().log(native(level), "{}\t{}", subsystem, text);
}

}  // namespace nelumbo
