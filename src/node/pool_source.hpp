#pragma once
// The chain as the message pool sees it.

#include "chain/state_manager.hpp"
#include "pool/gas.hpp"
#include "pool/source.hpp"

namespace nelumbo::node {

std::shared_ptr<pool::ChainSource> make_pool_source(std::shared_ptr<chain::StateManager> states);
/// Runs messages for gas estimation on top of a tipset's own messages.
pool::CallWithGas make_gas_call(std::shared_ptr<chain::StateManager> states);

}  // namespace nelumbo::node
