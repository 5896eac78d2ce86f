#pragma once
// Shapes of states of older versions that differ from today's: only read, and only to be shown. Names as in the
// version's own definition.

#include "actors/miner.hpp"
#include "actors/states.hpp"

namespace nelumbo::actors {

/// Actors v0.
struct PowerStateV0 {
  StoragePower total_raw, total_committed, total_qa, total_qa_committed;
  TokenAmount total_pledge;
  StoragePower epoch_raw, epoch_qa;
  TokenAmount epoch_pledge;
  std::optional<FilterEstimate> epoch_qa_smoothed;
  int64_t miner_count = 0, above_min = 0;
  Cid cron_queue;
  ChainEpoch first_cron = 0, last_processed_cron = 0;
  Cid claims;
  std::optional<Cid> proof_batch;
  using S = PowerStateV0;
  static constexpr auto fields = nelumbo::fields(
      field("TotalRawBytePower", &S::total_raw), field("TotalBytesCommitted", &S::total_committed),
      field("TotalQualityAdjPower", &S::total_qa), field("TotalQABytesCommitted", &S::total_qa_committed),
      field("TotalPledgeCollateral", &S::total_pledge), field("ThisEpochRawBytePower", &S::epoch_raw),
      field("ThisEpochQualityAdjPower", &S::epoch_qa), field("ThisEpochPledgeCollateral", &S::epoch_pledge),
      field("ThisEpochQAPowerSmoothed", &S::epoch_qa_smoothed), field("MinerCount", &S::miner_count),
      field("MinerAboveMinPowerCount", &S::above_min), field("CronEventQueue", &S::cron_queue),
      field("FirstCronEpoch", &S::first_cron), field("LastProcessedCronEpoch", &S::last_processed_cron),
      field("Claims", &S::claims), field("ProofValidationBatch", &S::proof_batch));
};

/// Actors v2 to v14.
struct PowerStateV2 {
  StoragePower total_raw, total_committed, total_qa, total_qa_committed;
  TokenAmount total_pledge;
  StoragePower epoch_raw, epoch_qa;
  TokenAmount epoch_pledge;
  FilterEstimate epoch_qa_smoothed;
  int64_t miner_count = 0, above_min = 0;
  Cid cron_queue;
  ChainEpoch first_cron = 0;
  Cid claims;
  std::optional<Cid> proof_batch;
  using S = PowerStateV2;
  static constexpr auto fields = nelumbo::fields(
      field("TotalRawBytePower", &S::total_raw), field("TotalBytesCommitted", &S::total_committed),
      field("TotalQualityAdjPower", &S::total_qa), field("TotalQABytesCommitted", &S::total_qa_committed),
      field("TotalPledgeCollateral", &S::total_pledge), field("ThisEpochRawBytePower", &S::epoch_raw),
      field("ThisEpochQualityAdjPower", &S::epoch_qa), field("ThisEpochPledgeCollateral", &S::epoch_pledge),
      field("ThisEpochQAPowerSmoothed", &S::epoch_qa_smoothed), field("MinerCount", &S::miner_count),
      field("MinerAboveMinPowerCount", &S::above_min), field("CronEventQueue", &S::cron_queue),
      field("FirstCronEpoch", &S::first_cron), field("Claims", &S::claims),
      field("ProofValidationBatch", &S::proof_batch));
};

/// Actors v0.
struct RewardStateV0 {
  BigInt cumsum_baseline, cumsum_realized;
  ChainEpoch effective_time = 0;
  StoragePower effective_baseline;
  TokenAmount epoch_reward;
  std::optional<FilterEstimate> epoch_reward_smoothed;
  StoragePower epoch_baseline;
  ChainEpoch epoch = 0;
  TokenAmount total_mined;
  using S = RewardStateV0;
  static constexpr auto fields = nelumbo::fields(
      field("CumsumBaseline", &S::cumsum_baseline), field("CumsumRealized", &S::cumsum_realized),
      field("EffectiveNetworkTime", &S::effective_time), field("EffectiveBaselinePower", &S::effective_baseline),
      field("ThisEpochReward", &S::epoch_reward), field("ThisEpochRewardSmoothed", &S::epoch_reward_smoothed),
      field("ThisEpochBaselinePower", &S::epoch_baseline), field("Epoch", &S::epoch),
      field("TotalMined", &S::total_mined));
};

/// Actors v0 to v8 (11 fields) and v9 to v12 (12 fields).
struct MarketStateV0 {
  Cid proposals, states, pending, escrow, locked;
  DealId next_id = 0;
  Cid ops;
  ChainEpoch last_cron = 0;
  TokenAmount client_collateral, provider_collateral, client_fee;
  using S = MarketStateV0;
  static constexpr auto fields = nelumbo::fields(
      field("Proposals", &S::proposals), field("States", &S::states), field("PendingProposals", &S::pending),
      field("EscrowTable", &S::escrow), field("LockedTable", &S::locked), field("NextID", &S::next_id),
      field("DealOpsByEpoch", &S::ops), field("LastCron", &S::last_cron),
      field("TotalClientLockedCollateral", &S::client_collateral),
      field("TotalProviderLockedCollateral", &S::provider_collateral), field("TotalClientStorageFee", &S::client_fee));
};
struct MarketStateV9 {
  Cid proposals, states, pending, escrow, locked;
  DealId next_id = 0;
  Cid ops;
  ChainEpoch last_cron = 0;
  TokenAmount client_collateral, provider_collateral, client_fee;
  Cid allocation_ids;
  using S = MarketStateV9;
  static constexpr auto fields = nelumbo::fields(
      field("Proposals", &S::proposals), field("States", &S::states), field("PendingProposals", &S::pending),
      field("EscrowTable", &S::escrow), field("LockedTable", &S::locked), field("NextID", &S::next_id),
      field("DealOpsByEpoch", &S::ops), field("LastCron", &S::last_cron),
      field("TotalClientLockedCollateral", &S::client_collateral),
      field("TotalProviderLockedCollateral", &S::provider_collateral), field("TotalClientStorageFee", &S::client_fee),
      field("PendingDealAllocationIds", &S::allocation_ids));
};

/// Actors v0 to v6 (3 fields) and v7 to v8 (4 fields).
struct VerifiedRegistryStateV0 {
  Address root_key;
  Cid verifiers, clients;
  using S = VerifiedRegistryStateV0;
  static constexpr auto fields = nelumbo::fields(field("RootKey", &S::root_key), field("Verifiers", &S::verifiers),
                                                 field("VerifiedClients", &S::clients));
};
struct VerifiedRegistryStateV7 {
  Address root_key;
  Cid verifiers, clients, removals;
  using S = VerifiedRegistryStateV7;
  static constexpr auto fields =
      nelumbo::fields(field("RootKey", &S::root_key), field("Verifiers", &S::verifiers),
                      field("VerifiedClients", &S::clients), field("RemoveDataCapProposalIDs", &S::removals));
};

/// Actors v0.
struct MinerStateV0 {
  Cid info;
  TokenAmount deposits, locked;
  Cid vesting;
  TokenAmount pledge;
  Cid pre_committed, pre_committed_expiry, allocated, sectors;
  ChainEpoch period_start = 0;
  uint64_t deadline = 0;
  Cid deadlines;
  BitField early;
  using S = MinerStateV0;
  static constexpr auto fields = nelumbo::fields(
      field("Info", &S::info), field("PreCommitDeposits", &S::deposits), field("LockedFunds", &S::locked),
      field("VestingFunds", &S::vesting), field("InitialPledgeRequirement", &S::pledge),
      field("PreCommittedSectors", &S::pre_committed), field("PreCommittedSectorsExpiry", &S::pre_committed_expiry),
      field("AllocatedSectors", &S::allocated), field("Sectors", &S::sectors),
      field("ProvingPeriodStart", &S::period_start), field("CurrentDeadline", &S::deadline),
      field("Deadlines", &S::deadlines), field("EarlyTerminations", &S::early));
};

/// Actors v8 to v15.
struct MinerStateV8 {
  Cid info;
  TokenAmount deposits, locked;
  Cid vesting;
  TokenAmount fee_debt, pledge;
  Cid pre_committed, pre_committed_clean_up, allocated, sectors;
  ChainEpoch period_start = 0;
  uint64_t deadline = 0;
  Cid deadlines;
  BitField early;
  bool cron_active = false;
  using S = MinerStateV8;
  static constexpr auto fields = nelumbo::fields(
      field("Info", &S::info), field("PreCommitDeposits", &S::deposits), field("LockedFunds", &S::locked),
      field("VestingFunds", &S::vesting), field("FeeDebt", &S::fee_debt), field("InitialPledge", &S::pledge),
      field("PreCommittedSectors", &S::pre_committed), field("PreCommittedSectorsCleanUp", &S::pre_committed_clean_up),
      field("AllocatedSectors", &S::allocated), field("Sectors", &S::sectors),
      field("ProvingPeriodStart", &S::period_start), field("CurrentDeadline", &S::deadline),
      field("Deadlines", &S::deadlines), field("EarlyTerminations", &S::early),
      field("DeadlineCronActive", &S::cron_active));
};

struct EvmLifespan {
  ActorId origin = 0;
  uint64_t nonce = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Origin", &EvmLifespan::origin), field("Nonce", &EvmLifespan::nonce));
};
struct EvmTransientData {
  Cid state;
  EvmLifespan lifespan;
  static constexpr auto fields = nelumbo::fields(field("TransientDataState", &EvmTransientData::state),
                                                 field("TransientDataLifespan", &EvmTransientData::lifespan));
};
/// Actors v16 and later.
struct EvmState {
  Cid bytecode;
  std::array<uint8_t, 32> bytecode_hash{};
  Cid contract_state;
  std::optional<EvmTransientData> transient_data;
  uint64_t nonce = 0;
  std::optional<EvmLifespan> tombstone;
  static constexpr auto fields = nelumbo::fields(
      field("Bytecode", &EvmState::bytecode), field("BytecodeHash", &EvmState::bytecode_hash),
      field("ContractState", &EvmState::contract_state), field("TransientData", &EvmState::transient_data),
      field("Nonce", &EvmState::nonce), field("Tombstone", &EvmState::tombstone));
};
/// Actors v10 to v15.
struct EvmStateV10 {
  Cid bytecode;
  std::array<uint8_t, 32> bytecode_hash{};
  Cid contract_state;
  uint64_t nonce = 0;
  std::optional<EvmLifespan> tombstone;
  static constexpr auto fields =
      nelumbo::fields(field("Bytecode", &EvmStateV10::bytecode), field("BytecodeHash", &EvmStateV10::bytecode_hash),
                      field("ContractState", &EvmStateV10::contract_state), field("Nonce", &EvmStateV10::nonce),
                      field("Tombstone", &EvmStateV10::tombstone));
};

}  // namespace nelumbo::actors
