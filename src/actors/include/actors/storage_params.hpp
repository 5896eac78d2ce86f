#pragma once
// Parameters and results of the methods of the actors of storage other than the miner, in the shapes of actors v18 (the
// same in most older versions). Deals are in actors/market.hpp.

#include "actors/market.hpp"

namespace nelumbo::actors {

struct FailCode {
  uint64_t idx = 0;
  ExitCode code = 0;
  static constexpr auto fields = nelumbo::fields(field("Idx", &FailCode::idx), field("Code", &FailCode::code));
};
/// The results of a batch: the items that fail_codes does not name succeeded.
struct BatchReturn {
  uint64_t success_count = 0;
  std::vector<FailCode> fail_codes;
  static constexpr auto fields =
      nelumbo::fields(field("SuccessCount", &BatchReturn::success_count), field("FailCodes", &BatchReturn::fail_codes));
};

namespace reward {
struct AwardBlockRewardParams {
  Address miner;
  TokenAmount penalty;
  TokenAmount gas_reward;
  int64_t win_count = 0;
  static constexpr auto fields = nelumbo::fields(
      field("Miner", &AwardBlockRewardParams::miner), field("Penalty", &AwardBlockRewardParams::penalty),
      field("GasReward", &AwardBlockRewardParams::gas_reward), field("WinCount", &AwardBlockRewardParams::win_count));
};
struct ThisEpochRewardReturn {
  FilterEstimate this_epoch_reward_smoothed;
  StoragePower this_epoch_baseline_power;
  static constexpr auto fields =
      nelumbo::fields(field("ThisEpochRewardSmoothed", &ThisEpochRewardReturn::this_epoch_reward_smoothed),
                      field("ThisEpochBaselinePower", &ThisEpochRewardReturn::this_epoch_baseline_power));
};
}  // namespace reward

namespace power {
struct CreateMinerParams {
  Address owner;
  Address worker;
  PoStType window_post_proof_type{};
  Bytes peer;
  std::vector<Bytes> multiaddrs;
  static constexpr auto fields =
      nelumbo::fields(field("Owner", &CreateMinerParams::owner), field("Worker", &CreateMinerParams::worker),
                      field("WindowPoStProofType", &CreateMinerParams::window_post_proof_type),
                      field("Peer", &CreateMinerParams::peer), field("Multiaddrs", &CreateMinerParams::multiaddrs));
};
struct CreateMinerReturn {
  Address id_address;
  Address robust_address;
  static constexpr auto fields = nelumbo::fields(field("IDAddress", &CreateMinerReturn::id_address),
                                                 field("RobustAddress", &CreateMinerReturn::robust_address));
};
struct UpdateClaimedPowerParams {
  StoragePower raw_byte_delta;
  StoragePower quality_adjusted_delta;
  static constexpr auto fields =
      nelumbo::fields(field("RawByteDelta", &UpdateClaimedPowerParams::raw_byte_delta),
                      field("QualityAdjustedDelta", &UpdateClaimedPowerParams::quality_adjusted_delta));
};
struct EnrollCronEventParams {
  ChainEpoch event_epoch = 0;
  Bytes payload;
  static constexpr auto fields = nelumbo::fields(field("EventEpoch", &EnrollCronEventParams::event_epoch),
                                                 field("Payload", &EnrollCronEventParams::payload));
};
/// Since actors v15; before that without the ramp of FIP-0081.
struct CurrentTotalPowerReturn {
  StoragePower raw_byte_power;
  StoragePower quality_adj_power;
  TokenAmount pledge_collateral;
  FilterEstimate quality_adj_power_smoothed;
  int64_t ramp_start_epoch = 0;
  uint64_t ramp_duration_epochs = 0;
  static constexpr auto fields =
      nelumbo::fields(field("RawBytePower", &CurrentTotalPowerReturn::raw_byte_power),
                      field("QualityAdjPower", &CurrentTotalPowerReturn::quality_adj_power),
                      field("PledgeCollateral", &CurrentTotalPowerReturn::pledge_collateral),
                      field("QualityAdjPowerSmoothed", &CurrentTotalPowerReturn::quality_adj_power_smoothed),
                      field("RampStartEpoch", &CurrentTotalPowerReturn::ramp_start_epoch),
                      field("RampDurationEpochs", &CurrentTotalPowerReturn::ramp_duration_epochs));
};
struct MinerRawPowerReturn {
  StoragePower raw_byte_power;
  bool meets_consensus_minimum = false;
  static constexpr auto fields =
      nelumbo::fields(field("RawBytePower", &MinerRawPowerReturn::raw_byte_power),
                      field("MeetsConsensusMinimum", &MinerRawPowerReturn::meets_consensus_minimum));
};
struct MinerPowerReturn {
  StoragePower raw_byte_power;
  StoragePower quality_adj_power;
  static constexpr auto fields = nelumbo::fields(field("RawBytePower", &MinerPowerReturn::raw_byte_power),
                                                 field("QualityAdjPower", &MinerPowerReturn::quality_adj_power));
};
}  // namespace power

namespace market {
struct WithdrawBalanceParams {
  Address provider_or_client_address;
  TokenAmount amount;
  static constexpr auto fields =
      nelumbo::fields(field("ProviderOrClientAddress", &WithdrawBalanceParams::provider_or_client_address),
                      field("Amount", &WithdrawBalanceParams::amount));
};
struct SectorDeals {
  SectorNumber sector_number = 0;
  SealProof sector_type{};
  ChainEpoch sector_expiry = 0;
  std::vector<DealId> deal_ids;
  static constexpr auto fields = nelumbo::fields(
      field("SectorNumber", &SectorDeals::sector_number), field("SectorType", &SectorDeals::sector_type),
      field("SectorExpiry", &SectorDeals::sector_expiry), field("DealIDs", &SectorDeals::deal_ids));
};
struct VerifyDealsForActivationParams {
  std::vector<SectorDeals> sectors;
  static constexpr auto fields = nelumbo::fields(field("Sectors", &VerifyDealsForActivationParams::sectors));
};
struct VerifyDealsForActivationReturn {
  std::vector<std::optional<Cid>> unsealed_cids;
  static constexpr auto fields = nelumbo::fields(field("UnsealedCIDs", &VerifyDealsForActivationReturn::unsealed_cids));
};
struct BatchActivateDealsParams {
  std::vector<SectorDeals> sectors;
  bool compute_cid = false;
  static constexpr auto fields = nelumbo::fields(field("Sectors", &BatchActivateDealsParams::sectors),
                                                 field("ComputeCid", &BatchActivateDealsParams::compute_cid));
};
struct SectorsTerminateParams {
  ChainEpoch epoch = 0;
  std::vector<DealId> deal_ids;
  static constexpr auto fields = nelumbo::fields(field("Epoch", &SectorsTerminateParams::epoch),
                                                 field("DealIDs", &SectorsTerminateParams::deal_ids));
};
struct GetBalanceReturn {
  TokenAmount balance;
  TokenAmount locked;
  static constexpr auto fields =
      nelumbo::fields(field("Balance", &GetBalanceReturn::balance), field("Locked", &GetBalanceReturn::locked));
};
struct DealDataCommitmentReturn {
  Cid data;
  uint64_t size = 0;  ///< padded bytes
  static constexpr auto fields =
      nelumbo::fields(field("Data", &DealDataCommitmentReturn::data), field("Size", &DealDataCommitmentReturn::size));
};
struct DealTermReturn {
  ChainEpoch start = 0;
  ChainEpoch duration = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Start", &DealTermReturn::start), field("Duration", &DealTermReturn::duration));
};
struct DealActivationReturn {
  ChainEpoch activated = 0;
  ChainEpoch terminated = 0;
  static constexpr auto fields = nelumbo::fields(field("Activated", &DealActivationReturn::activated),
                                                 field("Terminated", &DealActivationReturn::terminated));
};
struct DealSettlement {
  TokenAmount payment;
  bool completed = false;
  static constexpr auto fields =
      nelumbo::fields(field("Payment", &DealSettlement::payment), field("Completed", &DealSettlement::completed));
};
struct SettleDealPaymentsReturn {
  BatchReturn results;
  std::vector<DealSettlement> settlements;
  static constexpr auto fields = nelumbo::fields(field("Results", &SettleDealPaymentsReturn::results),
                                                 field("Settlements", &SettleDealPaymentsReturn::settlements));
};
struct PieceChange {
  Cid data;
  uint64_t size = 0;
  Bytes payload;
  static constexpr auto fields = nelumbo::fields(field("Data", &PieceChange::data), field("Size", &PieceChange::size),
                                                 field("Payload", &PieceChange::payload));
};
struct SectorChanges {
  SectorNumber sector = 0;
  ChainEpoch minimum_commitment_epoch = 0;
  std::vector<PieceChange> added;
  static constexpr auto fields = nelumbo::fields(
      field("Sector", &SectorChanges::sector),
      field("MinimumCommitmentEpoch", &SectorChanges::minimum_commitment_epoch), field("Added", &SectorChanges::added));
};
}  // namespace market

namespace verifreg {
/// Parameters of AddVerifier and AddVerifiedClient; the allowance is in bytes.
struct AddressAllowance {
  Address address;
  StoragePower allowance;
  static constexpr auto fields =
      nelumbo::fields(field("Address", &AddressAllowance::address), field("Allowance", &AddressAllowance::allowance));
};
struct RemoveDataCapRequest {
  Address verifier;
  Signature verifier_signature;
  static constexpr auto fields = nelumbo::fields(field("Verifier", &RemoveDataCapRequest::verifier),
                                                 field("VerifierSignature", &RemoveDataCapRequest::verifier_signature));
};
struct RemoveDataCapParams {
  Address verified_client_to_remove;
  StoragePower data_cap_amount_to_remove;
  RemoveDataCapRequest verifier_request1;
  RemoveDataCapRequest verifier_request2;
  static constexpr auto fields =
      nelumbo::fields(field("VerifiedClientToRemove", &RemoveDataCapParams::verified_client_to_remove),
                      field("DataCapAmountToRemove", &RemoveDataCapParams::data_cap_amount_to_remove),
                      field("VerifierRequest1", &RemoveDataCapParams::verifier_request1),
                      field("VerifierRequest2", &RemoveDataCapParams::verifier_request2));
};
struct RemoveDataCapReturn {
  Address verified_client;
  StoragePower data_cap_removed;
  static constexpr auto fields = nelumbo::fields(field("VerifiedClient", &RemoveDataCapReturn::verified_client),
                                                 field("DataCapRemoved", &RemoveDataCapReturn::data_cap_removed));
};
struct RemoveExpiredAllocationsParams {
  ActorId client = 0;
  std::vector<uint64_t> allocation_ids;
  static constexpr auto fields =
      nelumbo::fields(field("Client", &RemoveExpiredAllocationsParams::client),
                      field("AllocationIds", &RemoveExpiredAllocationsParams::allocation_ids));
};
struct RemoveExpiredAllocationsReturn {
  std::vector<uint64_t> considered;
  BatchReturn results;
  StoragePower data_cap_recovered;
  static constexpr auto fields =
      nelumbo::fields(field("Considered", &RemoveExpiredAllocationsReturn::considered),
                      field("Results", &RemoveExpiredAllocationsReturn::results),
                      field("DataCapRecovered", &RemoveExpiredAllocationsReturn::data_cap_recovered));
};
struct AllocationClaim {
  ActorId client = 0;
  uint64_t allocation_id = 0;
  Cid data;
  uint64_t size = 0;  ///< padded bytes
  static constexpr auto fields =
      nelumbo::fields(field("Client", &AllocationClaim::client), field("AllocationId", &AllocationClaim::allocation_id),
                      field("Data", &AllocationClaim::data), field("Size", &AllocationClaim::size));
};
struct SectorAllocationClaims {
  SectorNumber sector = 0;
  ChainEpoch sector_expiry = 0;
  std::vector<AllocationClaim> claims;
  static constexpr auto fields = nelumbo::fields(field("Sector", &SectorAllocationClaims::sector),
                                                 field("SectorExpiry", &SectorAllocationClaims::sector_expiry),
                                                 field("Claims", &SectorAllocationClaims::claims));
};
struct ClaimAllocationsParams {
  std::vector<SectorAllocationClaims> sectors;
  bool all_or_nothing = false;
  static constexpr auto fields = nelumbo::fields(field("Sectors", &ClaimAllocationsParams::sectors),
                                                 field("AllOrNothing", &ClaimAllocationsParams::all_or_nothing));
};
struct ClaimAllocationsReturn {
  BatchReturn batch_info;
  BigInt claimed_space;
  static constexpr auto fields = nelumbo::fields(field("BatchInfo", &ClaimAllocationsReturn::batch_info),
                                                 field("ClaimedSpace", &ClaimAllocationsReturn::claimed_space));
};
struct GetClaimsParams {
  ActorId provider = 0;
  std::vector<uint64_t> claim_ids;
  static constexpr auto fields =
      nelumbo::fields(field("Provider", &GetClaimsParams::provider), field("ClaimIds", &GetClaimsParams::claim_ids));
};
struct Claim {
  ActorId provider = 0;
  ActorId client = 0;
  Cid data;
  uint64_t size = 0;
  ChainEpoch term_min = 0;
  ChainEpoch term_max = 0;
  ChainEpoch term_start = 0;
  SectorNumber sector = 0;
  static constexpr auto fields = nelumbo::fields(
      field("Provider", &Claim::provider), field("Client", &Claim::client), field("Data", &Claim::data),
      field("Size", &Claim::size), field("TermMin", &Claim::term_min), field("TermMax", &Claim::term_max),
      field("TermStart", &Claim::term_start), field("Sector", &Claim::sector));
};
struct GetClaimsReturn {
  BatchReturn batch_info;
  std::vector<Claim> claims;
  static constexpr auto fields =
      nelumbo::fields(field("BatchInfo", &GetClaimsReturn::batch_info), field("Claims", &GetClaimsReturn::claims));
};
struct ClaimTerm {
  ActorId provider = 0;
  uint64_t claim_id = 0;
  ChainEpoch term_max = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Provider", &ClaimTerm::provider), field("ClaimId", &ClaimTerm::claim_id),
                      field("TermMax", &ClaimTerm::term_max));
};
struct ExtendClaimTermsParams {
  std::vector<ClaimTerm> terms;
  static constexpr auto fields = nelumbo::fields(field("Terms", &ExtendClaimTermsParams::terms));
};
struct RemoveExpiredClaimsParams {
  ActorId provider = 0;
  std::vector<uint64_t> claim_ids;
  static constexpr auto fields = nelumbo::fields(field("Provider", &RemoveExpiredClaimsParams::provider),
                                                 field("ClaimIds", &RemoveExpiredClaimsParams::claim_ids));
};
struct RemoveExpiredClaimsReturn {
  std::vector<uint64_t> considered;
  BatchReturn results;
  static constexpr auto fields = nelumbo::fields(field("Considered", &RemoveExpiredClaimsReturn::considered),
                                                 field("Results", &RemoveExpiredClaimsReturn::results));
};
/// What a token actor sends to a receiver (FRC-0046).
struct UniversalReceiverParams {
  uint64_t type = 0;
  Bytes payload;
  static constexpr auto fields = nelumbo::fields(field("Type_", &UniversalReceiverParams::type),
                                                 field("Payload", &UniversalReceiverParams::payload));
};
struct AllocationsResponse {
  BatchReturn allocation_results;
  BatchReturn extension_results;
  std::vector<uint64_t> new_allocations;
  static constexpr auto fields = nelumbo::fields(field("AllocationResults", &AllocationsResponse::allocation_results),
                                                 field("ExtensionResults", &AllocationsResponse::extension_results),
                                                 field("NewAllocations", &AllocationsResponse::new_allocations));
};
}  // namespace verifreg

