#include "chain/validation.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <latch>

#include "chain/base_fee.hpp"
#include "chain/beacon.hpp"
#include "chain/election.hpp"
#include "message_rules.hpp"

namespace nelumbo::chain {

namespace rules {

Result<> structure(BlockContext& context) {
  const auto& header = context.header();
  if (!header.miner.is_id()) return fail(ErrorCode::invalid, "miner {} is not an ID address", header.miner.str());
  if (!header.election_proof) return fail(ErrorCode::invalid, "no election proof");
  if (!header.ticket) return fail(ErrorCode::invalid, "no ticket");
  if (!header.block_sig) return fail(ErrorCode::invalid, "no block signature");
  if (!header.bls_aggregate) return fail(ErrorCode::invalid, "no aggregate of BLS signatures");
  if (header.parents.empty()) return fail(ErrorCode::invalid, "no parents");
  const size_t count = context.block.bls.size() + context.block.secp.size();
  if (count > kMaxBlockMessages) return fail(ErrorCode::invalid, "{} messages, allowed {}", count, kMaxBlockMessages);
  return {};
}

Result<> parents(BlockContext& context) {
  auto base = context.states.store().load_tipset(TipsetKey{context.header().parents});
  if (!base) {
    auto code = base.error().code == ErrorCode::not_found ? ErrorCode::unavailable : ErrorCode::invalid;
    return fail(code, "{}", base.error().message);
  }
  if (!TRY(context.states.store().is_validated(**base)))
    return fail(ErrorCode::unavailable, "the parents {} have not been validated here", (*base)->key().str());
  context.base = *base;
  return {};
}

Result<> height(BlockContext& context) {
  const ChainEpoch epoch = context.header().height, parent = context.base->height();
  if (epoch > parent) return {};
  return fail(ErrorCode::invalid, "height {} is not above the parents' {}", epoch, parent);
}

Result<> timestamp(BlockContext& context) {
  const auto& header = context.header();
  const auto rounds = static_cast<uint64_t>(header.height - context.base->height());
  const uint64_t expected = context.base->min_timestamp() + context.states.params().block_delay * rounds;
  if (header.timestamp != expected) {
    return fail(ErrorCode::invalid, "timestamp {}, expected {}", header.timestamp, expected);
  }
  const auto now = static_cast<uint64_t>(context.clock.unix_seconds());
  if (header.timestamp > now + kAllowableClockDrift) {
    return fail(ErrorCode::unavailable, "block is from {} s in the future", header.timestamp - now);
  }
  return {};
}

Result<> lookback(BlockContext& context) {
  auto& states = context.states;
  const auto& header = context.header();
  context.previous_beacon = TRY(states.store().latest_beacon_entry(context.base));
  context.beacon = header.beacon_entries.empty() ? context.previous_beacon : header.beacon_entries.back();
  context.lookback = TRY(states.lookback(context.base, header.height));
  context.worker_key = TRY_IN("worker", states.worker_key(context.lookback.state_root, header.miner));
  return {};
}

Result<> miner(BlockContext& context) {
  auto power = TRY(context.states.power(context.base->parent_state(), context.header().miner));
  if (power.has_claim) return {};
  return fail(ErrorCode::invalid, "{} has no power claim: it is no miner, or was slashed",
              context.header().miner.str());
}

Result<> parent_weight(BlockContext& context) {
  auto weight = TRY(context.states.store().weight(*context.base));
  if (weight == context.header().parent_weight) return {};
  return fail(ErrorCode::invalid, "{}, expected {}", context.header().parent_weight.str(), weight.str());
}

Result<> base_fee(BlockContext& context) {
  auto fee = TRY(next_base_fee(context.states.store(), *context.base));
  if (fee == context.header().parent_base_fee) return {};
  return fail(ErrorCode::invalid, "{}, expected {}", context.header().parent_base_fee.str(), fee.str());
}

Result<> beacon(BlockContext& context) {
  const auto& header = context.header();
  return context.states.beacons()->check_block(header, context.base->height(), context.previous_beacon,
                                               context.states.network_version(header.height));
}

Result<> ticket(BlockContext& context) {
  const auto& header = context.header();
  const auto& parent = context.base->min_ticket_block().ticket;
  if (!parent) return fail(ErrorCode::invalid, "parent has no ticket");
  auto input = ticket_input(context.beacon, header.height, header.miner, *parent,
                            header.height > context.states.params().upgrade_smoke);
  return verify_vrf(context.worker_key, input, header.ticket->vrf_proof);
}

Result<> election(BlockContext& context) {
  const auto& header = context.header();
  const auto& proof = *header.election_proof;
  if (proof.win_count < 1) return fail(ErrorCode::invalid, "win count {}", proof.win_count);
  auto& states = context.states;
  if (!TRY(states.eligible_to_mine(header.miner, context.base, context.lookback.tipset))) {
    return fail(ErrorCode::invalid, "miner {} is not eligible (power, fee debt or consensus fault)",
                header.miner.str());
  }
  TRY(verify_vrf(context.worker_key, election_input(context.beacon, header.height, header.miner), proof.vrf_proof));
  auto power = TRY(states.power(context.lookback.state_root, header.miner));
  const int64_t wins = win_count(proof.vrf_proof, power.quality_adjusted, power.total_quality_adjusted);
  if (wins == proof.win_count) return {};
  return fail(ErrorCode::invalid, "win count {}, the proof gives {}", proof.win_count, wins);
}

Result<> block_signature(BlockContext& context) {
  const auto& header = context.header();
  return verify(*header.block_sig, context.worker_key, header.signing_bytes());
}

Result<> winning_post(BlockContext& context) {
  const auto& header = context.header();
  auto input = winning_post_input(context.beacon, header.height, header.miner);
  auto challenged = TRY(context.states.winning_sectors(context.lookback.state_root, header.miner, input));
  if (challenged.empty()) return fail(ErrorCode::invalid, "miner {} has no sectors to prove", header.miner.str());
  std::vector<SectorInfo> sectors;
  for (auto& each : challenged) sectors.push_back(std::move(each.info));
  const ActorId id = TRY(header.miner.id());
  if (TRY(context.states.prover().verify_winning_post(id, input, header.win_post_proof, sectors))) return {};
  return fail(ErrorCode::invalid, "proof does not verify");
}

Result<> parent_state(BlockContext& context) {
  const auto& header = context.header();
  auto state = TRY(context.states.tipset_state(context.base));
  if (state.state_root != header.parent_state_root) {
    return fail(ErrorCode::invalid, "state root {}, executing the parents gives {}", header.parent_state_root.str(),
                state.state_root.str());
  }
  if (state.receipts_root != header.parent_message_receipts) {
    return fail(ErrorCode::invalid, "receipts root {}, executing the parents gives {}",
                header.parent_message_receipts.str(), state.receipts_root.str());
  }
  return {};
}

}  // namespace rules

std::span<const BlockRule> block_rules() {
  using enum RulePhase;
  // Cheap rules first; what many of them need is looked up once, by "parents" and "lookback".
  static constexpr BlockRule kRules[] = {
      {"structure", fast, rules::structure},   {"parents", prepare, rules::parents},
      {"height", fast, rules::height},         {"timestamp", fast, rules::timestamp},
      {"miner", fast, rules::miner},           {"message root", fast, rules::message_root},
      {"lookback", prepare, rules::lookback},  {"parent weight", fast, rules::parent_weight},
      {"base fee", fast, rules::base_fee},     {"block signature", slow, rules::block_signature},
      {"beacon", slow, rules::beacon},         {"ticket", slow, rules::ticket},
      {"election", slow, rules::election},     {"parent state", state, rules::parent_state},
      {"messages", state, rules::messages},    {"BLS aggregate", slow, rules::bls_aggregate},
      {"signatures", slow, rules::signatures}, {"winning PoSt", slow, rules::winning_post},
  };
  return kRules;
}

BlockValidator::BlockValidator(std::shared_ptr<StateManager> states, std::shared_ptr<ThreadPool> pool,
                               std::shared_ptr<Clock> clock)
    : states_(std::move(states)), pool_(std::move(pool)), clock_(std::move(clock)) {}

namespace {

Result<> run_rule(const BlockRule& rule, BlockContext& context) {
  return in_context(rule.check(context), fmt::format("block rule \"{}\"", rule.name));
}

/// A block with what becomes of it.
struct Checked {
  Checked(const FullBlock& block, StateManager& states, const Clock& clock)
      : context{block, states, clock, {}, {}, {}, {}, {}} {}
  BlockContext context;
  /// How many of the list's rules still matter: none after the first one that was broken, so that the reason given is
  /// always the same.
  std::atomic<size_t> rules = block_rules().size();
};

struct SlowRule {
  const BlockRule* rule;
  Checked* block;
  size_t index() const { return static_cast<size_t>(rule - block_rules().data()); }
};

void lower(std::atomic<size_t>& value, size_t to) {
  size_t old = value;
  while (to < old && !value.compare_exchange_weak(old, to)) {
  }
}

/// The slow rules of a tipset's blocks, shared out between the caller and the pool's threads. The caller takes part, so
/// it also ends when the pool has no thread to spare.
class SlowRules {
 public:
  explicit SlowRules(std::vector<SlowRule> rules)
      : rules_(std::move(rules)), results_(rules_.size()), left_(static_cast<ptrdiff_t>(rules_.size())) {
    // One rule sets off the execution of the parents, which takes longest; those that only wait for it come last.
    auto waits = [](const SlowRule& each) { return each.rule->phase == RulePhase::state; };
    auto first = std::ranges::find_if(rules_, waits);
    if (first == rules_.end()) return;
    std::rotate(rules_.begin(), first, first + 1);
    std::stable_partition(rules_.begin() + 1, rules_.end(), [&](const SlowRule& each) { return !waits(each); });
  }

