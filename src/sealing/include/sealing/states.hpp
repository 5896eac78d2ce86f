#pragma once
// States of a sector, under lotus's names.

#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace nelumbo::sealing {

/// The order is that of `sectors list` and of the stored number: add only at the end.
#define NELUMBO_SECTOR_STATES(X)                                                                                      \
  X(Empty)                                                                                                            \
  X(WaitDeals)                                                                                                        \
  X(AddPiece) X(Packing) X(GetTicket) X(PreCommit1) X(PreCommit2) X(SubmitPreCommitBatch) X(PreCommitBatchWait)       \
      X(WaitSeed) X(Committing) X(CommitFinalize) X(SubmitCommit) X(CommitWait) X(SubmitCommitAggregate)              \
          X(CommitAggregateWait) X(FinalizeSector) X(Proving) X(Available) X(SnapDealsWaitDeals) X(SnapDealsAddPiece) \
              X(SnapDealsPacking) X(UpdateReplica) X(ProveReplicaUpdate) X(SubmitReplicaUpdate) X(WaitMutable)        \
                  X(ReplicaUpdateWait) X(FinalizeReplicaUpdate) X(UpdateActivating) X(ReleaseSectorKey)               \
                      X(ReceiveSector) X(FailedUnrecoverable) X(AddPieceFailed) X(SealPreCommit1Failed)               \
                          X(SealPreCommit2Failed) X(PreCommitFailed) X(ComputeProofFailed) X(RemoteCommitFailed)      \
                              X(CommitFailed) X(CommitFinalizeFailed) X(FinalizeFailed) X(DealsExpired)               \
                                  X(RecoverDealIDs) X(SnapDealsAddPieceFailed) X(SnapDealsDealsExpired)               \
                                      X(SnapDealsRecoverDealIDs) X(AbortUpgrade) X(ReplicaUpdateFailed)               \
                                          X(ReleaseSectorKeyFailed) X(FinalizeReplicaUpdateFailed) X(Faulty)          \
                                              X(FaultReported) X(FaultedFinal) X(Terminating) X(TerminateWait)        \
                                                  X(TerminateFinality) X(TerminateFailed) X(Removing) X(RemoveFailed) \
                                                      X(Removed)

enum class SectorState : uint8_t {
#define NELUMBO_STATE(name) name,
  NELUMBO_SECTOR_STATES(NELUMBO_STATE)
#undef NELUMBO_STATE
};

/// "PreCommit1".
std::string_view state_name(SectorState state);
/// invalid, with the text, for a name that is none.
Result<SectorState> parse_state(std::string_view name);

}  // namespace nelumbo::sealing
