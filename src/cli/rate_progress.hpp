#pragma once
// Progress of moving bytes: how much, how fast, how long still.

#include <chrono>

#include "print.hpp"

namespace nelumbo::cli {

/// On a terminal a line that is redrawn a few times a second, elsewhere one for each tenth. For one thread.
class RateProgress {
 public:
  explicit RateProgress(std::ostream& out);
  ~RateProgress();
  RateProgress(const RateProgress&) = delete;
  RateProgress& operator=(const RateProgress&) = delete;
  /// `part`: from 0 to 1. `bytes`: moved so far, 0 when it is not bytes that are counted.
  void show(std::string_view step, double part, uint64_t bytes);

 private:
  using Time = std::chrono::steady_clock::time_point;

  std::ostream& out_;
  bool terminal_;
  std::string step_;
  Time begun_, drawn_;
  double first_part_ = 0;
  uint64_t first_bytes_ = 0;
  int tenth_ = -1;
};

/// "1.2 GiB, 85 MiB/s, 3m10s left" from what was done in a time; what is not known yet is left out.
std::string rate_text(uint64_t bytes, uint64_t bytes_since, double part, double part_since,
                      std::chrono::duration<double> time);

}  // namespace nelumbo::cli
