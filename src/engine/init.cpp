#include "init.hpp"

#include <cstdlib>
#include <memory>
#include <mutex>

#include "base/file.hpp"
#include "base/log.hpp"
#include "nelumbo_engines/log_sink.hpp"
#include "nelumbo_engines/src/logging.rs.h"

namespace nelumbo {
namespace {

/// One line of what a crate says: causes stand on lines of their own, and below them the stack that anyhow adds when
/// the environment asks for backtraces.
std::string one_line(std::string_view text) {
  text = text.substr(0, text.find("\n\nStack backtrace:"));
  std::string out;
  for (char c : text) {
    if (c == '\n') c = ' ';
    if (c != ' ' || !out.ends_with(' ')) out.push_back(c);
  }
  return out;
}

class Sink final : public engines::LogSink {
 public:
  void write(bool error, rust::Str target, rust::Str text) const override {
    auto line = one_line({text.data(), text.size()});
    {
      // The proofs say the same for each of a sector's many challenges.
      std::lock_guard lock(mutex_);
      if (line == last_) return;
      last_ = line;
    }
    log_at(error ? LogLevel::error : LogLevel::warn, std::string_view(target.data(), target.size()), "{}", line);
  }

 private:
  mutable std::mutex mutex_;
  mutable std::string last_;
};

}  // namespace

void init_engines() {
  static std::once_flag once;
  std::call_once(once, [] {
    // The proofs read their settings from the environment, once, at their first use.
    setenv("FIL_PROOFS_PARAMETER_CACHE", parameter_cache_folder().c_str(), 1);
    setenv("FIL_PROOFS_PARENT_CACHE", (cache_folder() / "proof-parents").c_str(), 0);
    engines::set_log_sink(std::make_shared<Sink>());
  });
}

}  // namespace nelumbo
