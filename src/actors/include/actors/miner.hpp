#pragma once
// The miner actor: deadlines, partitions, sectors, and a read-only view of its state for actors v0 and v8 to v18.

#include "actors/policy.hpp"
#include "codec/rleplus.hpp"
#include "ipld/amt.hpp"
#include "ipld/blockstore.hpp"
#include "types/block.hpp"
#include "types/sector.hpp"

namespace nelumbo::actors {

/// A deadline of a proving period, seen from an epoch (go-state-types dline.Info).
struct DeadlineInfo {
  ChainEpoch current_epoch = 0;
  ChainEpoch period_start = 0;
  uint64_t index = 0;
  ChainEpoch open = 0;          ///< first epoch in which a proof may be submitted
  ChainEpoch close = 0;         ///< first epoch in which it may no longer
  ChainEpoch challenge = 0;     ///< epoch of the randomness to prove against
  ChainEpoch fault_cutoff = 0;  ///< first epoch in which a fault declaration is refused
  uint64_t period_deadlines = kDeadlines;
  ChainEpoch proving_period = kProvingPeriod;
  ChainEpoch challenge_window = kChallengeWindow;
  ChainEpoch challenge_lookback = kChallengeLookback;
  ChainEpoch fault_declaration_cutoff = kFaultDeclarationCutoff;

  static constexpr auto fields = nelumbo::fields(
      field("CurrentEpoch", &DeadlineInfo::current_epoch), field("PeriodStart", &DeadlineInfo::period_start),
      field("Index", &DeadlineInfo::index), field("Open", &DeadlineInfo::open), field("Close", &DeadlineInfo::close),
      field("Challenge", &DeadlineInfo::challenge), field("FaultCutoff", &DeadlineInfo::fault_cutoff),
      field("WPoStPeriodDeadlines", &DeadlineInfo::period_deadlines),
      field("WPoStProvingPeriod", &DeadlineInfo::proving_period),
      field("WPoStChallengeWindow", &DeadlineInfo::challenge_window),
      field("WPoStChallengeLookback", &DeadlineInfo::challenge_lookback),
      field("FaultDeclarationCutoff", &DeadlineInfo::fault_declaration_cutoff));
  friend bool operator==(const DeadlineInfo&, const DeadlineInfo&) = default;

  bool period_started() const { return current_epoch >= period_start; }
  bool period_elapsed() const { return current_epoch >= next_period_start(); }
  ChainEpoch period_end() const { return period_start + proving_period - 1; }
  ChainEpoch next_period_start() const { return period_start + proving_period; }
  bool is_open() const { return current_epoch >= open && current_epoch < close; }
  bool has_elapsed() const { return current_epoch >= close; }
  /// The last epoch in which a proof may be submitted.
  ChainEpoch last() const { return close - 1; }
  bool fault_cutoff_passed() const { return current_epoch >= fault_cutoff; }
  /// This deadline in the first proving period in which it has not elapsed yet.
  DeadlineInfo next_not_elapsed() const;
};

/// The deadline `index` of the proving period that starts at `period_start`; index 48 is the empty one after the last.
DeadlineInfo deadline_info(ChainEpoch period_start, uint64_t index, ChainEpoch epoch);
/// The start of the proving period that contains `epoch`, for any known period start of the miner.
ChainEpoch current_period_start(ChainEpoch any_period_start, ChainEpoch epoch);
/// The deadline that is current at `epoch`, for any known period start of the miner.
DeadlineInfo current_deadline(ChainEpoch any_period_start, ChainEpoch epoch);
/// Whether sectors of a deadline may be added, moved or compacted now: it is neither current nor next.
bool deadline_is_mutable(ChainEpoch period_start, uint64_t index, ChainEpoch epoch);

struct WorkerKeyChange {
  Address new_worker;
  ChainEpoch effective_at = 0;
  static constexpr auto fields = nelumbo::fields(field("NewWorker", &WorkerKeyChange::new_worker),
                                                 field("EffectiveAt", &WorkerKeyChange::effective_at));
  friend bool operator==(const WorkerKeyChange&, const WorkerKeyChange&) = default;
};

struct BeneficiaryTerm {
  TokenAmount quota;
  TokenAmount used_quota;
  ChainEpoch expiration = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Quota", &BeneficiaryTerm::quota), field("UsedQuota", &BeneficiaryTerm::used_quota),
                      field("Expiration", &BeneficiaryTerm::expiration));
  friend bool operator==(const BeneficiaryTerm&, const BeneficiaryTerm&) = default;
};

