#pragma once
// What `lotus devnet` tells: lines for a person, or one JSON object per line for a script.

#include <mutex>
#include <string>

#include "types/bigint.hpp"

namespace nelumbo::node {

/// One tipset of the chain as the devnet tells of it.
struct EpochReport {
  ChainEpoch epoch = 0;
  std::string head;  ///< CID of the first block
  size_t blocks = 0;
  size_t messages = 0;
  TokenAmount base_fee;   ///< attoFIL
  StoragePower power;     ///< of the miner, quality-adjusted bytes
  int64_t timestamp = 0;  ///< Unix seconds of the tipset
  int64_t behind = 0;     ///< epochs between it and the clock
};

/// Thread-safe.
class DevnetReport {
 public:
  explicit DevnetReport(bool json);
  ~DevnetReport();

  /// A step that takes a moment: progress from 0 to 1, drawn in place on a terminal. `text` begins a new line when the
  /// step is another one.
  void progress(const std::string& step, double part);
  /// A step is done, with a sentence.
  void done(const std::string& step, const std::string& text);
  void note(const std::string& text);
  void epoch(const EpochReport& report);
  /// Both programs answer.
  void ready(const std::string& api, const std::string& miner_api, const std::string& beacon);
  void restarted(const std::string& program, const std::string& reason);
  void stopped();

 private:
  void line(const std::string& text);
  void end_progress();

  std::mutex mutex_;
  bool json_, terminal_;
  std::string step_;  ///< the one in progress
  int shown_ = -1;    ///< percent
};

}  // namespace nelumbo::node
