#pragma once
// Values of the miner's own JSON-RPC API, under lotus's names: sectors being sealed, storage paths, workers and jobs.

#include "rpc/miner_types.hpp"

namespace nelumbo::rpc {

/// A sector of any miner.
struct SectorId {
  uint64_t miner = 0;  ///< actor ID
  uint64_t number = 0;
  static constexpr auto fields = nelumbo::fields(field("Miner", &SectorId::miner), field("Number", &SectorId::number));
};
struct SectorRef {
  SectorId id;
  SealProof proof_type = SealProof{};
  static constexpr auto fields =
      nelumbo::fields(field("ID", &SectorRef::id), field("ProofType", &SectorRef::proof_type));
};
/// Who pays for messages, per kind; the worker where a list is empty or has no funds.
struct AddressConfig {
  std::vector<Address> pre_commit_control;
  std::vector<Address> commit_control;
  std::vector<Address> terminate_control;
  std::vector<Address> deal_publish_control;
  bool disable_owner_fallback = false;
  bool disable_worker_fallback = false;
  static constexpr auto fields =
      nelumbo::fields(field("PreCommitControl", &AddressConfig::pre_commit_control),
                      field("CommitControl", &AddressConfig::commit_control),
                      field("TerminateControl", &AddressConfig::terminate_control),
                      field("DealPublishControl", &AddressConfig::deal_publish_control),
                      field("DisableOwnerFallback", &AddressConfig::disable_owner_fallback),
                      field("DisableWorkerFallback", &AddressConfig::disable_worker_fallback));
};

// ---- sectors ----

/// One line of a sector's log.
struct SectorLogLine {
  std::string kind;        ///< "event;SectorPreCommit1"
  uint64_t timestamp = 0;  ///< seconds since the Unix epoch
  std::string trace;
  std::string message;
  static constexpr auto fields =
      nelumbo::fields(field("Kind", &SectorLogLine::kind), field("Timestamp", &SectorLogLine::timestamp),
                      field("Trace", &SectorLogLine::trace), field("Message", &SectorLogLine::message));
};
struct PieceInfo {
  uint64_t size = 0;  ///< padded bytes
  Cid piece_cid;
  static constexpr auto fields =
      nelumbo::fields(field("Size", &PieceInfo::size), field("PieceCID", &PieceInfo::piece_cid));
};
struct SectorPiece {
  PieceInfo piece;
  RawJson deal_info;  ///< null for a piece of zeros
  static constexpr auto fields =
      nelumbo::fields(field("Piece", &SectorPiece::piece), field("DealInfo", &SectorPiece::deal_info));
};
/// Randomness and the epoch it was drawn from: a ticket or a seed.
struct SealTicket {
  Bytes value;
  ChainEpoch epoch = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Value", &SealTicket::value), field("Epoch", &SealTicket::epoch));
};
/// What the miner knows of a sector, and what the chain knows when it was asked for.
struct SectorInfo {
  SectorNumber sector_id = 0;
  std::string state;
  std::optional<Cid> comm_d;
  std::optional<Cid> comm_r;
  Bytes proof;
  std::vector<DealId> deals;
  std::vector<SectorPiece> pieces;
  SealTicket ticket;
  SealTicket seed;
  std::optional<Cid> pre_commit_msg;
  std::optional<Cid> commit_msg;
  uint64_t retries = 0;
  bool to_upgrade = false;
  std::optional<Cid> replica_update_message;
  std::string last_err;
  std::vector<SectorLogLine> log;
  SealProof seal_proof = SealProof{};
  ChainEpoch activation = 0;
  ChainEpoch expiration = 0;
  BigInt deal_weight;
  BigInt verified_deal_weight;
  TokenAmount initial_pledge;
  ChainEpoch on_time = 0;
  ChainEpoch early = 0;  ///< not 0 for a faulty sector: when it is removed unless it recovers
  static constexpr auto fields = nelumbo::fields(
      field("SectorID", &SectorInfo::sector_id), field("State", &SectorInfo::state),
      field("CommD", &SectorInfo::comm_d), field("CommR", &SectorInfo::comm_r), field("Proof", &SectorInfo::proof),
      field("Deals", &SectorInfo::deals), field("Pieces", &SectorInfo::pieces), field("Ticket", &SectorInfo::ticket),
      field("Seed", &SectorInfo::seed), field("PreCommitMsg", &SectorInfo::pre_commit_msg),
      field("CommitMsg", &SectorInfo::commit_msg), field("Retries", &SectorInfo::retries),
      field("ToUpgrade", &SectorInfo::to_upgrade), field("ReplicaUpdateMessage", &SectorInfo::replica_update_message),
      field("LastErr", &SectorInfo::last_err), field("Log", &SectorInfo::log),
      field("SealProof", &SectorInfo::seal_proof), field("Activation", &SectorInfo::activation),
      field("Expiration", &SectorInfo::expiration), field("DealWeight", &SectorInfo::deal_weight),
      field("VerifiedDealWeight", &SectorInfo::verified_deal_weight),
      field("InitialPledge", &SectorInfo::initial_pledge), field("OnTime", &SectorInfo::on_time),
      field("Early", &SectorInfo::early));
};
/// What a sector waits for. Not of lotus.
struct SectorWait {
  SectorNumber sector = 0;
  std::string state;
  std::string reason;       ///< one sentence
  int64_t in_state = 0;     ///< seconds
  int64_t over_normal = 0;  ///< seconds longer in the state than is normal; > 0: stuck
  static constexpr auto fields = nelumbo::fields(
      field("Sector", &SectorWait::sector), field("State", &SectorWait::state), field("Reason", &SectorWait::reason),
      field("InState", &SectorWait::in_state), field("OverNormal", &SectorWait::over_normal));
};
/// Where in which sector a deal's piece lies.
struct SealedRef {
  SectorNumber sector_id = 0;
  uint64_t offset = 0;  ///< padded bytes
  uint64_t size = 0;    ///< unpadded bytes
  static constexpr auto fields = nelumbo::fields(field("SectorID", &SealedRef::sector_id),
                                                 field("Offset", &SealedRef::offset), field("Size", &SealedRef::size));
};
/// What sending a batch did.
struct PreCommitBatchResult {
  std::vector<SectorNumber> sectors;
  std::optional<Cid> msg;
  std::string error;  ///< set: none was sent
  static constexpr auto fields =
      nelumbo::fields(field("Sectors", &PreCommitBatchResult::sectors), field("Msg", &PreCommitBatchResult::msg),
                      field("Error", &PreCommitBatchResult::error));
};
struct CommitBatchResult {
  std::vector<SectorNumber> sectors;
  std::map<std::string, std::string> failed_sectors;  ///< number: why
  std::optional<Cid> msg;
  std::string error;
  static constexpr auto fields = nelumbo::fields(
      field("Sectors", &CommitBatchResult::sectors), field("FailedSectors", &CommitBatchResult::failed_sectors),
      field("Msg", &CommitBatchResult::msg), field("Error", &CommitBatchResult::error));
};
/// Sector numbers in use.
struct NumAssignerMeta {
  BitField reserved;
  BitField allocated;  ///< by this miner's own sectors
  BitField in_use;     ///< with those of the chain
  SectorNumber next = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Reserved", &NumAssignerMeta::reserved), field("Allocated", &NumAssignerMeta::allocated),
                      field("InUse", &NumAssignerMeta::in_use), field("Next", &NumAssignerMeta::next));
};

