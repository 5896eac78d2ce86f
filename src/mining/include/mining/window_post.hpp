#pragma once
// Window PoSt of one miner: proves every partition of every deadline in time, declares recoveries, tries again while a
// deadline is open. Driven by heads, not by timers, so that it also holds while missed time is mined at full speed.

#include <mutex>

#include "ipld/kv_store.hpp"
#include "mining/catch_up.hpp"
#include "mining/node_api.hpp"
#include "sealing/provable.hpp"

namespace nelumbo::mining {

/// The KvStore space of proofs made and sent.
inline constexpr std::string_view kWindowPostSpace = "window-post";

struct WindowPostConfig {
  Address miner;                           ///< ID address
  Address sender;                          ///< who pays for messages; undefined: the miner's worker
  TokenAmount max_fee = kAttoPerFil * 10;  ///< attoFIL for one SubmitWindowedPoSt (lotus MaxWindowPoStGasFee)
  bool maximize_fee_cap = true;
  uint64_t max_partitions_per_message = 0;  ///< 0: as many as the actor takes
  ChainEpoch challenge_confidence = 10;     ///< epochs over the challenge before proving starts
  ChainEpoch submit_confidence = 4;         ///< epochs over the opening before a proof is sent
};

class WindowPoster {
 public:
  WindowPoster(WindowPostConfig config, std::shared_ptr<NodeApi> node, std::shared_ptr<Prover> prover,
               std::shared_ptr<const sealing::Storage> storage, std::shared_ptr<KvStore> store);
  ~WindowPoster();

  /// Does all that is due at this head, and takes as long as proofs take: proves the open deadline's unproven
  /// partitions and sends the proofs, sends again what failed or got lost, declares recoveries for the deadline after
  /// next. With `at_once` the confidences do not count (catching up). One call at a time; another waits.
  Result<> tick(const TipsetPtr& head, bool at_once);
  /// Own deadlines with something to prove, open at the head or opening up to `until`, and not seen proven at the head.
  Result<std::vector<OpenWork>> open_work(const TipsetPtr& head, ChainEpoch until);
  /// Calls tick for each new head until stopped, except while paused. Errors are logged and tried again at the next
  /// head.
  void run(std::stop_token stop, const Clock& clock);
  /// While paused, run() leaves the work to whoever calls tick (the catching-up block producer).
  void pause(bool paused);

  /// What was done for one deadline, for logs, metrics and tests.
  struct Submission {
    ChainEpoch open = 0;
    uint64_t deadline = 0;
    std::vector<uint64_t> partitions;
    uint64_t skipped = 0;  ///< sectors
    Cid message;
    double seconds = 0;  ///< proving time
  };
  /// Messages sent since the start, oldest first (the last 100).
  std::vector<Submission> submissions() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo::mining