struct PendingBeneficiaryChange {
  Address new_beneficiary;
  TokenAmount new_quota;
  ChainEpoch new_expiration = 0;
  bool approved_by_beneficiary = false;
  bool approved_by_nominee = false;
  static constexpr auto fields =
      nelumbo::fields(field("NewBeneficiary", &PendingBeneficiaryChange::new_beneficiary),
                      field("NewQuota", &PendingBeneficiaryChange::new_quota),
                      field("NewExpiration", &PendingBeneficiaryChange::new_expiration),
                      field("ApprovedByBeneficiary", &PendingBeneficiaryChange::approved_by_beneficiary),
                      field("ApprovedByNominee", &PendingBeneficiaryChange::approved_by_nominee));
  friend bool operator==(const PendingBeneficiaryChange&, const PendingBeneficiaryChange&) = default;
};

/// Who runs a miner and with which proofs. Of actors v0 to v8 the fields of later versions are at their defaults.
struct MinerInfo {
  Address owner;   ///< ID address
  Address worker;  ///< ID address
  std::vector<Address> control_addresses;
  std::optional<WorkerKeyChange> pending_worker_key;
  Bytes peer_id;
  std::vector<Bytes> multiaddrs;
  PoStType window_post_proof_type{};
  uint64_t sector_size = 0;  ///< bytes
  uint64_t partition_sectors = 0;
  ChainEpoch consensus_fault_elapsed = -1;  ///< -1: none
  std::optional<Address> pending_owner_address;
  Address beneficiary;
  BeneficiaryTerm beneficiary_term;
  std::optional<PendingBeneficiaryChange> pending_beneficiary_term;

  static constexpr auto fields = nelumbo::fields(
      field("Owner", &MinerInfo::owner), field("Worker", &MinerInfo::worker),
      field("ControlAddresses", &MinerInfo::control_addresses),
      field("PendingWorkerKey", &MinerInfo::pending_worker_key), field("PeerId", &MinerInfo::peer_id),
      field("Multiaddrs", &MinerInfo::multiaddrs), field("WindowPoStProofType", &MinerInfo::window_post_proof_type),
      field("SectorSize", &MinerInfo::sector_size), field("WindowPoStPartitionSectors", &MinerInfo::partition_sectors),
      field("ConsensusFaultElapsed", &MinerInfo::consensus_fault_elapsed),
      field("PendingOwnerAddress", &MinerInfo::pending_owner_address), field("Beneficiary", &MinerInfo::beneficiary),
      field("BeneficiaryTerm", &MinerInfo::beneficiary_term),
      field("PendingBeneficiaryTerm", &MinerInfo::pending_beneficiary_term));
  friend bool operator==(const MinerInfo&, const MinerInfo&) = default;
};

struct PowerPair {
  StoragePower raw;
  StoragePower qa;
  static constexpr auto fields = nelumbo::fields(field("Raw", &PowerPair::raw), field("QA", &PowerPair::qa));
  friend bool operator==(const PowerPair&, const PowerPair&) = default;
};

struct VestingFund {
  ChainEpoch epoch = 0;
  TokenAmount amount;
  static constexpr auto fields =
      nelumbo::fields(field("Epoch", &VestingFund::epoch), field("Amount", &VestingFund::amount));
  friend bool operator==(const VestingFund&, const VestingFund&) = default;
};

