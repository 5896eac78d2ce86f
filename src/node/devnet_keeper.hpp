#pragma once
// Keeps a child program running.

#include <chrono>

#include "process.hpp"

namespace nelumbo::node {

/// How a program is started.
struct ProgramSpec {
  std::string name;  ///< "daemon", "miner-2": what it is called in messages
  std::string program;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;  ///< "NAME=value", in front of the supervisor's own
  fs::path repository;                   ///< locked while it runs; it answers once the file `api` is in it
  fs::path log;
  int stop_milliseconds = 10'000;  ///< it may take to stop
};

/// One program, started again when it ends.
class Keeper {
 public:
  explicit Keeper(ProgramSpec spec) : spec_(std::move(spec)) {}

  const ProgramSpec& spec() const { return spec_; }
  /// How it is started from the next time on.
  void change(ProgramSpec spec) { spec_ = std::move(spec); }
  /// Its process; 0 between an end and the next start.
  int pid() const { return child_ ? child_->pid() : 0; }

  /// Starts it, once nobody else holds its repository, and waits until it answers; its last words when it ends before.
  Result<> start(StopEvent& stop);
  /// Starts it again when it has ended and its pause is over. `reason` is set when it was found ended.
  Result<> keep(StopEvent& stop, std::optional<std::string>& reason);
  void stop();

 private:
  using Steady = std::chrono::steady_clock;
  static constexpr auto kFirstPause = std::chrono::seconds(1);
  fs::path api_file() const { return spec_.repository / "api"; }
  Result<> wait_unlocked(StopEvent& stop) const;
  void pause();
  std::string last_words(uintmax_t from) const;

  ProgramSpec spec_;
  std::optional<ChildProcess> child_;
  Steady::time_point started_, again_;
  std::chrono::seconds pause_ = kFirstPause;  ///< before the next start; grows while it keeps ending
};

}  // namespace nelumbo::node
