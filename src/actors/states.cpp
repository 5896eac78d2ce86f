#include "actors/states.hpp"

#include "cbor_shapes.hpp"
#include "map_keys.hpp"

namespace nelumbo::actors {

namespace {

constexpr CborLimits kStateLimits{.max_items = 1u << 20};

/// Reads one block with `decode`, which gets its reader; all of the block must be used.
template <class F>
Result<> decode_block(Blockstore& store, const Cid& cid, F&& decode) {
  auto data = TRY(get_block(store, cid));
  CborReader reader(data, kStateLimits);
  TRY_IN(cid.str(), decode(reader));
  return in_context(reader.finish(), cid.str());
}

Result<PowerClaim> decode_claim(BytesView data) {
  CborReader reader(data, kStateLimits);
  PowerClaim claim;
  // Actors v0 had no proof type here.
  if (TRY(read_shape(reader, "a power claim", {2, 3})) == 3) TRY(read_items(reader, claim.window_post_proof_type));
  TRY(read_items(reader, claim.raw_byte_power, claim.quality_adj_power));
  TRY(reader.finish());
  return claim;
}

}  // namespace

Result<RewardState> load_reward(Blockstore& store, const Cid& head) {
  RewardState s;
  TRY(decode_block(store, head, [&](CborReader& r) -> Result<> {
    uint64_t shape = TRY(read_shape(r, "reward state", {9, 11}));
    TRY(read_items(r, s.cumsum_baseline, s.cumsum_realized, s.effective_network_time, s.effective_baseline_power,
                   s.this_epoch_reward, s.this_epoch_reward_smoothed, s.this_epoch_baseline_power, s.epoch,
                   s.total_storage_power_reward));
    return shape == 11 ? read_items(r, s.simple_total, s.baseline_total) : Result<>();
  }));
  return s;
}

Result<PowerState> load_power(Blockstore& store, const Cid& head) {
  PowerState s;
  TRY(decode_block(store, head, [&](CborReader& r) -> Result<> {
    // 17 fields from v15 on (the ramp), 15 from v2 to v14, 16 in v0 (the last processed cron epoch).
    uint64_t shape = TRY(read_shape(r, "power state", {15, 16, 17}));
    TRY(read_items(r, s.total_raw_byte_power, s.total_bytes_committed, s.total_quality_adj_power,
                   s.total_qa_bytes_committed, s.total_pledge_collateral, s.this_epoch_raw_byte_power,
                   s.this_epoch_quality_adj_power, s.this_epoch_pledge_collateral, s.this_epoch_qa_power_smoothed,
                   s.miner_count, s.miner_above_min_power_count));
    if (shape == 17) TRY(read_items(r, s.ramp_start_epoch, s.ramp_duration_epochs));
    TRY(read_items(r, s.cron_event_queue, s.first_cron_epoch));
    ChainEpoch last_processed = 0;
    if (shape == 16) TRY(read_items(r, last_processed));
    return read_items(r, s.claims, s.proof_validation_batch);
  }));
  return s;
}

Result<MarketState> load_market(Blockstore& store, const Cid& head) {
  MarketState s;
  TRY(decode_block(store, head, [&](CborReader& r) -> Result<> {
    uint64_t shape = TRY(read_shape(r, "market state", {11, 12, 13}));
    TRY(read_items(r, s.proposals, s.states, s.pending_proposals, s.escrow_table, s.locked_table, s.next_id,
                   s.deal_ops_by_epoch, s.last_cron, s.total_client_locked_collateral,
                   s.total_provider_locked_collateral, s.total_client_storage_fee));
    if (shape >= 12) TRY(read_items(r, s.pending_deal_allocation_ids));
    return shape >= 13 ? read_items(r, s.provider_sectors) : Result<>();
  }));
  return s;
}

Result<> for_each_address(const BlockstorePtr& store, const InitState& state,
                          const std::function<Result<>(const Address&, ActorId)>& f) {
  auto map = TRY(Hamt::load(store, state.address_map));
  return map.for_each([&](BytesView key, BytesView value) -> Result<> {
    auto address = TRY(Address::from_bytes(key));
    return f(address, TRY(from_cbor<ActorId>(value)));
  });
}

Result<std::optional<PowerClaim>> power_claim(const BlockstorePtr& store, const PowerState& state,
                                              const Address& miner) {
  auto claims = TRY(Hamt::load(store, state.claims));
  auto raw = TRY(claims.get(miner.bytes()));
  if (!raw) return std::optional<PowerClaim>();
  return TRY(decode_claim(*raw));
}

Result<> for_each_claim(const BlockstorePtr& store, const PowerState& state,
                        const std::function<Result<>(const Address&, const PowerClaim&)>& f) {
  auto claims = TRY(Hamt::load(store, state.claims));
  return claims.for_each([&](BytesView key, BytesView value) -> Result<> {
    auto address = TRY(Address::from_bytes(key));
    return f(address, TRY(decode_claim(value)));
  });
}

bool meets_consensus_minimum(const PowerState& state, const PowerClaim& claim, uint64_t min_consensus_power) {
  if (claim.raw_byte_power >= min_consensus_power) return true;
  return state.miner_above_min_power_count < kConsensusMinerMinMiners && claim.raw_byte_power > 0;
}

BigInt estimate(const FilterEstimate& filter) { return filter.position >> 128; }

Result<MarketBalance> market_balance(const BlockstorePtr& store, const MarketState& state, const Address& id_address) {
  auto amount = [&](const Cid& root) -> Result<TokenAmount> {
    auto table = TRY(Hamt::load(store, root, kBalanceTableHamtWidth));
    return TRY(table.get_as<TokenAmount>(id_address.bytes())).value_or(TokenAmount(0));
  };
  MarketBalance out;
  out.escrow = TRY(amount(state.escrow_table));
  out.locked = TRY(amount(state.locked_table));
  return out;
}

TokenAmount market_locked(const MarketState& state) {
  return state.total_client_locked_collateral + state.total_provider_locked_collateral + state.total_client_storage_fee;
}

Result<StoragePower> datacap_balance(const BlockstorePtr& store, const DatacapState& state, ActorId client) {
  auto balances = TRY(Hamt::load(store, state.token.balances, static_cast<unsigned>(state.token.hamt_bit_width)));
  auto amount = TRY(balances.get_as<TokenAmount>(uint_key(client)));
  return StoragePower(amount.value_or(TokenAmount(0)) / kAttoPerFil);
}

Result<std::optional<StoragePower>> verifier_allowance(const BlockstorePtr& store, const VerifiedRegistryState& state,
                                                       const Address& id_address) {
  auto verifiers = TRY(Hamt::load(store, state.verifiers));
  return verifiers.get_as<StoragePower>(id_address.bytes());
}

Result<std::map<int64_t, MultisigTransaction>> pending_transactions(const BlockstorePtr& store,
                                                                    const MultisigState& state) {
  std::map<int64_t, MultisigTransaction> out;
  auto map = TRY(Hamt::load(store, state.pending_txns));
  TRY(map.for_each([&](BytesView key, BytesView value) -> Result<> {
    out[TRY(parse_int_key(key))] = TRY(from_cbor<MultisigTransaction>(value, kStateLimits));
    return {};
  }));
  return out;
}

TokenAmount MultisigState::amount_locked(ChainEpoch epoch) const {
  ChainEpoch elapsed = epoch - start_epoch;
  if (elapsed >= unlock_duration) return 0;
  if (elapsed <= 0) return initial_balance;
  // Rounded up, so that nothing is free too early.
  BigInt locked = initial_balance * (unlock_duration - elapsed);
  return (locked + (unlock_duration - 1)) / unlock_duration;
}

}  // namespace nelumbo::actors
