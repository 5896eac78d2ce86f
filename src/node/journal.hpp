#pragma once
// The journal of a repository: what happened, one JSON object a line, in journal/lotus-journal.ndjson as lotus writes
// it.

#include <fstream>
#include <mutex>
#include <set>
#include <string>

#include "base/file.hpp"

namespace nelumbo::node {

/// Thread-safe.
class Journal {
 public:
  /// LOTUS_JOURNAL_DISABLED_EVENTS ("system:event,…") names what is not written. A journal that was there goes on.
  static Result<std::unique_ptr<Journal>> open(const fs::path& repository);

  /// `data` is JSON. What cannot be written is logged: the journal tells of the work, it does not hold it up.
  void record(std::string_view system, std::string_view event, std::string_view data);

 private:
  Journal(fs::path folder, std::set<std::string, std::less<>> disabled)
      : folder_(std::move(folder)), disabled_(std::move(disabled)) {}
  Result<> begin();
  /// Names the full file after its end and begins a new one.
  void roll();

  const fs::path folder_;
  const std::set<std::string, std::less<>> disabled_;
  std::mutex mutex_;
  std::ofstream out_;
  uint64_t size_ = 0;
};

}  // namespace nelumbo::node
