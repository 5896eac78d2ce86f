#pragma once
// Constants of the built-in actors (policy of actors v18). Epochs unless said otherwise.

#include "types/network.hpp"

namespace nelumbo::actors {

// Identities that are the same on every network.
inline constexpr ActorId kSystemActor = 0;
inline constexpr ActorId kInitActor = 1;
inline constexpr ActorId kRewardActor = 2;
inline constexpr ActorId kCronActor = 3;
inline constexpr ActorId kPowerActor = 4;
inline constexpr ActorId kMarketActor = 5;
inline constexpr ActorId kVerifiedRegistryActor = 6;
inline constexpr ActorId kDatacapActor = 7;
inline constexpr ActorId kEamActor = 10;
inline constexpr ActorId kVerifiedRegistryRoot = 80;  ///< the account or multisig that may name verifiers
inline constexpr ActorId kFirstVerifier = 81;         ///< the verifier of a devnet's genesis
inline constexpr ActorId kReserveActor = 90;          ///< holds what nobody else got at genesis
inline constexpr ActorId kBurntFundsActor = 99;
inline constexpr ActorId kFirstAccount = 100;  ///< accounts of a genesis template
inline constexpr ActorId kFirstMiner = 1000;   ///< miners of a genesis template

/// The address of a singleton.
inline Address singleton(ActorId id) { return Address::from_id(id); }

// Window PoSt.
inline constexpr ChainEpoch kProvingPeriod = 2880;
inline constexpr ChainEpoch kChallengeWindow = 60;    ///< length of a deadline
inline constexpr uint64_t kDeadlines = 48;            ///< deadlines of a proving period
inline constexpr ChainEpoch kChallengeLookback = 20;  ///< from a deadline's opening back to its challenge epoch
inline constexpr ChainEpoch kFaultDeclarationCutoff = kChallengeLookback + 50;
inline constexpr ChainEpoch kMaxChainCommitAge = kChallengeWindow;
inline constexpr ChainEpoch kDisputeWindow = 2 * kChainFinality;
inline constexpr ChainEpoch kFaultMaxAge = 42 * kProvingPeriod;
inline constexpr uint64_t kMaxPartitionsPerDeadline = 3000;
inline constexpr uint64_t kAddressedPartitionsMax = kMaxPartitionsPerDeadline;
inline constexpr uint64_t kAddressedSectorsMax = 25'000;
inline constexpr uint64_t kPoStedPartitionsMax = 3;  ///< partitions of one SubmitWindowedPoSt

// Sectors.
inline constexpr ChainEpoch kMaxPreCommitRandomnessLookback = kEpochsPerDay + kChainFinality;
inline constexpr ChainEpoch kMinSectorExpiration = 180 * kEpochsPerDay;
inline constexpr ChainEpoch kMaxSectorExpirationExtension = 1278 * kEpochsPerDay;
inline constexpr ChainEpoch kExpiredPreCommitCleanUpDelay = 8 * (kEpochsPerDay / 24);
inline constexpr ChainEpoch kMaxSectorLifetime = 5 * 365 * kEpochsPerDay;
inline constexpr uint64_t kPreCommitBatchMax = 256;  ///< sectors of one PreCommitSectorBatch2
inline constexpr uint64_t kMaxAggregatedSectors = 819;
inline constexpr uint64_t kMinAggregatedSectors = 4;
inline constexpr ChainEpoch kWorkerKeyChangeDelay = kChainFinality;
inline constexpr ChainEpoch kConsensusFaultIneligibility = kChainFinality;

/// How long after its pre-commit a sector (V1_1 seals) may be proven.
inline ChainEpoch max_prove_commit_duration(const NetworkParams& network) {
  return 30 * kEpochsPerDay + network.pre_commit_challenge_delay;
}

// Power.
inline constexpr int64_t kConsensusMinerMinMiners = 4;  ///< from so many large miners on, small ones win no blocks
/// Bytes of quality-adjusted power that a new miner's deposit is computed for (FIP-0077): a tenth of the network's
/// consensus minimum.
inline uint64_t create_miner_deposit_power(const NetworkParams& network) { return network.min_consensus_power / 10; }

// Verified registry and market.
inline constexpr ChainEpoch kMinAllocationTerm = 180 * kEpochsPerDay;
inline constexpr ChainEpoch kMaxAllocationTerm = 5 * 365 * kEpochsPerDay;
inline constexpr ChainEpoch kDealUpdatesInterval = 30 * kEpochsPerDay;

// Bit widths of the collections in actor state (v3 AMTs and HAMTs).
inline constexpr unsigned kSectorsAmtWidth = 5;
inline constexpr unsigned kPartitionsAmtWidth = 3;
inline constexpr unsigned kDealProposalsAmtWidth = 5;
inline constexpr unsigned kDealStatesAmtWidth = 6;
inline constexpr unsigned kCronQueueHamtWidth = 6;
inline constexpr unsigned kCronQueueAmtWidth = 6;
inline constexpr unsigned kBalanceTableHamtWidth = 6;
inline constexpr unsigned kDatacapHamtWidth = 3;

/// The method numbers of the built-in actors that the node itself calls or reads.
namespace methods {
inline constexpr MethodNum kSend = 0;
inline constexpr MethodNum kConstructor = 1;
inline constexpr MethodNum kCronEpochTick = 2;       ///< cron
inline constexpr MethodNum kAwardBlockReward = 2;    ///< reward
inline constexpr MethodNum kThisEpochReward = 3;     ///< reward
inline constexpr MethodNum kCreateMiner = 2;         ///< power
inline constexpr MethodNum kUpdateClaimedPower = 3;  ///< power
inline constexpr MethodNum kPowerCronTick = 5;       ///< power: OnEpochTickEnd
inline constexpr MethodNum kCurrentTotalPower = 9;   ///< power
inline constexpr MethodNum kMarketAddBalance = 2;
inline constexpr MethodNum kPublishStorageDeals = 4;
inline constexpr MethodNum kMarketCronTick = 9;
inline constexpr MethodNum kAddVerifier = 2;              ///< verified registry
inline constexpr MethodNum kAddVerifiedClient = 4;        ///< verified registry
inline constexpr MethodNum kSubmitWindowedPoSt = 5;       ///< miner
inline constexpr MethodNum kDeclareFaults = 10;           ///< miner
inline constexpr MethodNum kDeclareFaultsRecovered = 11;  ///< miner
inline constexpr MethodNum kReportConsensusFault = 15;    ///< miner
inline constexpr MethodNum kWithdrawBalance = 16;         ///< miner
inline constexpr MethodNum kInternalSectorSetup = 17;     ///< miner: InternalSectorSetupForPreseal
inline constexpr MethodNum kPreCommitSectorBatch2 = 28;   ///< miner
inline constexpr MethodNum kProveCommitSectors3 = 34;     ///< miner
inline constexpr MethodNum kInitExec = 2;                 ///< init
inline constexpr MethodNum kInitExec4 = 3;                ///< init
}  // namespace methods

}  // namespace nelumbo::actors