  void work() {
    for (size_t i = next_++; i < rules_.size(); i = next_++) {
      auto& block = *rules_[i].block;
      if (rules_[i].index() < block.rules) {
        try {
          results_[i] = run_rule(*rules_[i].rule, block.context);
        } catch (const std::exception& e) {
          results_[i] = fail(ErrorCode::failed, "block rule \"{}\": {}", rules_[i].rule->name, e.what());
        }
        if (!results_[i]) lower(block.rules, rules_[i].index());
      }
      left_.count_down();
    }
  }
  void wait() { left_.wait(); }
  /// A block's first failure in the list's order.
  Result<> result(const Checked& block) const {
    for (size_t i = 0; i < rules_.size(); ++i) {
      if (rules_[i].block == &block && rules_[i].index() == block.rules) return results_[i];
    }
    return {};
  }

 private:
  std::vector<SlowRule> rules_;  // their blocks are only used before the latch is down, while validate() waits
  std::vector<Result<>> results_;
  std::atomic<size_t> next_ = 0;
  std::latch left_;
};

}  // namespace

Result<> BlockValidator::validate(const FullBlock& block) const { return validate(std::span(&block, 1)).front(); }

std::vector<Result<>> BlockValidator::validate(std::span<const FullBlock> blocks) const {
  std::deque<Checked> checked;
  std::vector<Result<>> results(blocks.size());
  std::vector<SlowRule> slow;
  for (size_t i = 0; i < blocks.size(); ++i) {
    auto& block = checked.emplace_back(blocks[i], *states_, *clock_);
    std::vector<SlowRule> later;
    for (const auto& rule : block_rules()) {
      if (rule.phase == RulePhase::slow || rule.phase == RulePhase::state) {
        later.push_back({&rule, &block});
      } else if (results[i]) {
        results[i] = run_rule(rule, block.context);
      }
    }
    if (results[i]) slow.insert(slow.end(), later.begin(), later.end());
  }
  if (slow.empty()) return results;
  auto work = std::make_shared<SlowRules>(std::move(slow));
  for (int i = 0; i < 3; ++i) pool_->post([work] { work->work(); });
  work->work();
  work->wait();
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (results[i]) results[i] = work->result(checked[i]);
  }
  return results;
}

}  // namespace nelumbo::chain
