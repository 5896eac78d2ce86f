#pragma once
// Window PoSt of one miner: proves every partition of every deadline in time, declares faults and recoveries, tries
// again while a deadline is open. Driven by heads, not by timers, so that it also holds while missed time is mined at
// full speed.

#include <mutex>

#include "actors/miner_params.hpp"
#include "ipld/kv_store.hpp"
#include "mining/catch_up.hpp"
#include "mining/node_api.hpp"
#include "mining/sector_check.hpp"

namespace nelumbo::mining {

/// The KvStore space of proofs made and sent.
inline constexpr std::string_view kWindowPostSpace = "window-post";

struct WindowPostConfig {
  Address miner;                                ///< ID address
  std::vector<Address> other_kinds;             ///< control addresses that are for other kinds of messages
  bool worker_fallback = true;                  ///< send from the worker where control addresses lack the funds
  bool owner_fallback = true;                   ///< and from the owner
  TokenAmount max_fee = kAttoPerFil * 10;       ///< attoFIL for one message (lotus MaxWindowPoStGasFee)
  bool maximize_fee_cap = true;                 ///< pay any base fee up to max_fee
  uint64_t max_partitions_per_message = 0;      ///< 0: as many as the actor takes
  uint64_t max_partitions_per_declaration = 0;  ///< 0: no limit
  uint64_t recovering_sector_limit = 0;         ///< sectors declared recovered in one deadline, 0: no limit
  bool single_recovering_partition = false;     ///< a partition with recovering sectors is proven in its own message
  bool pre_checks = true;                       ///< check files before proofs, and declare faults ahead of them
  bool verify = true;                           ///< verify own proofs before they are sent
  CheckLimits checks;
  ChainEpoch challenge_confidence = 10;  ///< epochs over the challenge before proving starts
  ChainEpoch submit_confidence = 4;      ///< epochs over the opening before a proof is sent
  ChainEpoch fault_lead = 20;            ///< epochs before the fault cutoff at which files are checked for faults
};

class WindowPoster {
 public:
  WindowPoster(WindowPostConfig config, std::shared_ptr<NodeApi> node, std::shared_ptr<Prover> prover,
               std::shared_ptr<const sealing::Storage> storage, std::shared_ptr<KvStore> store);
  ~WindowPoster();  ///< waits for a proof that is being made

  /// Does all that is due at this head, and takes as long as checks and proofs take: proves the open deadline's
  /// unproven partitions and sends the proofs, sends again what failed or got lost, declares faults and recoveries.
  /// With `at_once` the confidences do not count (catching up). One call at a time; another waits.
  Result<> tick(const TipsetPtr& head, bool at_once);
  /// The same, but checks and proofs go on in the background: a later call finds them done.
  Result<> step(const TipsetPtr& head);
  /// Own deadlines with something to prove, open at the head or opening up to `until`, and not seen proven at the head.
  Result<std::vector<OpenWork>> open_work(const TipsetPtr& head, ChainEpoch until);
  /// Calls step for each new head until stopped, except while paused. Errors are logged and tried again at the next
  /// head.
  void run(std::stop_token stop, const Clock& clock);
  /// While paused, run() leaves the work to whoever calls tick (the catching-up block producer).
  void pause(bool paused);

  /// [CheckProvable] What of these cannot be proven, with the reason.
  CheckedSectors check(const std::vector<ProvenSector>& sectors) const;
  /// [ComputeWindowPoSt] Proves a deadline as of its latest challenge, faulty sectors too, and sends nothing. Takes
  /// minutes.
  Result<std::vector<actors::SubmitWindowedPoStParams>> compute(uint64_t deadline, const TipsetPtr& head);
  /// [RecoverFault] Declares faulty sectors recovered now, unchecked; the messages.
  Result<std::vector<Cid>> recover(const std::vector<SectorNumber>& sectors, const TipsetPtr& head);

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
