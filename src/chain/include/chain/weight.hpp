#pragma once
// Chain weight (spec: expected consensus, chain weighting).

#include "ipld/blockstore.hpp"
#include "types/block.hpp"

namespace nelumbo::chain {

/// Parent weight + log2(power) * 2^8 * (1 + wins * ratio / expected leaders), in whole numbers; power is the total
/// quality-adjusted power.
BigInt weight_of(const BigInt& parent_weight, const StoragePower& power, int64_t wins);
/// The weight of a tipset, its power read from the parent state in the store.
Result<BigInt> tipset_weight(const BlockstorePtr& store, const Tipset& tipset);
/// True when a wins over b at equal weight: the first differing ticket is smaller.
bool wins_tie(const Tipset& a, const Tipset& b);

}  // namespace nelumbo::chain