struct SectorPreCommitInfo {
  SealProof seal_proof{};
  SectorNumber sector_number = 0;
  Cid sealed_cid;
  ChainEpoch seal_rand_epoch = 0;
  std::vector<DealId> deal_ids;
  ChainEpoch expiration = 0;
  std::optional<Cid> unsealed_cid;
  static constexpr auto fields = nelumbo::fields(
      field("SealProof", &SectorPreCommitInfo::seal_proof), field("SectorNumber", &SectorPreCommitInfo::sector_number),
      field("SealedCID", &SectorPreCommitInfo::sealed_cid),
      field("SealRandEpoch", &SectorPreCommitInfo::seal_rand_epoch), field("DealIDs", &SectorPreCommitInfo::deal_ids),
      field("Expiration", &SectorPreCommitInfo::expiration), field("UnsealedCid", &SectorPreCommitInfo::unsealed_cid));
  friend bool operator==(const SectorPreCommitInfo&, const SectorPreCommitInfo&) = default;
};

struct SectorPreCommitOnChainInfo {
  SectorPreCommitInfo info;
  TokenAmount pre_commit_deposit;
  ChainEpoch pre_commit_epoch = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Info", &SectorPreCommitOnChainInfo::info),
                      field("PreCommitDeposit", &SectorPreCommitOnChainInfo::pre_commit_deposit),
                      field("PreCommitEpoch", &SectorPreCommitOnChainInfo::pre_commit_epoch));
  friend bool operator==(const SectorPreCommitOnChainInfo&, const SectorPreCommitOnChainInfo&) = default;
};

/// A proven sector. JSON leaves the deprecated deal IDs out, as lotus does; the CBOR has them, and has a daily fee only
/// for sectors made or changed since FIP-0100.
struct SectorOnChainInfo {
  SectorNumber sector_number = 0;
  SealProof seal_proof{};
  Cid sealed_cid;
  std::vector<DealId> deprecated_deal_ids;
  ChainEpoch activation = 0;
  ChainEpoch expiration = 0;
  BigInt deal_weight;
  BigInt verified_deal_weight;
  TokenAmount initial_pledge;
  std::optional<TokenAmount> expected_day_reward;
  std::optional<TokenAmount> expected_storage_pledge;
  ChainEpoch power_base_epoch = 0;
  std::optional<TokenAmount> replaced_day_reward;
  std::optional<Cid> sector_key_cid;
  uint64_t flags = 0;
  TokenAmount daily_fee;  ///< attoFIL per day

  static constexpr auto fields = nelumbo::fields(
      field("SectorNumber", &SectorOnChainInfo::sector_number), field("SealProof", &SectorOnChainInfo::seal_proof),
      field("SealedCID", &SectorOnChainInfo::sealed_cid), field("Activation", &SectorOnChainInfo::activation),
      field("Expiration", &SectorOnChainInfo::expiration), field("DealWeight", &SectorOnChainInfo::deal_weight),
      field("VerifiedDealWeight", &SectorOnChainInfo::verified_deal_weight),
      field("InitialPledge", &SectorOnChainInfo::initial_pledge),
      field("ExpectedDayReward", &SectorOnChainInfo::expected_day_reward),
      field("ExpectedStoragePledge", &SectorOnChainInfo::expected_storage_pledge),
      field("PowerBaseEpoch", &SectorOnChainInfo::power_base_epoch),
      field("ReplacedDayReward", &SectorOnChainInfo::replaced_day_reward),
      field("SectorKeyCID", &SectorOnChainInfo::sector_key_cid), field("Flags", &SectorOnChainInfo::flags),
      field("DailyFee", &SectorOnChainInfo::daily_fee));
  friend bool operator==(const SectorOnChainInfo&, const SectorOnChainInfo&) = default;
};

struct Partition {
  BitField sectors;  ///< all, with faulty, unproven and terminated ones
  BitField unproven;
  BitField faults;
  BitField recoveries;  ///< faulty ones declared recovered
  BitField terminated;
  Cid expirations_epochs;
  Cid early_terminated;
  PowerPair live_power;
  PowerPair unproven_power;
  PowerPair faulty_power;
  PowerPair recovering_power;

