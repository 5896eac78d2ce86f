#pragma once
// What the steps of sealing with real proofs share.

#include "sector_tasks.hpp"

namespace nelumbo::sealing {

/// The kind of failure by what the engine says: a full disk, a disk that does not answer, a lost file; else
/// `otherwise`.
template <class T>
Result<T> engine_result(Result<T> result, ErrorCode otherwise) {
  if (result) return result;
  auto error = std::move(result).error();
  const auto says = [&](std::string_view text) { return error.message.find(text) != std::string::npos; };
  if (says("os error 28") || says("No space left")) {
    error.code = ErrorCode::exhausted;
  } else if (says("os error 5)") || says("os error 12)") || says("os error 116)")) {
    error.code = ErrorCode::unavailable;
  } else if (says("os error 2)")) {
    error.code = ErrorCode::not_found;
  } else {
    error.code = otherwise;
  }
  return std::unexpected(std::move(error));
}

/// One piece of zeros as large as the sector?
bool is_zero_data(const std::vector<PieceInfo>& pieces, uint64_t sector_size);

/// A file of zeros whose room on the disk is taken: the engine writes it through a mapping, where a full disk would end
/// the process. exhausted: there is no room.
Result<> write_zeros(const fs::path& file, uint64_t size);

// Each takes the locks it needs.
Result<PieceInfo> add_zero_piece(Storage& storage, const SectorRef& sector);
Result<Bytes> pre_commit_1(Storage& storage, const SectorRef& sector, const PreCommit1& task, TaskWatch& watch);
Result<SealedCommitments> pre_commit_2(Storage& storage, const SectorRef& sector, const PreCommit2& task,
                                       TaskWatch& watch);
Result<Bytes> commit_1(Storage& storage, const SectorRef& sector, const Commit1& task, TaskWatch& watch);
Result<Bytes> commit_2(const SectorRef& sector, const Commit2& task, bool generate_parameters, TaskWatch& watch);
Result<> finalize(Storage& storage, const SectorRef& sector, const Finalize& task, TaskWatch& watch);
Result<SealedCommitments> replica_update(Storage& storage, const SectorRef& sector, const ReplicaUpdate& task,
                                         TaskWatch& watch);
Result<Bytes> prove_replica_update_1(Storage& storage, const SectorRef& sector, const ProveReplicaUpdate1& task,
                                     TaskWatch& watch);
Result<Bytes> prove_replica_update_2(const SectorRef& sector, const ProveReplicaUpdate2& task, bool generate_parameters,
                                     TaskWatch& watch);
Result<> finalize_replica_update(Storage& storage, const SectorRef& sector, TaskWatch& watch);

/// A SNARK or why there is none; `unavailable` when that is for damaged parameters.
Result<Bytes> snark_result(Result<Bytes> made, parameters::Kind kind, uint64_t sector_size);
/// What was made with these parameters verifies: they are noted as whole, so that a later damage is seen.
void parameters_are_whole(parameters::Kind kind, uint64_t sector_size);
/// Parameters of this kind are there and whole; with `generate` made where they are not there. Else unavailable.
Result<> need_parameters(parameters::Kind kind, std::string_view name, uint64_t sector_size, bool generate,
                         TaskWatch& watch);

}  // namespace nelumbo::sealing
