// What elections and block production read from states.

#include "actors/miner.hpp"
#include "actors/states.hpp"
#include "chain/beacon.hpp"
#include "chain/election.hpp"
#include "state_manager_state.hpp"

namespace nelumbo::chain {

namespace {

Result<actors::PowerState> load_power(const StateTree& state) {
  auto actor = TRY(state.get(actors::kPowerActor));
  if (!actor) return fail(ErrorCode::invalid, "the state has no power actor");
  return in_context(actors::load_power(*state.store(), actor->head), "power actor");
}

Result<std::optional<actors::MinerView>> load_miner(const StateTree& state, const Address& miner) {
  auto actor = TRY(state.get(miner));
  if (!actor) return std::optional<actors::MinerView>();
  return std::optional(TRY_IN(miner.str(), actors::MinerView::load(state.store(), actor->head)));
}

Result<actors::MinerView> require_miner(const StateTree& state, const Address& miner) {
  auto view = TRY(load_miner(state, miner));
  if (!view) return fail(ErrorCode::not_found, "miner {} not found", miner.str());
  return *std::move(view);
}

/// The winning PoSt that goes with the kind of window PoSt a miner uses.
Result<PoStType> winning_post_type(PoStType window) {
  // Window kinds 5..9 (V1) and 10..14 (V1_1) stand for sector sizes in the order of winning kinds 0..4.
  const auto number = static_cast<int64_t>(window);
  if (number < 5 || number > 14) return fail(ErrorCode::unsupported, "window PoSt kind {} is unknown", number);
  return static_cast<PoStType>(number % 5);
}

/// Sectors that give power at the look-back, in ascending order of number.
Result<BitField> proving_sectors(const actors::MinerView& miner) {
  BitField all;
  for (uint64_t deadline = 0; deadline < actors::kDeadlines; ++deadline) {
    for (const auto& partition : TRY(miner.partitions(deadline))) all = all | partition.active();
  }
  return all;
}

/// The value at a position of the ascending set.
Result<uint64_t> nth(const BitField& set, uint64_t index) {
  for (const auto& range : set.ranges()) {
    const uint64_t length = range.end - range.begin;
    if (index < length) return range.begin + index;
    index -= length;
  }
  return fail(ErrorCode::invalid, "challenge {} is past the sectors", index);
}

}  // namespace

Result<StateManager::Lookback> StateManager::lookback(const TipsetPtr& base, ChainEpoch round) {
  constexpr uint32_t kLongLookbackVersion = 4;
  const bool long_lookback = network_version(round) >= kLongLookbackVersion;
  const ChainEpoch distance = long_lookback ? kWinningPoStLookback : 10;
  const ChainEpoch epoch = round > distance ? round - distance : 0;
  if (epoch >= base->height()) {
    if (!long_lookback || base->height() == 0) {
      auto after = TRY(tipset_state(base));
      return Lookback{base, after.state_root};
    }
    return fail(ErrorCode::invalid, "look-back epoch {} is not before the base's epoch {}", epoch, base->height());
  }
  // The state after the look-back tipset is in the tipset that follows it.
  auto next = TRY(store().tipset_at(epoch + 1, base, ChainStore::OnNull::next));
  return Lookback{TRY(store().parent(*next)), next->parent_state()};
}

Result<Address> StateManager::worker_key(const Cid& state_root, const Address& miner) {
  auto tree = TRY(state(state_root));
  auto view = TRY(require_miner(tree, miner));
  return key_address(TRY(view.info()).worker, tree);
}

Result<MinerPower> StateManager::power(const Cid& state_root, const Address& miner) {
  auto tree = TRY(state(state_root));
  auto power = TRY(load_power(tree));
  MinerPower out;
  out.total_raw = power.total_raw_byte_power;
  out.total_quality_adjusted = power.total_quality_adj_power;
  if (!miner.defined()) return out;
  auto claim = TRY(actors::power_claim(tree.store(), power, miner));
  if (!claim) return out;
  out.has_claim = true;
  out.raw = claim->raw_byte_power;
  out.quality_adjusted = claim->quality_adj_power;
  out.has_min_power = actors::meets_consensus_minimum(power, *claim, params().min_consensus_power);
  return out;
}

Result<bool> StateManager::eligible_to_mine(const Address& miner, const TipsetPtr& base, const TipsetPtr& lookback) {
  constexpr uint32_t kActorsV2Version = 4;
  auto before = TRY(power(lookback->parent_state(), miner));
  if (!before.has_min_power) return false;
  if (network_version(base->height()) < kActorsV2Version) return true;

  auto now = TRY(power(base->parent_state(), miner));
  if (!now.has_claim || now.quality_adjusted <= 0) return false;
  auto view = TRY(require_miner(TRY(parent_state(*base)), miner));
  if (view.state().fee_debt != 0) return false;
  return base->height() > TRY(view.info()).consensus_fault_elapsed;
}

Result<std::vector<WinningSector>> StateManager::winning_sectors(const Cid& state_root, const Address& miner,
                                                                 const Hash256& randomness) {
  std::vector<WinningSector> out;
  auto view = TRY(require_miner(TRY(state(state_root)), miner));
  auto proving = TRY(proving_sectors(view));
  const uint64_t count = proving.count();
  if (count == 0) return out;
  auto type = TRY(winning_post_type(TRY(view.info()).window_post_proof_type));
  auto challenges =
      TRY_IN("winning PoSt challenge", prover().winning_post_challenge(type, TRY(miner.id()), randomness, count));
  BitField chosen;
  for (auto index : challenges) chosen.set(TRY(nth(proving, index)));
  for (auto& sector : TRY(view.sectors(&chosen))) {
    out.push_back({{sector.seal_proof, sector.sector_number, sector.sealed_cid}, sector.sector_key_cid});
  }
  return out;
}

Result<std::optional<MiningBaseInfo>> StateManager::mining_base_info(const TipsetPtr& base, ChainEpoch round,
                                                                     const Address& miner) {
  MiningBaseInfo info;
  info.previous_beacon_entry = TRY(store().latest_beacon_entry(base));
  info.beacon_entries = TRY_IN("beacon", beacons()->entries_for_block(round, base->height(), info.previous_beacon_entry,
                                                                      network_version(round)));
  const auto& beacon = info.beacon_entries.empty() ? info.previous_beacon_entry : info.beacon_entries.back();

  auto look = TRY_IN("look-back", lookback(base, round));
  auto view = TRY(load_miner(TRY(state(look.state_root)), miner));
  if (!view) {
    // A miner younger than the look-back cannot mine yet; one that does not exist at all is an error.
    if (!TRY(actor(miner, *base))) return fail(ErrorCode::not_found, "miner {} not found", miner.str());
    return std::optional<MiningBaseInfo>();
  }
  info.sectors = TRY(winning_sectors(look.state_root, miner, winning_post_input(beacon, round, miner)));
  if (info.sectors.empty()) return std::optional<MiningBaseInfo>();

  auto powers = TRY(power(look.state_root, miner));
  info.miner_power = powers.quality_adjusted;
  info.network_power = powers.total_quality_adjusted;
  auto miner_info = TRY(view->info());
  info.worker_key = TRY_IN("worker", key_address(miner_info.worker, base));
  info.sector_size = miner_info.sector_size;
  info.eligible = TRY(eligible_to_mine(miner, base, look.tipset));
  return std::optional(std::move(info));
}

}  // namespace nelumbo::chain
