#include "devnet_porep.hpp"

#include <fstream>

#include "base/file.hpp"
#include "engine/aggregation.hpp"

namespace nelumbo::node {

namespace {

using namespace std::chrono_literals;

constexpr uint64_t kSectorSize = 2048;
/// Measured: 5.2 GB at its peak. The rest is for the chain beside it.
constexpr uint64_t kMemoryMib = 7000;
constexpr auto kTellEvery = 1min;
constexpr int kStopMilliseconds = 2000;
constexpr std::string_view kByHand = "`lotus fetch-params --porep 2KiB` makes them";

/// Memory that a new program can have, in MiB; nullopt when the system does not say.
std::optional<uint64_t> available_memory() {
  std::ifstream info("/proc/meminfo");
  for (std::string word; info >> word;) {
    uint64_t kib = 0;
    if (word == "MemAvailable:" && info >> kib) return kib / 1024;
  }
  return std::nullopt;
}

}  // namespace

void PorepSetup::start() {
  auto present = parameters::present(parameters::Kind::porep, kSectorSize);
  if (!present) return report_.note("PoRep parameters: " + present.error().message);
  if (*present) {
    // What aggregates of proofs are made and verified with is a matter of seconds.
    if (auto made = parameters::make_srs(); !made) report_.note(made.error().message);
    return;
  }
  auto memory = available_memory();
  if (memory && *memory < kMemoryMib) {
    return report_.note(fmt::format(
        "PoRep parameters (to prove new sectors) are not made now: {} MiB of memory are free, {} needed; {}", *memory,
        kMemoryMib, kByHand));
  }
  auto child = ChildProcess::start(program_, {"fetch-params", "--porep", "--idle", "2KiB"}, {}, log_);
  if (!child) return report_.note("PoRep parameters: " + child.error().message);
  child_.emplace(*std::move(child));
  told_ = std::chrono::steady_clock::now();
  report_.note(fmt::format("PoRep parameters (to prove new sectors) are made in the background, at idle priority: {}",
                           log_.string()));
}

void PorepSetup::tell_progress() {
  const auto now = std::chrono::steady_clock::now();
  if (now - told_ < kTellEvery) return;
  told_ = now;
  auto last = last_lines(log_, 1);
  while (last.ends_with('\n')) last.pop_back();
  if (!last.empty()) report_.note(last);
}

void PorepSetup::poll() {
  if (!child_) return;
  auto ended = child_->ended();
  if (!ended) return tell_progress();
  auto present = parameters::present(parameters::Kind::porep, kSectorSize);
  if (present && *present) {
    report_.note("PoRep parameters: ready");
  } else {
    report_.note(fmt::format("PoRep parameters were not made ({}): {}; {}", *ended, last_lines(log_, 3), kByHand));
  }
  child_.reset();
}

void PorepSetup::stop() {
  if (child_) child_->stop(kStopMilliseconds);
  child_.reset();
}

}  // namespace nelumbo::node
