#pragma once
// Signals and child processes of the programs.

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"

namespace nelumbo::node {

/// Turns SIGINT and SIGTERM into an event to wait for. Made by the main thread before any other thread, so that all
/// threads have the signals blocked; SIGPIPE is ignored from then on.
class StopEvent {
 public:
  StopEvent();
  ~StopEvent();
  StopEvent(const StopEvent&) = delete;
  StopEvent& operator=(const StopEvent&) = delete;

  /// As if a signal had come. Thread-safe.
  void trigger();
  bool triggered() const { return triggered_; }
  /// Waits for the event, at most `milliseconds` (-1: for ever); true when it has come. From then on a further signal
  /// ends the process at once.
  bool wait(int milliseconds = -1);

 private:
  int signals_ = -1;
  int wake_ = -1;
  std::atomic<bool> triggered_ = false;
};

/// A child program that dies with the thread that started it, in a process group of its own (a Ctrl-C at the terminal
/// does not reach it), its output going to a file.
class ChildProcess {
 public:
  /// Starts a program with arguments; `log_file` is appended to. The environment is this program's with `environment`
  /// ("NAME=value") in front.
  static Result<ChildProcess> start(const std::string& program, const std::vector<std::string>& arguments,
                                    const std::vector<std::string>& environment, const fs::path& log_file);
  ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)), status_(other.status_) {}
  ChildProcess& operator=(ChildProcess&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(status_, other.status_);
    return *this;
  }
  /// Kills it when it still runs.
  ~ChildProcess();

  int pid() const { return pid_; }
  /// Empty while it runs, else how it ended ("exit code 1", "signal 9").
  std::optional<std::string> ended();
  /// SIGTERM, then SIGKILL when it has not ended in time.
  void stop(int milliseconds);

 private:
  explicit ChildProcess(int pid) : pid_(pid) {}
  int pid_ = -1;
  std::optional<std::string> status_;
};

/// The last lines of a file, for saying why a child died.
std::string last_lines(const fs::path& file, size_t count);

}  // namespace nelumbo::node
