#pragma once
// The PoRep parameters of a devnet with real proofs: made once per machine, in the background, by a program of its own.

#include <chrono>
#include <optional>

#include "devnet_report.hpp"
#include "process.hpp"

namespace nelumbo::node {

/// Quarter of an hour of two cores and 5.2 GB of memory: so a child at idle priority, only where there is memory for
/// it. When it is stopped, the next start begins anew; files appear whole or not at all.
class PorepSetup {
 public:
  PorepSetup(DevnetReport& report, std::string lotus_program, fs::path log)
      : report_(report), program_(std::move(lotus_program)), log_(std::move(log)) {}

  /// Starts it unless the parameters are there. Called by the thread that lives as long as the devnet.
  void start();
  /// Tells of its progress and its end.
  void poll();
  void stop();

 private:
  void tell_progress();

  DevnetReport& report_;
  std::string program_;
  fs::path log_;
  std::optional<ChildProcess> child_;
  std::chrono::steady_clock::time_point told_;
};

}  // namespace nelumbo::node