namespace datacap {
struct MintParams {
  Address to;
  TokenAmount amount;
  std::vector<Address> operators;
  static constexpr auto fields = nelumbo::fields(field("To", &MintParams::to), field("Amount", &MintParams::amount),
                                                 field("Operators", &MintParams::operators));
};
struct MintReturn {
  TokenAmount balance;
  TokenAmount supply;
  Bytes recipient_data;
  static constexpr auto fields =
      nelumbo::fields(field("Balance", &MintReturn::balance), field("Supply", &MintReturn::supply),
                      field("RecipientData", &MintReturn::recipient_data));
};
/// Parameters of Destroy and BurnFrom.
struct OwnerAmount {
  Address owner;
  TokenAmount amount;
  static constexpr auto fields =
      nelumbo::fields(field("Owner", &OwnerAmount::owner), field("Amount", &OwnerAmount::amount));
};
struct TransferParams {
  Address to;
  TokenAmount amount;
  Bytes operator_data;
  static constexpr auto fields =
      nelumbo::fields(field("To", &TransferParams::to), field("Amount", &TransferParams::amount),
                      field("OperatorData", &TransferParams::operator_data));
};
struct TransferReturn {
  TokenAmount from_balance;
  TokenAmount to_balance;
  Bytes recipient_data;
  static constexpr auto fields = nelumbo::fields(field("FromBalance", &TransferReturn::from_balance),
                                                 field("ToBalance", &TransferReturn::to_balance),
                                                 field("RecipientData", &TransferReturn::recipient_data));
};
struct TransferFromParams {
  Address from;
  Address to;
  TokenAmount amount;
  Bytes operator_data;
  static constexpr auto fields = nelumbo::fields(
      field("From", &TransferFromParams::from), field("To", &TransferFromParams::to),
      field("Amount", &TransferFromParams::amount), field("OperatorData", &TransferFromParams::operator_data));
};
struct TransferFromReturn {
  TokenAmount from_balance;
  TokenAmount to_balance;
  TokenAmount allowance;
  Bytes recipient_data;
  static constexpr auto fields = nelumbo::fields(
      field("FromBalance", &TransferFromReturn::from_balance), field("ToBalance", &TransferFromReturn::to_balance),
      field("Allowance", &TransferFromReturn::allowance), field("RecipientData", &TransferFromReturn::recipient_data));
};
struct IncreaseAllowanceParams {
  Address operator_address;
  TokenAmount increase;
  static constexpr auto fields = nelumbo::fields(field("Operator", &IncreaseAllowanceParams::operator_address),
                                                 field("Increase", &IncreaseAllowanceParams::increase));
};
struct DecreaseAllowanceParams {
  Address operator_address;
  TokenAmount decrease;
  static constexpr auto fields = nelumbo::fields(field("Operator", &DecreaseAllowanceParams::operator_address),
                                                 field("Decrease", &DecreaseAllowanceParams::decrease));
};
struct RevokeAllowanceParams {
  Address operator_address;
  static constexpr auto fields = nelumbo::fields(field("Operator", &RevokeAllowanceParams::operator_address));
};
struct GetAllowanceParams {
  Address owner;
  Address operator_address;
  static constexpr auto fields = nelumbo::fields(field("Owner", &GetAllowanceParams::owner),
                                                 field("Operator", &GetAllowanceParams::operator_address));
};
struct BurnParams {
  TokenAmount amount;
  static constexpr auto fields = nelumbo::fields(field("Amount", &BurnParams::amount));
};
struct BurnReturn {
  TokenAmount balance;
  static constexpr auto fields = nelumbo::fields(field("Balance", &BurnReturn::balance));
};
struct BurnFromReturn {
  TokenAmount balance;
  TokenAmount allowance;
  static constexpr auto fields =
      nelumbo::fields(field("Balance", &BurnFromReturn::balance), field("Allowance", &BurnFromReturn::allowance));
};
}  // namespace datacap

}  // namespace nelumbo::actors