// ---- storage ----

/// Bytes.
struct FsStat {
  int64_t capacity = 0;
  int64_t available = 0;  ///< for sectors
  int64_t fs_available = 0;
  int64_t reserved = 0;
  int64_t max = 0;  ///< 0: no limit
  int64_t used = 0;
  static constexpr auto fields =
      nelumbo::fields(field("Capacity", &FsStat::capacity), field("Available", &FsStat::available),
                      field("FSAvailable", &FsStat::fs_available), field("Reserved", &FsStat::reserved),
                      field("Max", &FsStat::max), field("Used", &FsStat::used));
};
/// A path.
struct StorageInfo {
  std::string id;  ///< a UUID
  std::vector<std::string> urls;
  uint64_t weight = 0;
  uint64_t max_storage = 0;  ///< bytes, 0: no limit
  bool can_seal = false;
  bool can_store = false;
  std::vector<std::string> groups;
  std::vector<std::string> allow_to;
  std::vector<std::string> allow_types;
  std::vector<std::string> deny_types;
  std::vector<std::string> allow_miners;
  std::vector<std::string> deny_miners;
  static constexpr auto fields =
      nelumbo::fields(field("ID", &StorageInfo::id), field("URLs", &StorageInfo::urls),
                      field("Weight", &StorageInfo::weight), field("MaxStorage", &StorageInfo::max_storage),
                      field("CanSeal", &StorageInfo::can_seal), field("CanStore", &StorageInfo::can_store),
                      field("Groups", &StorageInfo::groups), field("AllowTo", &StorageInfo::allow_to),
                      field("AllowTypes", &StorageInfo::allow_types), field("DenyTypes", &StorageInfo::deny_types),
                      field("AllowMiners", &StorageInfo::allow_miners), field("DenyMiners", &StorageInfo::deny_miners));
};
/// A path that has, or could take, a sector's file.
struct SectorStorageInfo {
  std::string id;
  std::vector<std::string> urls;
  std::vector<std::string> base_urls;
  uint64_t weight = 0;
  bool can_seal = false;
  bool can_store = false;
  bool primary = false;
  std::vector<std::string> allow_types;
  std::vector<std::string> deny_types;
  std::vector<std::string> allow_miners;
  std::vector<std::string> deny_miners;
  static constexpr auto fields = nelumbo::fields(
      field("ID", &SectorStorageInfo::id), field("URLs", &SectorStorageInfo::urls),
      field("BaseURLs", &SectorStorageInfo::base_urls), field("Weight", &SectorStorageInfo::weight),
      field("CanSeal", &SectorStorageInfo::can_seal), field("CanStore", &SectorStorageInfo::can_store),
      field("Primary", &SectorStorageInfo::primary), field("AllowTypes", &SectorStorageInfo::allow_types),
      field("DenyTypes", &SectorStorageInfo::deny_types), field("AllowMiners", &SectorStorageInfo::allow_miners),
      field("DenyMiners", &SectorStorageInfo::deny_miners));
};
/// Files of a sector on a path.
struct StorageDecl {
  uint64_t miner = 0;
  uint64_t number = 0;
  uint32_t type = 0;  ///< bits
  static constexpr auto fields =
      nelumbo::fields(field("Miner", &StorageDecl::miner), field("Number", &StorageDecl::number),
                      field("SectorFileType", &StorageDecl::type));
};
/// Who uses a sector's files: counts by type of file, in the order of their bits.
struct SectorLock {
  SectorId sector;
  std::vector<uint64_t> write;
  std::vector<uint64_t> read;
  static constexpr auto fields = nelumbo::fields(field("Sector", &SectorLock::sector),
                                                 field("Write", &SectorLock::write), field("Read", &SectorLock::read));
};
struct SectorLocks {
  std::vector<SectorLock> locks;
  static constexpr auto fields = nelumbo::fields(field("Locks", &SectorLocks::locks));
};
/// A path that cannot be used now. Not of lotus.
struct StoragePathTrouble {
  std::string id;
  std::string path;
  std::string trouble;
  static constexpr auto fields =
      nelumbo::fields(field("ID", &StoragePathTrouble::id), field("Path", &StoragePathTrouble::path),
                      field("Trouble", &StoragePathTrouble::trouble));
};

