#pragma once
// The work on a sector's files: what takes seconds to hours and may run elsewhere. The pipeline says what is to be
// done, a Sealer does it; a farm of workers will be another Sealer.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "crypto/hash.hpp"
#include "engine/proofs.hpp"

namespace nelumbo::sealing {

/// A sector whose files are worked on.
struct SectorRef {
  ActorId miner = 0;
  SectorNumber number = 0;
  SealProof proof{};
  static constexpr auto fields = nelumbo::fields(field("Miner", &SectorRef::miner), field("Number", &SectorRef::number),
                                                 field("Proof", &SectorRef::proof));
  friend bool operator==(const SectorRef&, const SectorRef&) = default;
};

// What is to be done. Each names all that it needs, so that it can be stored and given to another process; each may be
// started again after a crash and then goes on from, or does again, what was not finished.

/// Fills the unsealed file with zeros (a committed-capacity sector). The data tree is that of all such sectors. Result:
/// PieceInfo.
struct AddZeroPiece {
  static constexpr auto fields = nelumbo::fields();
};
/// Result: Bytes, the engine's phase 1 output. Resumes at the layer that was finished.
struct PreCommit1 {
  Hash256 ticket{};
  std::vector<PieceInfo> pieces;
  static constexpr auto fields =
      nelumbo::fields(field("Ticket", &PreCommit1::ticket), field("Pieces", &PreCommit1::pieces));
};
/// Result: SealedCommitments.
struct PreCommit2 {
  Bytes phase_1_output;
  static constexpr auto fields = nelumbo::fields(field("Phase1", &PreCommit2::phase_1_output));
};
/// Result: Bytes, the engine's commit phase 1 output.
struct Commit1 {
  Hash256 ticket{};
  Hash256 seed{};
  Cid sealed_cid;
  Cid unsealed_cid;
  std::vector<PieceInfo> pieces;
  static constexpr auto fields = nelumbo::fields(
      field("Ticket", &Commit1::ticket), field("Seed", &Commit1::seed), field("Sealed", &Commit1::sealed_cid),
      field("Unsealed", &Commit1::unsealed_cid), field("Pieces", &Commit1::pieces));
};
/// Result: Bytes, the SNARK. Needs no file of the sector.
struct Commit2 {
  Bytes phase_1_output;
  static constexpr auto fields = nelumbo::fields(field("Phase1", &Commit2::phase_1_output));
};
/// Drops what proving does not need, and moves sealed file and cache to a path for long storage. Result: none.
struct Finalize {
  bool keep_unsealed = false;
  static constexpr auto fields = nelumbo::fields(field("KeepUnsealed", &Finalize::keep_unsealed));
};
/// Moves all files of the sector to the trash of their paths. Result: none.
struct Remove {
  static constexpr auto fields = nelumbo::fields();
};
/// Snap: encodes the pieces that stand in the unsealed file into a new replica. Result: SealedCommitments (of the
/// update).
struct ReplicaUpdate {
  std::vector<PieceInfo> pieces;
  static constexpr auto fields = nelumbo::fields(field("Pieces", &ReplicaUpdate::pieces));
};
/// Result: Bytes, the vanilla proofs.
struct ProveReplicaUpdate1 {
  Cid sealed_cid;  ///< of the sector before
  Cid new_sealed_cid;
  Cid new_unsealed_cid;
  static constexpr auto fields = nelumbo::fields(field("Sealed", &ProveReplicaUpdate1::sealed_cid),
                                                 field("NewSealed", &ProveReplicaUpdate1::new_sealed_cid),
                                                 field("NewUnsealed", &ProveReplicaUpdate1::new_unsealed_cid));
};
/// Result: Bytes, the SNARK.
struct ProveReplicaUpdate2 {
  Cid sealed_cid;
  Cid new_sealed_cid;
  Cid new_unsealed_cid;
  Bytes vanilla_proofs;
  static constexpr auto fields = nelumbo::fields(field("Sealed", &ProveReplicaUpdate2::sealed_cid),
                                                 field("NewSealed", &ProveReplicaUpdate2::new_sealed_cid),
                                                 field("NewUnsealed", &ProveReplicaUpdate2::new_unsealed_cid),
                                                 field("Vanilla", &ProveReplicaUpdate2::vanilla_proofs));
};
/// Puts the updated replica and its cache in the place of the old. Result: none.
struct FinalizeReplicaUpdate {
  static constexpr auto fields = nelumbo::fields();
};

using Task = std::variant<AddZeroPiece, PreCommit1, PreCommit2, Commit1, Commit2, Finalize, Remove, ReplicaUpdate,
                          ProveReplicaUpdate1, ProveReplicaUpdate2, FinalizeReplicaUpdate>;
using TaskOutput = std::variant<std::monostate, PieceInfo, Bytes, SealedCommitments>;

/// lotus's short name of a task: "AP", "PC1", "PC2", "C1", "C2", "FIN", "DC" (remove), "RU", "PR1", "PR2", "FRU".
std::string_view short_name(const Task& task);

using JobId = std::string;  ///< a UUID

/// A task that waits for its turn or runs.
struct Job {
  JobId id;
  SectorRef sector;
  std::string task;  ///< its short name
  TimePoint since{};
  bool running = false;
  std::string
      step;  ///< what it is doing or waits for, for a person ("layer 3 of 11", "waits for a path with 4 KiB free")
  double part = 0;  ///< done of it, 0 to 1
};

/// Does tasks, as many at a time as its limits say. Thread-safe.
class Sealer {
 public:
  using Done = std::function<void(Result<TaskOutput>)>;
  virtual ~Sealer() = default;
  /// Takes a task; `done` is called once, from one of its threads, unless the Sealer ends before: then whoever asked
  /// asks again after the restart. Errors that `done` hears: `cancelled` (aborted), `exhausted` (no path has the space:
  /// what for and how much), `unavailable` (parameters missing or being made, a path away: try later), `invalid` (the
  /// files or the proof are wrong: the work must go back a step), `not_found` (a file is lost).
  virtual JobId start(const SectorRef& sector, Task task, Done done) = 0;
  /// All that wait or run.
  virtual std::vector<Job> jobs() const = 0;
  /// Takes a waiting task out of the queue, or tells a running one to end where it can; not_found for an unknown one.
  virtual Result<> abort(const JobId& id) = 0;
};

/// A proof with what it is about.
struct AggregateSector {
  SectorNumber number = 0;
  Cid sealed_cid, unsealed_cid;
  Hash256 ticket{}, seed{};
  Bytes proof;
};
/// What is done with finished proofs; needs no file. Thread-safe.
class Aggregator {
 public:
  virtual ~Aggregator() = default;
  /// Does the SNARK of one sector hold? Milliseconds.
  virtual Result<bool> verify(ActorId miner, SealProof proof, const AggregateSector& sector) = 0;
  /// One SnarkPack proof (v2) over those of several sectors, in their order. May take seconds to a minute.
  /// `unavailable` when the SRS is not there; `invalid` when what was made does not verify.
  virtual Result<Bytes> aggregate(ActorId miner, SealProof proof, const std::vector<AggregateSector>& sectors) = 0;
};

}  // namespace nelumbo::sealing
