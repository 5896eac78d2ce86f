#include "post_disputes.hpp"

#include "base/log.hpp"

namespace nelumbo::mining {

namespace {

/// The opening of the window of a deadline that closed last, as of an epoch.
ChainEpoch last_closed(ChainEpoch period_start, uint64_t index, ChainEpoch epoch) {
  auto d = actors::deadline_info(actors::current_period_start(period_start, epoch), index, epoch);
  return d.close <= epoch ? d.open : d.open - actors::kProvingPeriod;
}

}  // namespace

Result<std::vector<uint64_t>> Disputes::look(NodeApi& node, const Address& miner, const TipsetPtr& head,
                                             ChainEpoch period_start) {
  auto deadlines = TRY_IN("deadlines", node.deadlines(miner, head->key()));
  std::vector<uint64_t> out;
  for (uint64_t i = 0; i < deadlines.size() && i < actors::kDeadlines; ++i) {
    const Seen now{last_closed(period_start, i, head->height()), deadlines[i].disputable_proof_count};
    auto& before = seen_[i];
    if (before.open == now.open && now.proofs < before.proofs) {
      log_error("wdpost",
                "{} of the proofs sent for deadline {} (open at {}) were disputed: they are wrong, their sectors are "
                "faulty and a penalty was taken. Check the sectors' files and the machine that proves",
                before.proofs - now.proofs, i, now.open);
      out.push_back(i);
    }
    before = now;
  }
  return out;
}

}  // namespace nelumbo::mining