  static constexpr auto fields = nelumbo::fields(
      field("Sectors", &Partition::sectors), field("Unproven", &Partition::unproven),
      field("Faults", &Partition::faults), field("Recoveries", &Partition::recoveries),
      field("Terminated", &Partition::terminated), field("ExpirationsEpochs", &Partition::expirations_epochs),
      field("EarlyTerminated", &Partition::early_terminated), field("LivePower", &Partition::live_power),
      field("UnprovenPower", &Partition::unproven_power), field("FaultyPower", &Partition::faulty_power),
      field("RecoveringPower", &Partition::recovering_power));
  friend bool operator==(const Partition&, const Partition&) = default;

  BitField live() const { return sectors - terminated; }
  /// Sectors that give power: live, not faulty, proven.
  BitField active() const { return live() - faults - unproven; }
};

struct Deadline {
  Cid partitions;
  Cid expirations_epochs;
  BitField partitions_posted;  ///< partitions proven in the current window
  BitField early_terminations;
  uint64_t live_sectors = 0;
  uint64_t total_sectors = 0;
  PowerPair faulty_power;
  Cid optimistic_post_submissions;
  Cid sectors_snapshot;
  Cid partitions_snapshot;
  Cid optimistic_post_submissions_snapshot;
  PowerPair live_power;   ///< from actors v16
  TokenAmount daily_fee;  ///< from actors v16

  static constexpr auto fields = nelumbo::fields(
      field("Partitions", &Deadline::partitions), field("ExpirationsEpochs", &Deadline::expirations_epochs),
      field("PartitionsPoSted", &Deadline::partitions_posted),
      field("EarlyTerminations", &Deadline::early_terminations), field("LiveSectors", &Deadline::live_sectors),
      field("TotalSectors", &Deadline::total_sectors), field("FaultyPower", &Deadline::faulty_power),
      field("OptimisticPoStSubmissions", &Deadline::optimistic_post_submissions),
      field("SectorsSnapshot", &Deadline::sectors_snapshot),
      field("PartitionsSnapshot", &Deadline::partitions_snapshot),
      field("OptimisticPoStSubmissionsSnapshot", &Deadline::optimistic_post_submissions_snapshot),
      field("LivePower", &Deadline::live_power), field("DailyFee", &Deadline::daily_fee));
  friend bool operator==(const Deadline&, const Deadline&) = default;
};

/// From actors v16 on the vesting schedule's first entry lies in the state and the rest behind a link.
struct VestingFunds {
  VestingFund head;
  Cid tail;
  static constexpr auto fields =
      nelumbo::fields(field("Head", &VestingFunds::head), field("Tail", &VestingFunds::tail));
  friend bool operator==(const VestingFunds&, const VestingFunds&) = default;
};

/// The miner actor's state as of actors v16 to v18.
struct MinerState {
  Cid info;
  TokenAmount pre_commit_deposits;
  TokenAmount locked_funds;
  std::optional<VestingFunds> vesting_funds;
  TokenAmount fee_debt;
  TokenAmount initial_pledge;
  Cid pre_committed_sectors;
  Cid pre_committed_sectors_clean_up;
  Cid allocated_sectors;
  Cid sectors;
  ChainEpoch proving_period_start = 0;
  uint64_t current_deadline = 0;
  Cid deadlines;
  BitField early_terminations;
  bool deadline_cron_active = false;

  static constexpr auto fields = nelumbo::fields(
      field("Info", &MinerState::info), field("PreCommitDeposits", &MinerState::pre_commit_deposits),
      field("LockedFunds", &MinerState::locked_funds), field("VestingFunds", &MinerState::vesting_funds),
      field("FeeDebt", &MinerState::fee_debt), field("InitialPledge", &MinerState::initial_pledge),
      field("PreCommittedSectors", &MinerState::pre_committed_sectors),
      field("PreCommittedSectorsCleanUp", &MinerState::pre_committed_sectors_clean_up),
      field("AllocatedSectors", &MinerState::allocated_sectors), field("Sectors", &MinerState::sectors),
      field("ProvingPeriodStart", &MinerState::proving_period_start),
      field("CurrentDeadline", &MinerState::current_deadline), field("Deadlines", &MinerState::deadlines),
      field("EarlyTerminations", &MinerState::early_terminations),
      field("DeadlineCronActive", &MinerState::deadline_cron_active));
  friend bool operator==(const MinerState&, const MinerState&) = default;
};

