#pragma once
// Block validation: one list of named rules, the same for own and foreign blocks.

#include "base/clock.hpp"
#include "base/thread_pool.hpp"
#include "chain/state_manager.hpp"

namespace nelumbo::chain {

/// Messages of one block at most.
inline constexpr size_t kMaxBlockMessages = 10'000;

/// What rules look at: the block and what was looked up for it once.
struct BlockContext {
  const FullBlock& block;
  StateManager& states;
  const Clock& clock;
  // Found by the preparing rules, in this order; later rules may rely on them.
  TipsetPtr base;               ///< parents
  BeaconEntry previous_beacon;  ///< the parents' latest entry
  BeaconEntry beacon;           ///< the last entry of the block, or previous_beacon
  StateManager::Lookback lookback;
  Address worker_key;  ///< at the look-back state

  const BlockHeader& header() const { return block.header; }
};

/// When a rule runs: `prepare` and `fast` one after the other in the list's order, `slow` and `state` ones in parallel
/// afterwards. A `state` rule waits for the parents' execution.
enum class RulePhase { prepare, fast, slow, state };

struct BlockRule {
  std::string_view name;
  RulePhase phase;
  Result<> (*check)(BlockContext&);
};

/// All rules in order.
std::span<const BlockRule> block_rules();

class BlockValidator {
 public:
  BlockValidator(std::shared_ptr<StateManager> states, std::shared_ptr<ThreadPool> pool, std::shared_ptr<Clock> clock);
  /// The error's text begins with the name of the rule that was broken. `unavailable` when the parents are not here or
  /// were not validated, `invalid` when the block breaks a rule.
  Result<> validate(const FullBlock& block) const;
  /// The same for blocks of one tipset together, in parallel: one result for each.
  std::vector<Result<>> validate(std::span<const FullBlock> blocks) const;

 private:
  std::shared_ptr<StateManager> states_;
  std::shared_ptr<ThreadPool> pool_;
  std::shared_ptr<Clock> clock_;
};

/// Gas of putting a message of this many bytes on the chain, before anything runs: the least gas limit that is valid
/// (price list of the network version).
int64_t inclusion_gas(size_t chain_length, uint32_t network_version);
/// True when an actor of this code may send messages (account, Ethereum account, fresh placeholder under f410).
Result<bool> may_send(const BlockstorePtr& store, const StateTree& state, const Actor& actor, uint32_t network_version);

}  // namespace nelumbo::chain
