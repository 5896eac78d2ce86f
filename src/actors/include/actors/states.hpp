#pragma once
// States of the built-in actors other than the miner: shapes of actors v18 and read-only views that also read the
// older shapes of v0 and v8 to v17.

#include "actors/policy.hpp"
#include "ipld/amt.hpp"
#include "ipld/hamt.hpp"
#include "types/sector.hpp"

namespace nelumbo::actors {

/// An alpha-beta filter's estimate, both parts in Q.128.
struct FilterEstimate {
  BigInt position;
  BigInt velocity;
  static constexpr auto fields = nelumbo::fields(field("PositionEstimate", &FilterEstimate::position),
                                                 field("VelocityEstimate", &FilterEstimate::velocity));
  friend bool operator==(const FilterEstimate&, const FilterEstimate&) = default;
};

struct SystemState {
  Cid builtin_actors;  ///< CID of the manifest's entries
  static constexpr auto fields = nelumbo::fields(field("BuiltinActors", &SystemState::builtin_actors));
};

struct InitState {
  Cid address_map;  ///< HAMT from address bytes to actor ID
  ActorId next_id = 0;
  std::string network_name;
  static constexpr auto fields =
      nelumbo::fields(field("AddressMap", &InitState::address_map), field("NextID", &InitState::next_id),
                      field("NetworkName", &InitState::network_name));
};

struct CronEntry {
  Address receiver;
  MethodNum method = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Receiver", &CronEntry::receiver), field("MethodNum", &CronEntry::method));
};
struct CronState {
  std::vector<CronEntry> entries;
  static constexpr auto fields = nelumbo::fields(field("Entries", &CronState::entries));
};

struct AccountState {
  Address address;  ///< the key address
  static constexpr auto fields = nelumbo::fields(field("Address", &AccountState::address));
};

struct RewardState {
  BigInt cumsum_baseline;
  BigInt cumsum_realized;
  ChainEpoch effective_network_time = 0;
  StoragePower effective_baseline_power;
  TokenAmount this_epoch_reward;
  FilterEstimate this_epoch_reward_smoothed;
  StoragePower this_epoch_baseline_power;
  ChainEpoch epoch = 0;
  TokenAmount total_storage_power_reward;
  TokenAmount simple_total;    ///< from actors v2
  TokenAmount baseline_total;  ///< from actors v2
  static constexpr auto fields = nelumbo::fields(
      field("CumsumBaseline", &RewardState::cumsum_baseline), field("CumsumRealized", &RewardState::cumsum_realized),
      field("EffectiveNetworkTime", &RewardState::effective_network_time),
      field("EffectiveBaselinePower", &RewardState::effective_baseline_power),
      field("ThisEpochReward", &RewardState::this_epoch_reward),
      field("ThisEpochRewardSmoothed", &RewardState::this_epoch_reward_smoothed),
      field("ThisEpochBaselinePower", &RewardState::this_epoch_baseline_power), field("Epoch", &RewardState::epoch),
      field("TotalStoragePowerReward", &RewardState::total_storage_power_reward),
      field("SimpleTotal", &RewardState::simple_total), field("BaselineTotal", &RewardState::baseline_total));
};

struct PowerState {
  StoragePower total_raw_byte_power;
  StoragePower total_bytes_committed;  ///< with claims below the consensus minimum
  StoragePower total_quality_adj_power;
  StoragePower total_qa_bytes_committed;
  TokenAmount total_pledge_collateral;
  StoragePower this_epoch_raw_byte_power;
  StoragePower this_epoch_quality_adj_power;
  TokenAmount this_epoch_pledge_collateral;
  FilterEstimate this_epoch_qa_power_smoothed;
  int64_t miner_count = 0;
  int64_t miner_above_min_power_count = 0;
  int64_t ramp_start_epoch = 0;       ///< FIP-0081, from actors v15
  uint64_t ramp_duration_epochs = 0;  ///< FIP-0081, from actors v15
  Cid cron_event_queue;
  ChainEpoch first_cron_epoch = 0;
  Cid claims;  ///< HAMT from miner address to PowerClaim
  std::optional<Cid> proof_validation_batch;
  static constexpr auto fields = nelumbo::fields(
      field("TotalRawBytePower", &PowerState::total_raw_byte_power),
      field("TotalBytesCommitted", &PowerState::total_bytes_committed),
      field("TotalQualityAdjPower", &PowerState::total_quality_adj_power),
      field("TotalQABytesCommitted", &PowerState::total_qa_bytes_committed),
      field("TotalPledgeCollateral", &PowerState::total_pledge_collateral),
      field("ThisEpochRawBytePower", &PowerState::this_epoch_raw_byte_power),
      field("ThisEpochQualityAdjPower", &PowerState::this_epoch_quality_adj_power),
      field("ThisEpochPledgeCollateral", &PowerState::this_epoch_pledge_collateral),
      field("ThisEpochQAPowerSmoothed", &PowerState::this_epoch_qa_power_smoothed),
      field("MinerCount", &PowerState::miner_count),
      field("MinerAboveMinPowerCount", &PowerState::miner_above_min_power_count),
      field("RampStartEpoch", &PowerState::ramp_start_epoch),
      field("RampDurationEpochs", &PowerState::ramp_duration_epochs),
      field("CronEventQueue", &PowerState::cron_event_queue), field("FirstCronEpoch", &PowerState::first_cron_epoch),
      field("Claims", &PowerState::claims), field("ProofValidationBatch", &PowerState::proof_validation_batch));
};

/// A miner's power. v0 claims have no proof type.
struct PowerClaim {
  PoStType window_post_proof_type{};
  StoragePower raw_byte_power;
  StoragePower quality_adj_power;
  static constexpr auto fields = nelumbo::fields(field("WindowPoStProofType", &PowerClaim::window_post_proof_type),
                                                 field("RawBytePower", &PowerClaim::raw_byte_power),
                                                 field("QualityAdjPower", &PowerClaim::quality_adj_power));
  friend bool operator==(const PowerClaim&, const PowerClaim&) = default;
};

struct MarketState {
  Cid proposals;          ///< AMT of DealProposal
  Cid states;             ///< AMT of DealState
  Cid pending_proposals;  ///< set of proposal CIDs
  Cid escrow_table;
  Cid locked_table;
  DealId next_id = 0;
  Cid deal_ops_by_epoch;
  ChainEpoch last_cron = 0;
  TokenAmount total_client_locked_collateral;
  TokenAmount total_provider_locked_collateral;
  TokenAmount total_client_storage_fee;
  Cid pending_deal_allocation_ids;  ///< from actors v9
  Cid provider_sectors;             ///< from actors v13
  static constexpr auto fields = nelumbo::fields(
      field("Proposals", &MarketState::proposals), field("States", &MarketState::states),
      field("PendingProposals", &MarketState::pending_proposals), field("EscrowTable", &MarketState::escrow_table),
      field("LockedTable", &MarketState::locked_table), field("NextID", &MarketState::next_id),
      field("DealOpsByEpoch", &MarketState::deal_ops_by_epoch), field("LastCron", &MarketState::last_cron),
      field("TotalClientLockedCollateral", &MarketState::total_client_locked_collateral),
      field("TotalProviderLockedCollateral", &MarketState::total_provider_locked_collateral),
      field("TotalClientStorageFee", &MarketState::total_client_storage_fee),
      field("PendingDealAllocationIds", &MarketState::pending_deal_allocation_ids),
      field("ProviderSectors", &MarketState::provider_sectors));
};

struct VerifiedRegistryState {
  Address root_key;
  Cid verifiers;
  Cid remove_data_cap_proposal_ids;
  Cid allocations;
  uint64_t next_allocation_id = 0;
  Cid claims;
  static constexpr auto fields = nelumbo::fields(
      field("RootKey", &VerifiedRegistryState::root_key), field("Verifiers", &VerifiedRegistryState::verifiers),
      field("RemoveDataCapProposalIDs", &VerifiedRegistryState::remove_data_cap_proposal_ids),
      field("Allocations", &VerifiedRegistryState::allocations),
      field("NextAllocationId", &VerifiedRegistryState::next_allocation_id),
      field("Claims", &VerifiedRegistryState::claims));
};

struct TokenState {
  TokenAmount supply;
  Cid balances;
  Cid allowances;
  uint64_t hamt_bit_width = kDatacapHamtWidth;
  static constexpr auto fields =
      nelumbo::fields(field("Supply", &TokenState::supply), field("Balances", &TokenState::balances),
                      field("Allowances", &TokenState::allowances), field("HamtBitWidth", &TokenState::hamt_bit_width));
};
struct DatacapState {
  Address governor;
  TokenState token;
  static constexpr auto fields =
      nelumbo::fields(field("Governor", &DatacapState::governor), field("Token", &DatacapState::token));
};

struct MultisigState {
  std::vector<Address> signers;  ///< ID addresses
  uint64_t threshold = 0;
  int64_t next_txn_id = 0;
  TokenAmount initial_balance;  ///< what vests
  ChainEpoch start_epoch = 0;
  ChainEpoch unlock_duration = 0;
  Cid pending_txns;
  static constexpr auto fields = nelumbo::fields(
      field("Signers", &MultisigState::signers), field("NumApprovalsThreshold", &MultisigState::threshold),
      field("NextTxnID", &MultisigState::next_txn_id), field("InitialBalance", &MultisigState::initial_balance),
      field("StartEpoch", &MultisigState::start_epoch), field("UnlockDuration", &MultisigState::unlock_duration),
      field("PendingTxns", &MultisigState::pending_txns));

