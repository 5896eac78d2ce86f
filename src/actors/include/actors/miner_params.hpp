#pragma once
// Parameters and results of the miner's methods, in the shapes of actors v18 (the same in most older versions).

#include "actors/miner.hpp"
#include "actors/states.hpp"

namespace nelumbo::actors {

/// What miner actors are made with.
struct MinerConstructorParams {
  Address owner_addr;
  Address worker_addr;
  std::vector<Address> control_addrs;
  PoStType window_post_proof_type{};
  Bytes peer_id;
  std::vector<Bytes> multiaddrs;
  static constexpr auto fields = nelumbo::fields(
      field("OwnerAddr", &MinerConstructorParams::owner_addr),
      field("WorkerAddr", &MinerConstructorParams::worker_addr),
      field("ControlAddrs", &MinerConstructorParams::control_addrs),
      field("WindowPoStProofType", &MinerConstructorParams::window_post_proof_type),
      field("PeerId", &MinerConstructorParams::peer_id), field("Multiaddrs", &MinerConstructorParams::multiaddrs));
};
struct ControlAddressesReturn {
  Address owner;
  Address worker;
  std::vector<Address> control_addrs;
  static constexpr auto fields =
      nelumbo::fields(field("Owner", &ControlAddressesReturn::owner), field("Worker", &ControlAddressesReturn::worker),
                      field("ControlAddrs", &ControlAddressesReturn::control_addrs));
};
struct ChangeWorkerAddressParams {
  Address new_worker;
  std::vector<Address> new_control_addrs;
  static constexpr auto fields =
      nelumbo::fields(field("NewWorker", &ChangeWorkerAddressParams::new_worker),
                      field("NewControlAddrs", &ChangeWorkerAddressParams::new_control_addrs));
};
struct ChangePeerIdParams {
  Bytes new_id;
  static constexpr auto fields = nelumbo::fields(field("NewID", &ChangePeerIdParams::new_id));
};
struct ChangeMultiaddrsParams {
  std::vector<Bytes> new_multiaddrs;
  static constexpr auto fields = nelumbo::fields(field("NewMultiaddrs", &ChangeMultiaddrsParams::new_multiaddrs));
};

struct PoStPartition {
  uint64_t index = 0;
  BitField skipped;
  static constexpr auto fields =
      nelumbo::fields(field("Index", &PoStPartition::index), field("Skipped", &PoStPartition::skipped));
};
/// `chain_commit_rand` is the chain's ticket randomness at chain_commit_epoch.
struct SubmitWindowedPoStParams {
  uint64_t deadline = 0;
  std::vector<PoStPartition> partitions;
  std::vector<PoStProof> proofs;
  ChainEpoch chain_commit_epoch = 0;
  Bytes chain_commit_rand;
  static constexpr auto fields = nelumbo::fields(
      field("Deadline", &SubmitWindowedPoStParams::deadline),
      field("Partitions", &SubmitWindowedPoStParams::partitions), field("Proofs", &SubmitWindowedPoStParams::proofs),
      field("ChainCommitEpoch", &SubmitWindowedPoStParams::chain_commit_epoch),
      field("ChainCommitRand", &SubmitWindowedPoStParams::chain_commit_rand));
};
struct DisputeWindowedPoStParams {
  uint64_t deadline = 0;
  uint64_t post_index = 0;
  static constexpr auto fields = nelumbo::fields(field("Deadline", &DisputeWindowedPoStParams::deadline),
                                                 field("PoStIndex", &DisputeWindowedPoStParams::post_index));
};
struct SectorsDeclaration {
  uint64_t deadline = 0;
  uint64_t partition = 0;
  BitField sectors;
  static constexpr auto fields = nelumbo::fields(field("Deadline", &SectorsDeclaration::deadline),
                                                 field("Partition", &SectorsDeclaration::partition),
                                                 field("Sectors", &SectorsDeclaration::sectors));
};
struct DeclareFaultsParams {
  std::vector<SectorsDeclaration> faults;
  static constexpr auto fields = nelumbo::fields(field("Faults", &DeclareFaultsParams::faults));
};
struct DeclareFaultsRecoveredParams {
  std::vector<SectorsDeclaration> recoveries;
  static constexpr auto fields = nelumbo::fields(field("Recoveries", &DeclareFaultsRecoveredParams::recoveries));
};
struct TerminateSectorsParams {
  std::vector<SectorsDeclaration> terminations;
  static constexpr auto fields = nelumbo::fields(field("Terminations", &TerminateSectorsParams::terminations));
};
struct TerminateSectorsReturn {
  bool done = false;
  static constexpr auto fields = nelumbo::fields(field("Done", &TerminateSectorsReturn::done));
};

/// The first shape, with fields for replacing capacity that have meant nothing since actors v7.
struct PreCommitSectorParams {
  SealProof seal_proof{};
  SectorNumber sector_number = 0;
  Cid sealed_cid;
  ChainEpoch seal_rand_epoch = 0;
  std::vector<DealId> deal_ids;
  ChainEpoch expiration = 0;
  bool replace_capacity = false;
  uint64_t replace_sector_deadline = 0;
  uint64_t replace_sector_partition = 0;
  SectorNumber replace_sector_number = 0;
  static constexpr auto fields = nelumbo::fields(
      field("SealProof", &PreCommitSectorParams::seal_proof),
      field("SectorNumber", &PreCommitSectorParams::sector_number),
      field("SealedCID", &PreCommitSectorParams::sealed_cid),
      field("SealRandEpoch", &PreCommitSectorParams::seal_rand_epoch),
      field("DealIDs", &PreCommitSectorParams::deal_ids), field("Expiration", &PreCommitSectorParams::expiration),
      field("ReplaceCapacity", &PreCommitSectorParams::replace_capacity),
      field("ReplaceSectorDeadline", &PreCommitSectorParams::replace_sector_deadline),
      field("ReplaceSectorPartition", &PreCommitSectorParams::replace_sector_partition),
      field("ReplaceSectorNumber", &PreCommitSectorParams::replace_sector_number));
};
struct PreCommitSectorBatchParams {
  std::vector<PreCommitSectorParams> sectors;
  static constexpr auto fields = nelumbo::fields(field("Sectors", &PreCommitSectorBatchParams::sectors));
};
struct PreCommitSectorBatch2Params {
  std::vector<SectorPreCommitInfo> sectors;
  static constexpr auto fields = nelumbo::fields(field("Sectors", &PreCommitSectorBatch2Params::sectors));
};
struct ProveCommitSectorParams {
  SectorNumber sector_number = 0;
  Bytes proof;
  static constexpr auto fields = nelumbo::fields(field("SectorNumber", &ProveCommitSectorParams::sector_number),
                                                 field("Proof", &ProveCommitSectorParams::proof));
};
struct ProveCommitAggregateParams {
  BitField sector_numbers;
  Bytes aggregate_proof;
  static constexpr auto fields = nelumbo::fields(field("SectorNumbers", &ProveCommitAggregateParams::sector_numbers),
                                                 field("AggregateProof", &ProveCommitAggregateParams::aggregate_proof));
};
struct VerifiedAllocationKey {
  ActorId client = 0;
  uint64_t id = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Client", &VerifiedAllocationKey::client), field("ID", &VerifiedAllocationKey::id));
};
struct DataActivationNotification {
  Address address;
  Bytes payload;
  static constexpr auto fields = nelumbo::fields(field("Address", &DataActivationNotification::address),
                                                 field("Payload", &DataActivationNotification::payload));
};
struct PieceActivationManifest {
  Cid cid;
  uint64_t size = 0;  ///< padded bytes
  std::optional<VerifiedAllocationKey> verified_allocation_key;
  std::vector<DataActivationNotification> notify;
  static constexpr auto fields =
      nelumbo::fields(field("CID", &PieceActivationManifest::cid), field("Size", &PieceActivationManifest::size),
                      field("VerifiedAllocationKey", &PieceActivationManifest::verified_allocation_key),
                      field("Notify", &PieceActivationManifest::notify));
};
struct SectorActivationManifest {
  SectorNumber sector_number = 0;
  std::vector<PieceActivationManifest> pieces;
  static constexpr auto fields = nelumbo::fields(field("SectorNumber", &SectorActivationManifest::sector_number),
                                                 field("Pieces", &SectorActivationManifest::pieces));
};
struct ProveCommitSectors3Params {
  std::vector<SectorActivationManifest> sector_activations;
  std::vector<Bytes> sector_proofs;
  Bytes aggregate_proof;
  std::optional<int64_t> aggregate_proof_type;
  bool require_activation_success = false;
  bool require_notification_success = false;
  static constexpr auto fields =
      nelumbo::fields(field("SectorActivations", &ProveCommitSectors3Params::sector_activations),
                      field("SectorProofs", &ProveCommitSectors3Params::sector_proofs),
                      field("AggregateProof", &ProveCommitSectors3Params::aggregate_proof),
                      field("AggregateProofType", &ProveCommitSectors3Params::aggregate_proof_type),
                      field("RequireActivationSuccess", &ProveCommitSectors3Params::require_activation_success),
                      field("RequireNotificationSuccess", &ProveCommitSectors3Params::require_notification_success));
};
struct SectorNiActivation {
  SectorNumber sealing_number = 0;
  ActorId sealer_id = 0;
  Cid sealed_cid;
  SectorNumber sector_number = 0;
  ChainEpoch seal_rand_epoch = 0;
  ChainEpoch expiration = 0;
  static constexpr auto fields = nelumbo::fields(
      field("SealingNumber", &SectorNiActivation::sealing_number), field("SealerID", &SectorNiActivation::sealer_id),
      field("SealedCID", &SectorNiActivation::sealed_cid), field("SectorNumber", &SectorNiActivation::sector_number),
      field("SealRandEpoch", &SectorNiActivation::seal_rand_epoch),
      field("Expiration", &SectorNiActivation::expiration));
};
struct ProveCommitSectorsNiParams {
  std::vector<SectorNiActivation> sectors;
  Bytes aggregate_proof;
  SealProof seal_proof_type{};
  int64_t aggregate_proof_type = 0;
  uint64_t proving_deadline = 0;
  bool require_activation_success = false;
  static constexpr auto fields =
      nelumbo::fields(field("Sectors", &ProveCommitSectorsNiParams::sectors),
                      field("AggregateProof", &ProveCommitSectorsNiParams::aggregate_proof),
                      field("SealProofType", &ProveCommitSectorsNiParams::seal_proof_type),
                      field("AggregateProofType", &ProveCommitSectorsNiParams::aggregate_proof_type),
                      field("ProvingDeadline", &ProveCommitSectorsNiParams::proving_deadline),
                      field("RequireActivationSuccess", &ProveCommitSectorsNiParams::require_activation_success));
};

struct ReplicaUpdate {
  SectorNumber sector_id = 0;
  uint64_t deadline = 0;
  uint64_t partition = 0;
  Cid new_sealed_sector_cid;
  std::vector<DealId> deals;
  int64_t update_proof_type = 0;
  Bytes replica_proof;
  static constexpr auto fields = nelumbo::fields(
      field("SectorID", &ReplicaUpdate::sector_id), field("Deadline", &ReplicaUpdate::deadline),
      field("Partition", &ReplicaUpdate::partition), field("NewSealedSectorCID", &ReplicaUpdate::new_sealed_sector_cid),
      field("Deals", &ReplicaUpdate::deals), field("UpdateProofType", &ReplicaUpdate::update_proof_type),
      field("ReplicaProof", &ReplicaUpdate::replica_proof));
};
struct ProveReplicaUpdatesParams {
  std::vector<ReplicaUpdate> updates;
  static constexpr auto fields = nelumbo::fields(field("Updates", &ProveReplicaUpdatesParams::updates));
};
struct ReplicaUpdate2 {
  SectorNumber sector_id = 0;
  uint64_t deadline = 0;
  uint64_t partition = 0;
  Cid new_sealed_sector_cid;
  Cid new_unsealed_sector_cid;
  std::vector<DealId> deals;
  int64_t update_proof_type = 0;
  Bytes replica_proof;
  static constexpr auto fields = nelumbo::fields(
      field("SectorID", &ReplicaUpdate2::sector_id), field("Deadline", &ReplicaUpdate2::deadline),
      field("Partition", &ReplicaUpdate2::partition),
      field("NewSealedSectorCID", &ReplicaUpdate2::new_sealed_sector_cid),
      field("NewUnsealedSectorCID", &ReplicaUpdate2::new_unsealed_sector_cid), field("Deals", &ReplicaUpdate2::deals),
      field("UpdateProofType", &ReplicaUpdate2::update_proof_type),
      field("ReplicaProof", &ReplicaUpdate2::replica_proof));
};
struct ProveReplicaUpdates2Params {
  std::vector<ReplicaUpdate2> updates;
  static constexpr auto fields = nelumbo::fields(field("Updates", &ProveReplicaUpdates2Params::updates));
};
struct SectorUpdateManifest {
  SectorNumber sector = 0;
  uint64_t deadline = 0;
  uint64_t partition = 0;
  Cid new_sealed_cid;
  std::vector<PieceActivationManifest> pieces;
  static constexpr auto fields = nelumbo::fields(
      field("Sector", &SectorUpdateManifest::sector), field("Deadline", &SectorUpdateManifest::deadline),
      field("Partition", &SectorUpdateManifest::partition),
      field("NewSealedCID", &SectorUpdateManifest::new_sealed_cid), field("Pieces", &SectorUpdateManifest::pieces));
};
struct ProveReplicaUpdates3Params {
  std::vector<SectorUpdateManifest> sector_updates;
  std::vector<Bytes> sector_proofs;
  Bytes aggregate_proof;
  int64_t update_proofs_type = 0;
  std::optional<int64_t> aggregate_proof_type;
  bool require_activation_success = false;
  bool require_notification_success = false;
  static constexpr auto fields =
      nelumbo::fields(field("SectorUpdates", &ProveReplicaUpdates3Params::sector_updates),
                      field("SectorProofs", &ProveReplicaUpdates3Params::sector_proofs),
                      field("AggregateProof", &ProveReplicaUpdates3Params::aggregate_proof),
                      field("UpdateProofsType", &ProveReplicaUpdates3Params::update_proofs_type),
                      field("AggregateProofType", &ProveReplicaUpdates3Params::aggregate_proof_type),
                      field("RequireActivationSuccess", &ProveReplicaUpdates3Params::require_activation_success),
                      field("RequireNotificationSuccess", &ProveReplicaUpdates3Params::require_notification_success));
};

struct ExpirationExtension {
  uint64_t deadline = 0;
  uint64_t partition = 0;
  BitField sectors;
  ChainEpoch new_expiration = 0;
  static constexpr auto fields = nelumbo::fields(
      field("Deadline", &ExpirationExtension::deadline), field("Partition", &ExpirationExtension::partition),
      field("Sectors", &ExpirationExtension::sectors), field("NewExpiration", &ExpirationExtension::new_expiration));
};
struct ExtendSectorExpirationParams {
  std::vector<ExpirationExtension> extensions;
  static constexpr auto fields = nelumbo::fields(field("Extensions", &ExtendSectorExpirationParams::extensions));
};
struct SectorClaim {
  SectorNumber sector_number = 0;
  std::vector<uint64_t> maintain_claims;
  std::vector<uint64_t> drop_claims;
  static constexpr auto fields = nelumbo::fields(field("SectorNumber", &SectorClaim::sector_number),
                                                 field("MaintainClaims", &SectorClaim::maintain_claims),
                                                 field("DropClaims", &SectorClaim::drop_claims));
};
struct ExpirationExtension2 {
  uint64_t deadline = 0;
  uint64_t partition = 0;
  BitField sectors;
  std::vector<SectorClaim> sectors_with_claims;
  ChainEpoch new_expiration = 0;
  static constexpr auto fields = nelumbo::fields(field("Deadline", &ExpirationExtension2::deadline),
                                                 field("Partition", &ExpirationExtension2::partition),
                                                 field("Sectors", &ExpirationExtension2::sectors),
                                                 field("SectorsWithClaims", &ExpirationExtension2::sectors_with_claims),
                                                 field("NewExpiration", &ExpirationExtension2::new_expiration));
};
struct ExtendSectorExpiration2Params {
  std::vector<ExpirationExtension2> extensions;
  static constexpr auto fields = nelumbo::fields(field("Extensions", &ExtendSectorExpiration2Params::extensions));
};
struct CheckSectorProvenParams {
  SectorNumber sector_number = 0;
  static constexpr auto fields = nelumbo::fields(field("SectorNumber", &CheckSectorProvenParams::sector_number));
};
struct CompactPartitionsParams {
  uint64_t deadline = 0;
  BitField partitions;
  static constexpr auto fields = nelumbo::fields(field("Deadline", &CompactPartitionsParams::deadline),
                                                 field("Partitions", &CompactPartitionsParams::partitions));
};
struct CompactSectorNumbersParams {
  BitField mask_sector_numbers;
  static constexpr auto fields =
      nelumbo::fields(field("MaskSectorNumbers", &CompactSectorNumbersParams::mask_sector_numbers));
};
struct SetupPresealParams {
  std::vector<SectorNumber> sectors;
  FilterEstimate reward_smoothed;
  StoragePower reward_baseline_power;
  FilterEstimate quality_adj_power_smoothed;
  static constexpr auto fields = nelumbo::fields(
      field("Sectors", &SetupPresealParams::sectors), field("RewardSmoothed", &SetupPresealParams::reward_smoothed),
      field("RewardBaselinePower", &SetupPresealParams::reward_baseline_power),
      field("QualityAdjPowerSmoothed", &SetupPresealParams::quality_adj_power_smoothed));
};
struct DeferredCronEventParams {
  Bytes event_payload;
  FilterEstimate reward_smoothed;
  FilterEstimate quality_adj_power_smoothed;
  static constexpr auto fields =
      nelumbo::fields(field("EventPayload", &DeferredCronEventParams::event_payload),
                      field("RewardSmoothed", &DeferredCronEventParams::reward_smoothed),
                      field("QualityAdjPowerSmoothed", &DeferredCronEventParams::quality_adj_power_smoothed));
};

struct ApplyRewardParams {
  TokenAmount reward;
  TokenAmount penalty;
  static constexpr auto fields =
      nelumbo::fields(field("Reward", &ApplyRewardParams::reward), field("Penalty", &ApplyRewardParams::penalty));
};
struct ReportConsensusFaultParams {
  Bytes block_header1;
  Bytes block_header2;
  Bytes block_header_extra;
  static constexpr auto fields =
      nelumbo::fields(field("BlockHeader1", &ReportConsensusFaultParams::block_header1),
                      field("BlockHeader2", &ReportConsensusFaultParams::block_header2),
                      field("BlockHeaderExtra", &ReportConsensusFaultParams::block_header_extra));
};
struct MinerWithdrawBalanceParams {
  TokenAmount amount_requested;
  static constexpr auto fields =
      nelumbo::fields(field("AmountRequested", &MinerWithdrawBalanceParams::amount_requested));
};
struct ChangeBeneficiaryParams {
  Address new_beneficiary;
  TokenAmount new_quota;
  ChainEpoch new_expiration = 0;
  static constexpr auto fields = nelumbo::fields(field("NewBeneficiary", &ChangeBeneficiaryParams::new_beneficiary),
                                                 field("NewQuota", &ChangeBeneficiaryParams::new_quota),
                                                 field("NewExpiration", &ChangeBeneficiaryParams::new_expiration));
};
struct ActiveBeneficiary {
  Address beneficiary;
  BeneficiaryTerm term;
  static constexpr auto fields =
      nelumbo::fields(field("Beneficiary", &ActiveBeneficiary::beneficiary), field("Term", &ActiveBeneficiary::term));
};
struct GetBeneficiaryReturn {
  ActiveBeneficiary active;
  std::optional<PendingBeneficiaryChange> proposed;
  static constexpr auto fields = nelumbo::fields(field("Active", &GetBeneficiaryReturn::active),
                                                 field("Proposed", &GetBeneficiaryReturn::proposed));
};
struct MaxTerminationFeeParams {
  StoragePower power;
  TokenAmount initial_pledge;
  static constexpr auto fields = nelumbo::fields(field("Power", &MaxTerminationFeeParams::power),
                                                 field("InitialPledge", &MaxTerminationFeeParams::initial_pledge));
};
struct GetOwnerReturn {
  Address owner;
  std::optional<Address> proposed;
  static constexpr auto fields =
      nelumbo::fields(field("Owner", &GetOwnerReturn::owner), field("Proposed", &GetOwnerReturn::proposed));
};
struct GetVestingFundsReturn {
  std::vector<VestingFund> funds;
  static constexpr auto fields = nelumbo::fields(field("Funds", &GetVestingFundsReturn::funds));
};
struct GetPeerIdReturn {
  Bytes peer_id;
  static constexpr auto fields = nelumbo::fields(field("PeerId", &GetPeerIdReturn::peer_id));
};
struct GetMultiaddrsReturn {
  Bytes multi_addrs;
  static constexpr auto fields = nelumbo::fields(field("MultiAddrs", &GetMultiaddrsReturn::multi_addrs));
};
struct SectorLocationParams {
  SectorNumber sector_number = 0;
  static constexpr auto fields = nelumbo::fields(field("SectorNumber", &SectorLocationParams::sector_number));
};
struct SectorLocationReturn {
  uint64_t status = 0;
  Bytes aux_data;
  static constexpr auto fields = nelumbo::fields(field("Status", &SectorLocationReturn::status),
                                                 field("AuxData", &SectorLocationReturn::aux_data));
};
struct SectorStatusParams {
  SectorNumber sector_number = 0;
  uint64_t status = 0;
  Bytes aux_data;
  static constexpr auto fields =
      nelumbo::fields(field("SectorNumber", &SectorStatusParams::sector_number),
                      field("Status", &SectorStatusParams::status), field("AuxData", &SectorStatusParams::aux_data));
};

}  // namespace nelumbo::actors
