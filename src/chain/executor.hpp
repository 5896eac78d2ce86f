#pragma once
// Execution of one tipset.

#include "chain/state_manager.hpp"

namespace nelumbo::chain {

/// Told of every message that was executed, in order; an error ends the execution and is returned.
using ExecutionMonitor = std::function<Result<>(Invocation)>;

/// Runs cron for null rounds, then the tipset's messages, each block's reward, and cron. Writes states, receipts and
/// events to the store of `states`.
Result<TipsetState> execute_tipset(StateManager& states, const TipsetPtr& tipset, bool tracing,
                                   const ExecutionMonitor& monitor);

/// Checks that no upgrade that must migrate the state stands at this epoch; unsupported, naming it, when one does.
Result<> check_no_migration(const NetworkParams& params, ChainEpoch epoch);

/// A machine at an epoch, seen from a tipset.
Result<std::unique_ptr<Vm>> make_vm(StateManager& states, const TipsetPtr& tipset, const Cid& state_root,
                                    ChainEpoch epoch, uint64_t timestamp, const TokenAmount& base_fee,
                                    const BlockstorePtr& store, bool tracing);

/// Messages of the system itself.
Message cron_message(ChainEpoch epoch);
Message reward_message(ChainEpoch epoch, const Address& miner, const TokenAmount& penalty,
                       const TokenAmount& gas_reward, int64_t win_count);

}  // namespace nelumbo::chain