  /// What is still locked at `epoch`.
  TokenAmount amount_locked(ChainEpoch epoch) const;
};

struct MultisigTransaction {
  Address to;
  TokenAmount value;
  MethodNum method = 0;
  Bytes params;
  std::vector<Address> approved;  ///< the first proposed it
  static constexpr auto fields =
      nelumbo::fields(field("To", &MultisigTransaction::to), field("Value", &MultisigTransaction::value),
                      field("Method", &MultisigTransaction::method), field("Params", &MultisigTransaction::params),
                      field("Approved", &MultisigTransaction::approved));
};

struct PaymentChannelState {
  Address from;
  Address to;
  TokenAmount to_send;
  ChainEpoch settling_at = 0;
  ChainEpoch min_settle_height = 0;
  Cid lane_states;
  static constexpr auto fields = nelumbo::fields(
      field("From", &PaymentChannelState::from), field("To", &PaymentChannelState::to),
      field("ToSend", &PaymentChannelState::to_send), field("SettlingAt", &PaymentChannelState::settling_at),
      field("MinSettleHeight", &PaymentChannelState::min_settle_height),
      field("LaneStates", &PaymentChannelState::lane_states));
};

// Loading a head. Shapes of older versions are told apart by their number of fields; fields they lack keep their
// defaults.
Result<RewardState> load_reward(Blockstore& store, const Cid& head);
Result<PowerState> load_power(Blockstore& store, const Cid& head);
Result<MarketState> load_market(Blockstore& store, const Cid& head);
inline Result<InitState> load_init(Blockstore& store, const Cid& head) { return get_cbor<InitState>(store, head); }
inline Result<SystemState> load_system(Blockstore& store, const Cid& head) {
  return get_cbor<SystemState>(store, head);
}
inline Result<CronState> load_cron(Blockstore& store, const Cid& head) { return get_cbor<CronState>(store, head); }
inline Result<AccountState> load_account(Blockstore& store, const Cid& head) {
  return get_cbor<AccountState>(store, head);
}
inline Result<MultisigState> load_multisig(Blockstore& store, const Cid& head) {
  return get_cbor<MultisigState>(store, head);
}
inline Result<PaymentChannelState> load_payment_channel(Blockstore& store, const Cid& head) {
  return get_cbor<PaymentChannelState>(store, head);
}
inline Result<VerifiedRegistryState> load_verified_registry(Blockstore& store, const Cid& head) {
  return get_cbor<VerifiedRegistryState>(store, head);
}
inline Result<DatacapState> load_datacap(Blockstore& store, const Cid& head) {
  return get_cbor<DatacapState>(store, head);
}

// Questions to loaded states.

/// The address map's entries: key address and ID.
Result<> for_each_address(const BlockstorePtr& store, const InitState& state,
                          const std::function<Result<>(const Address&, ActorId)>& f);
/// The claim of a miner, nullopt when it has none.
Result<std::optional<PowerClaim>> power_claim(const BlockstorePtr& store, const PowerState& state,
                                              const Address& miner);
Result<> for_each_claim(const BlockstorePtr& store, const PowerState& state,
                        const std::function<Result<>(const Address&, const PowerClaim&)>& f);
/// Whether a miner with this claim may win blocks: it has the network's minimum of raw power, or has any while fewer
/// than four miners have the minimum.
bool meets_consensus_minimum(const PowerState& state, const PowerClaim& claim, uint64_t min_consensus_power);
/// The power per epoch, in whole units, of a filter.
BigInt estimate(const FilterEstimate& filter);

/// Amount of an ID address in the market's escrow and locked tables (zero when absent), for actors v3 and later.
struct MarketBalance {
  TokenAmount escrow;
  TokenAmount locked;
  static constexpr auto fields =
      nelumbo::fields(field("Escrow", &MarketBalance::escrow), field("Locked", &MarketBalance::locked));
};
Result<MarketBalance> market_balance(const BlockstorePtr& store, const MarketState& state, const Address& id_address);
/// All funds the market holds locked: client and provider collateral and storage fees.
TokenAmount market_locked(const MarketState& state);

/// A client's DataCap in bytes (the token's balance over 10^18), zero when it has none.
Result<StoragePower> datacap_balance(const BlockstorePtr& store, const DatacapState& state, ActorId client);
/// A verifier's allowance in bytes, nullopt when the address is none.
Result<std::optional<StoragePower>> verifier_allowance(const BlockstorePtr& store, const VerifiedRegistryState& state,
                                                       const Address& id_address);
/// Pending transactions by number.
Result<std::map<int64_t, MultisigTransaction>> pending_transactions(const BlockstorePtr& store,
                                                                    const MultisigState& state);

}  // namespace nelumbo::actors
