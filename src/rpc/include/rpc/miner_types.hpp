#pragma once
// Values of the JSON-RPC API that speak of miners, power, deadlines and sectors, under lotus's names.

#include "actors/miner.hpp"
#include "codec/rleplus.hpp"
#include "rpc/api_types.hpp"
#include "types/sector.hpp"

namespace nelumbo::rpc {

// The same in the API as in the actors' state.
using actors::BeneficiaryTerm;
using actors::DeadlineInfo;
using actors::PendingBeneficiaryChange;
using actors::SectorOnChainInfo;
using actors::SectorPreCommitInfo;
using actors::SectorPreCommitOnChainInfo;

/// Bytes of storage power.
struct Claim {
  StoragePower raw_byte_power;
  StoragePower quality_adj_power;
  static constexpr auto fields = nelumbo::fields(field("RawBytePower", &Claim::raw_byte_power),
                                                 field("QualityAdjPower", &Claim::quality_adj_power));
};
struct MinerPower {
  Claim miner_power;
  Claim total_power;
  bool has_min_power = false;
  static constexpr auto fields =
      nelumbo::fields(field("MinerPower", &MinerPower::miner_power), field("TotalPower", &MinerPower::total_power),
                      field("HasMinPower", &MinerPower::has_min_power));
};

struct MinerInfo {
  Address owner, worker;
  Address new_worker;  ///< undefined when no change is pending
  std::vector<Address> control_addresses;
  ChainEpoch worker_change_epoch = -1;
  std::optional<std::string> peer_id;  ///< base58
  std::vector<Bytes> multiaddrs;
  PoStType window_post_proof_type{};
  uint64_t sector_size = 0;  ///< bytes
  uint64_t window_post_partition_sectors = 0;
  ChainEpoch consensus_fault_elapsed = -1;
  std::optional<Address> pending_owner_address;
  Address beneficiary;
  std::optional<BeneficiaryTerm> beneficiary_term;
  std::optional<PendingBeneficiaryChange> pending_beneficiary_term;
  static constexpr auto fields = nelumbo::fields(
      field("Owner", &MinerInfo::owner), field("Worker", &MinerInfo::worker),
      field("NewWorker", &MinerInfo::new_worker), field("ControlAddresses", &MinerInfo::control_addresses),
      field("WorkerChangeEpoch", &MinerInfo::worker_change_epoch), field("PeerId", &MinerInfo::peer_id),
      field("Multiaddrs", &MinerInfo::multiaddrs), field("WindowPoStProofType", &MinerInfo::window_post_proof_type),
      field("SectorSize", &MinerInfo::sector_size),
      field("WindowPoStPartitionSectors", &MinerInfo::window_post_partition_sectors),
      field("ConsensusFaultElapsed", &MinerInfo::consensus_fault_elapsed),
      field("PendingOwnerAddress", &MinerInfo::pending_owner_address), field("Beneficiary", &MinerInfo::beneficiary),
      field("BeneficiaryTerm", &MinerInfo::beneficiary_term),
      field("PendingBeneficiaryTerm", &MinerInfo::pending_beneficiary_term));
};

struct Deadline {
  BitField post_submissions;  ///< partitions proven in the current period
  uint64_t disputable_proof_count = 0;
  TokenAmount daily_fee;
  static constexpr auto fields = nelumbo::fields(field("PostSubmissions", &Deadline::post_submissions),
                                                 field("DisputableProofCount", &Deadline::disputable_proof_count),
                                                 field("DailyFee", &Deadline::daily_fee));
};
struct Partition {
  BitField all_sectors, faulty_sectors, recovering_sectors, live_sectors, active_sectors;
  static constexpr auto fields = nelumbo::fields(
      field("AllSectors", &Partition::all_sectors), field("FaultySectors", &Partition::faulty_sectors),
      field("RecoveringSectors", &Partition::recovering_sectors), field("LiveSectors", &Partition::live_sectors),
      field("ActiveSectors", &Partition::active_sectors));
};
struct MinerSectors {
  uint64_t live = 0, active = 0, faulty = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Live", &MinerSectors::live), field("Active", &MinerSectors::active),
                      field("Faulty", &MinerSectors::faulty));
};
struct Fault {
  Address miner;
  ChainEpoch epoch = 0;
  static constexpr auto fields = nelumbo::fields(field("Miner", &Fault::miner), field("Epoch", &Fault::epoch));
};

