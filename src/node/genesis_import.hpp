#pragma once
// Where a chain begins.

#include "chain/store.hpp"

namespace nelumbo::node {

/// Sees to it that the store has its network's genesis: from the CAR file given, else from the network's asset. A store
/// that has one already is checked against both. The genesis block must be the one that the network's parameters name.
Result<> prepare_genesis(chain::ChainStore& store, const std::optional<fs::path>& car);

}  // namespace nelumbo::node
