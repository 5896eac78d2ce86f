#pragma once
// Declarations ahead of deadlines: sectors whose files are gone are declared faulty before the fault cutoff, faulty
// ones whose files are back are declared recovered.

#include <future>
#include <set>

#include "base/thread_pool.hpp"
#include "post_sender.hpp"

namespace nelumbo::mining {

/// Not thread-safe.
class Declarations {
 public:
  Declarations(const WindowPostConfig& config, std::shared_ptr<NodeApi> node, PostSender& sender,
               const SectorChecker& checker)
      : config_(config), node_(std::move(node)), sender_(sender), checker_(checker) {}

  /// Looks at files where it is time to, sends what is to be declared, sends again what failed or got lost. `current`
  /// is the deadline in which a message sent now would be executed. With `wait` the checks are waited for, else a later
  /// call goes on with what they found; with `at_once` all deadlines ahead are looked at (catching up).
  Result<> advance(const TipsetPtr& head, const actors::DeadlineInfo& current, bool wait, bool at_once);
  /// Declares these recovered without a look; the messages.
  Result<std::vector<Cid>> recover(const std::vector<SectorNumber>& sectors, const TipsetPtr& head);
  /// The head at which something was sent last; -1: never.
  ChainEpoch last_sent() const { return last_sent_; }

 private:
  enum class Kind { faults, recoveries };
  /// Sectors of one partition that may have to be declared.
  struct Candidate {
    Kind kind{};
    actors::DeadlineInfo deadline;
    uint64_t partition = 0;
    BitField sectors;
  };
  /// Files being looked at.
  struct Look {
    std::vector<Candidate> candidates;
    std::future<CheckedSectors> found;
  };
  /// One message, until it is executed or too late.
  struct Declared {
    Kind kind{};
    actors::DeadlineInfo deadline;
    std::vector<actors::SectorsDeclaration> parts;
    std::optional<Cid> message;
    uint64_t attempt = 0;
  };

  Result<std::vector<Candidate>> candidates(const TipsetPtr& head, const actors::DeadlineInfo& current, bool at_once);
  Result<> start_look(const TipsetPtr& head, std::vector<Candidate> candidates);
  void declare(std::vector<Candidate> candidates, const CheckedSectors& found);
  void add(const Candidate& candidate, const BitField& sectors);
  Result<> settle(const TipsetPtr& head);
  Result<bool> is_done(Declared& declared, const TipsetPtr& head);
  Result<> send(Declared& declared, const TipsetPtr& head);
  BitField under_way(Kind kind, const actors::DeadlineInfo& deadline, uint64_t partition) const;

  const WindowPostConfig& config_;
  std::shared_ptr<NodeApi> node_;
  PostSender& sender_;
  const SectorChecker& checker_;
  std::vector<Declared> declared_;
  std::set<ChainEpoch> checked_for_faults_;  ///< openings of deadlines
  ChainEpoch recoveries_checked_ = -1;       ///< opening of the deadline in which faulty sectors were looked at last
  ChainEpoch last_sent_ = -1;
  std::optional<Look> look_;
  ThreadPool pool_{1};  // last: its work uses the others
};

}  // namespace nelumbo::mining