struct SectorLocation {
  uint64_t deadline = 0, partition = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Deadline", &SectorLocation::deadline), field("Partition", &SectorLocation::partition));
};
struct SectorExpiration {
  ChainEpoch on_time = 0;
  ChainEpoch early = 0;  ///< not 0 for a faulty sector: when it is removed unless it recovers
  static constexpr auto fields =
      nelumbo::fields(field("OnTime", &SectorExpiration::on_time), field("Early", &SectorExpiration::early));
};

/// A sector as winning PoSt needs it.
struct ExtendedSectorInfo {
  SealProof seal_proof{};
  SectorNumber sector_number = 0;
  std::optional<Cid> sector_key;
  Cid sealed_cid;
  static constexpr auto fields = nelumbo::fields(
      field("SealProof", &ExtendedSectorInfo::seal_proof), field("SectorNumber", &ExtendedSectorInfo::sector_number),
      field("SectorKey", &ExtendedSectorInfo::sector_key), field("SealedCID", &ExtendedSectorInfo::sealed_cid));
};

/// What a miner needs to know to mine at an epoch on a tipset.
struct MiningBaseInfo {
  StoragePower miner_power, network_power;  ///< quality-adjusted bytes, at the look-back
  std::vector<ExtendedSectorInfo> sectors;  ///< challenged by winning PoSt
  Address worker_key;
  uint64_t sector_size = 0;
  BeaconEntry prev_beacon_entry;
  std::vector<BeaconEntry> beacon_entries;  ///< new ones, for the block
  bool eligible_for_mining = false;
  static constexpr auto fields = nelumbo::fields(
      field("MinerPower", &MiningBaseInfo::miner_power), field("NetworkPower", &MiningBaseInfo::network_power),
      field("Sectors", &MiningBaseInfo::sectors), field("WorkerKey", &MiningBaseInfo::worker_key),
      field("SectorSize", &MiningBaseInfo::sector_size), field("PrevBeaconEntry", &MiningBaseInfo::prev_beacon_entry),
      field("BeaconEntries", &MiningBaseInfo::beacon_entries),
      field("EligibleForMining", &MiningBaseInfo::eligible_for_mining));
};
struct BlockTemplate {
  Address miner;
  TipsetKey parents;
  std::optional<Ticket> ticket;
  std::optional<ElectionProof> eproof;
  std::vector<BeaconEntry> beacon_values;
  std::vector<SignedMessage> messages;
  ChainEpoch epoch = 0;
  uint64_t timestamp = 0;
  std::vector<PoStProof> winning_post_proof;
  static constexpr auto fields =
      nelumbo::fields(field("Miner", &BlockTemplate::miner), field("Parents", &BlockTemplate::parents),
                      field("Ticket", &BlockTemplate::ticket), field("Eproof", &BlockTemplate::eproof),
                      field("BeaconValues", &BlockTemplate::beacon_values), field("Messages", &BlockTemplate::messages),
                      field("Epoch", &BlockTemplate::epoch), field("Timestamp", &BlockTemplate::timestamp),
                      field("WinningPoStProof", &BlockTemplate::winning_post_proof));
};

struct MarketBalance {
  TokenAmount escrow, locked;
  static constexpr auto fields =
      nelumbo::fields(field("Escrow", &MarketBalance::escrow), field("Locked", &MarketBalance::locked));
};

}  // namespace nelumbo::rpc
