#pragma once
// The real chain behind the pool's seams.

#include "chain/state_manager.hpp"
#include "pool/gas.hpp"

namespace nelumbo::pool {

std::shared_ptr<ChainSource> make_chain_source(std::shared_ptr<chain::StateManager> states);
/// Runs messages with the state manager, after the base tipset's own messages.
CallWithGas make_call_with_gas(std::shared_ptr<chain::StateManager> states);

}  // namespace nelumbo::pool
