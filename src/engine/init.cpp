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

class Sink final : public engines::LogSink {
 public:
  void write(bool error, rust::Str target, rust::Str text) const override {
    std::string_view what(text.data(), text.size());
    log_at(error ? LogLevel::error : LogLevel::warn, std::string_view(target.data(), target.size()), "{}", what);
  }
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
