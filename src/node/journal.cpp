#include "journal.hpp"

#include <fmt/chrono.h>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "process_api.hpp"

namespace nelumbo::node {

namespace {

constexpr uint64_t kRollSize = uint64_t{1} << 30;  ///< bytes of one file, as in lotus
constexpr std::string_view kName = "lotus-journal.ndjson";

/// "system:event" texts between commas.
Result<std::set<std::string, std::less<>>> parse_disabled(std::string_view text) {
  std::set<std::string, std::less<>> out;
  while (!text.empty()) {
    auto end = std::min(text.find(','), text.size());
    std::string each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    std::erase(each, ' ');
    auto colon = each.find(':');
    if (colon == 0 || colon == std::string::npos || colon + 1 == each.size() || each.find(':', colon + 1) != each.npos)
      return fail(ErrorCode::invalid, "LOTUS_JOURNAL_DISABLED_EVENTS: \"{}\" is not SYSTEM:EVENT", each);
    out.insert(std::move(each));
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const fs::path& repository) {
  const char* disabled = std::getenv("LOTUS_JOURNAL_DISABLED_EVENTS");
  auto names = TRY(parse_disabled(disabled != nullptr ? disabled : ""));
  auto folder = repository / "journal";
  TRY(make_folder(folder));
  std::unique_ptr<Journal> journal(new Journal(std::move(folder), std::move(names)));
  TRY(journal->begin());
  return journal;
}

Result<> Journal::begin() {
  auto file = folder_ / kName;
  out_.open(file, std::ios::app);
  if (!out_) return fail(ErrorCode::unavailable, "cannot write the journal {}", file.string());
  std::error_code ignored;
  size_ = fs::file_size(file, ignored);
  return {};
}

void Journal::roll() {
  out_.close();
  auto now = std::chrono::floor<std::chrono::seconds>(system_clock()->now()).time_since_epoch().count();
  auto name = fmt::format("lotus-journal-{:%Y-%m-%dT%H%M%SZ}.ndjson", fmt::gmtime(static_cast<std::time_t>(now)));
  std::error_code error;
  fs::rename(folder_ / kName, folder_ / name, error);
  if (error) log_warn("miner", "the journal cannot be rolled: {}", error.message());
  if (auto begun = begin(); !begun) log_warn("miner", "{}", begun.error().message);
}

void Journal::record(std::string_view system, std::string_view event, std::string_view data) {
  if (disabled_.contains(fmt::format("{}:{}", system, event))) return;
  auto line = fmt::format("{{\"System\":\"{}\",\"Event\":\"{}\",\"Timestamp\":\"{}\",\"Data\":{}}}\n", system, event,
                          rfc3339(system_clock()->now()), data);
  std::lock_guard lock(mutex_);
  out_ << line << std::flush;
  if (!out_) {
    log_warn("miner", "the journal cannot be written");
    out_.clear();
    return;
  }
  size_ += line.size();
  if (size_ >= kRollSize) roll();
}

}  // namespace nelumbo::node