// ---- work ----

struct CallId {
  SectorId sector;
  std::string id;  ///< a UUID
  static constexpr auto fields = nelumbo::fields(field("Sector", &CallId::sector), field("ID", &CallId::id));
};
struct WorkerJob {
  CallId id;
  SectorId sector;
  std::string task;      ///< "seal/v0/precommit/1"
  int64_t run_wait = 0;  ///< 0: runs, 1 and more: waits
  std::string start;     ///< RFC 3339
  std::string hostname;
  std::string step;  ///< what it is doing or waits for; not of lotus
  double part = 0;   ///< done of it, 0 to 1; not of lotus
  static constexpr auto fields = nelumbo::fields(
      field("ID", &WorkerJob::id), field("Sector", &WorkerJob::sector), field("Task", &WorkerJob::task),
      field("RunWait", &WorkerJob::run_wait), field("Start", &WorkerJob::start),
      field("Hostname", &WorkerJob::hostname), field("Step", &WorkerJob::step), field("Part", &WorkerJob::part));
};
struct WorkerResources {
  uint64_t mem_physical = 0;  ///< bytes
  uint64_t mem_used = 0;
  uint64_t mem_swap = 0;
  uint64_t mem_swap_used = 0;
  uint64_t cpus = 0;  ///< logical
  std::vector<std::string> gpus;
  static constexpr auto fields = nelumbo::fields(
      field("MemPhysical", &WorkerResources::mem_physical), field("MemUsed", &WorkerResources::mem_used),
      field("MemSwap", &WorkerResources::mem_swap), field("MemSwapUsed", &WorkerResources::mem_swap_used),
      field("CPUs", &WorkerResources::cpus), field("GPUs", &WorkerResources::gpus));
};
struct WorkerInfo {
  std::string hostname;
  bool ignore_resources = false;
  WorkerResources resources;
  static constexpr auto fields =
      nelumbo::fields(field("Hostname", &WorkerInfo::hostname), field("IgnoreResources", &WorkerInfo::ignore_resources),
                      field("Resources", &WorkerInfo::resources));
};
struct WorkerStats {
  WorkerInfo info;
  std::vector<std::string> tasks;
  bool enabled = true;
  uint64_t mem_used_min = 0;
  uint64_t mem_used_max = 0;
  double gpu_used = 0;
  uint64_t cpu_use = 0;
  std::map<std::string, int64_t> task_counts;
  static constexpr auto fields =
      nelumbo::fields(field("Info", &WorkerStats::info), field("Tasks", &WorkerStats::tasks),
                      field("Enabled", &WorkerStats::enabled), field("MemUsedMin", &WorkerStats::mem_used_min),
                      field("MemUsedMax", &WorkerStats::mem_used_max), field("GpuUsed", &WorkerStats::gpu_used),
                      field("CpuUse", &WorkerStats::cpu_use), field("TaskCounts", &WorkerStats::task_counts));
};

}  // namespace nelumbo::rpc
