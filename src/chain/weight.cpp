#include "chain/weight.hpp"

#include <algorithm>

#include "actors/states.hpp"
#include "types/network.hpp"
#include "types/state_tree.hpp"

namespace nelumbo::chain {

BigInt weight_of(const BigInt& parent_weight, const StoragePower& power, int64_t wins) {
  constexpr int64_t kRatioNumerator = 1, kRatioDenominator = 2;
  const BigInt log2_power = msb(power);
  BigInt by_wins = ((log2_power * kRatioNumerator) << 8) * wins;
  return parent_weight + (log2_power << 8) + by_wins / static_cast<int64_t>(kBlocksPerEpoch * kRatioDenominator);
}

Result<BigInt> tipset_weight(const BlockstorePtr& store, const Tipset& tipset) {
  auto state = TRY_IN("weight", StateTree::load(store, tipset.parent_state()));
  auto actor = TRY(state.get(actors::kPowerActor));
  if (!actor) return fail(ErrorCode::invalid, "state {} has no power actor", tipset.parent_state().str());
  auto power = TRY_IN("power actor", actors::load_power(*store, actor->head));
  if (power.total_quality_adj_power <= 0) return fail(ErrorCode::invalid, "the network has no power left");
  int64_t wins = 0;
  for (const auto& block : tipset.blocks()) {
    // Only the genesis block has no proof, and it counts for none.
    if (block.election_proof) wins += block.election_proof->win_count;
  }
  return weight_of(tipset.parent_weight(), power.total_quality_adj_power, wins);
}

bool wins_tie(const Tipset& a, const Tipset& b) {
  const size_t count = std::min(a.blocks().size(), b.blocks().size());
  for (size_t i = 0; i < count; ++i) {
    const auto& mine = a.blocks()[i].ticket;
    const auto& other = b.blocks()[i].ticket;
    if (!mine || !other) continue;
    const auto left = mine->digest(), right = other->digest();
    if (left != right) return left < right;
  }
  return false;
}

}  // namespace nelumbo::chain