/// A view of one miner's state. Copies share the store. Values of actors v0 and v8 to v15 are read into the same
/// shapes; a state of another version is unsupported.
class MinerView {
 public:
  static Result<MinerView> load(BlockstorePtr store, const Cid& head);

  const MinerState& state() const { return state_; }
  Result<MinerInfo> info() const;
  /// The deadline current at `epoch`, whatever the cron has recorded.
  DeadlineInfo deadline_at(ChainEpoch epoch) const { return current_deadline(state_.proving_period_start, epoch); }
  Result<Deadline> deadline(uint64_t index) const;
  Result<std::vector<Partition>> partitions(uint64_t deadline) const;
  Result<std::vector<Partition>> partitions(const Deadline& deadline) const;

  Result<std::optional<SectorOnChainInfo>> sector(SectorNumber number) const;
  /// The sectors of a set in ascending order; all of them when none is given. A number without a sector is not_found.
  Result<std::vector<SectorOnChainInfo>> sectors(const BitField* only = nullptr) const;
  /// Sectors whose proofs count: active ones of every partition, ascending.
  Result<std::vector<SectorOnChainInfo>> active_sectors() const;
  /// Union of the partitions' live (not terminated) sectors.
  Result<BitField> live_sectors() const;
  struct Location {
    uint64_t deadline;
    uint64_t partition;
  };
  Result<Location> find_sector(SectorNumber number) const;

  Result<std::optional<SectorPreCommitOnChainInfo>> pre_commit(SectorNumber number) const;
  Result<std::vector<SectorPreCommitOnChainInfo>> pre_commits() const;
  Result<bool> sector_allocated(SectorNumber number) const;
  Result<BitField> allocated_sectors() const;
  Result<std::vector<VestingFund>> vesting_funds() const;
  /// Vesting funds that are free before `epoch` but still counted as locked.
  Result<TokenAmount> vested_funds(ChainEpoch epoch) const;
  /// What the owner may withdraw, given the actor's balance (never negative).
  Result<TokenAmount> available_balance(const TokenAmount& balance, ChainEpoch epoch) const;
  /// Locked funds, pre-commit deposits and initial pledge together.
  TokenAmount locked_total() const;

 private:
  BlockstorePtr store_;
  MinerState state_;
  std::optional<Cid> old_vesting_;   ///< link to the schedule, before v16
  AmtVersion amt_ = AmtVersion::v3;  ///< v0 in actors v0
};

}  // namespace nelumbo::actors

namespace nelumbo {

/// Reads 11 fields (actors v0), 14 (v8), 15 or 16; writes 16.
template <>
struct Cbor<actors::SectorOnChainInfo> {
  static void put(CborWriter& w, const actors::SectorOnChainInfo& v);
  static Result<> get(CborReader& r, actors::SectorOnChainInfo& v);
};
/// Reads 7 fields (actors v0), 11, or 13 (from v16); writes 13.
template <>
struct Cbor<actors::Deadline> {
  static void put(CborWriter& w, const actors::Deadline& v);
  static Result<> get(CborReader& r, actors::Deadline& v);
};
/// Reads 9 fields (actors v0), 11, or 14 (from v9); writes 14.
template <>
struct Cbor<actors::MinerInfo> {
  static void put(CborWriter& w, const actors::MinerInfo& v);
  static Result<> get(CborReader& r, actors::MinerInfo& v);
};

/// Reads 9 fields (actors v0, without unproven sectors) or 11; writes 11.
template <>
struct Cbor<actors::Partition> {
  static void put(CborWriter& w, const actors::Partition& v);
  static Result<> get(CborReader& r, actors::Partition& v);
};

}  // namespace nelumbo
