#include "sealing/table.hpp"

#include <array>

namespace nelumbo::sealing {

namespace {

using enum SectorState;
using enum StateKind;
using namespace std::chrono_literals;
using E = Event;

constexpr std::string_view kAgain =
    "`sectors update-state` to the state before tries again; `sectors remove` gives the sector up.";
constexpr std::string_view kPool = "Look at `mpool pending --local`: a low fee can be raised with `mpool replace`.";
constexpr std::string_view kChainOnly = "Only the chain can help: is the node in sync?";
constexpr std::string_view kFunds = "The reason names the address that lacks funds.";

// What normal times of work stand on: a 32 GiB sector on a machine made for it.
constexpr StateRow kRows[] = {
    {Empty, chain, {1min}, 0, "A number was given to it, stored, and never goes to another sector.", kAgain},
    {WaitDeals, deals, {}, 0, "Open for deals.", kAgain},
    {AddPiece, deals, {}, 0, "Takes in a deal's piece.", kAgain},
    {Packing,
     work,
     {2min, 15min},
     0,
     "Fills what no deal fills with zeros.",
     "Look at `sealing jobs` and `storage list`: it needs a path for sealing with space."},
    {GetTicket,
     chain,
     {5min},
     0,
     "Takes the chain's randomness of 900 epochs ago as ticket.",
     "Look at the node: it must be synced."},
    {PreCommit1,
     work,
     {2min, 5h},
     0,
     "Seals: eleven layers, one after the other (two of a small sector).",
     "Look at `sealing jobs`."},
    {PreCommit2, work, {2min, 1h}, 0, "Builds the trees and the replica's commitment.", "Look at `sealing jobs`."},
    {SubmitPreCommitBatch,
     gather,
     {10min, 0s, 0, true},
     0,
     "Waits in the batch of pre-commitments, then for the deposit and a sender with funds.",
     "`sectors batching precommit --publish-now` sends the batch at once; the reason names the address that lacks "
     "funds."},
    {PreCommitBatchWait, message, {0s, 0s, 60}, 0, "The pre-commitment is under way.", kPool},
    {WaitSeed,
     chain,
     {0s, 0s, 200},
     0,
     "Waits for the epoch whose randomness is the challenge, and for it to settle.",
     kChainOnly},
    {Committing,
     work,
     {3min, 1h},
     0,
     "Opens the challenges (C1) and makes the SNARK (C2).",
     "Look at `sealing jobs`; parameters that are missing come with `fetch-params`."},
    {CommitFinalize,
     work,
     {2min, 30min},
     0,
     "Moves the sector to long storage before its proof is sent.",
     "Look at `storage list`: it needs a path for storing with space."},
    {SubmitCommit, gather, {10min}, 0, "Its proof goes out in a message of its own once there are funds.", kFunds},
    {CommitWait, message, {0s, 0s, 60}, 0, "The proof is under way.", kPool},
    {SubmitCommitAggregate,
     gather,
     {10min, 0s, 0, true},
     0,
     "Waits for other proofs to be aggregated with, then for the pledge and a sender with funds.",
     "`sectors batching commit --publish-now` sends the batch at once; the reason names the address that lacks funds."},
    {CommitAggregateWait, message, {0s, 0s, 60}, 0, "The proof is under way, with those of other sectors.", kPool},
    {FinalizeSector,
     work,
     {2min, 30min},
     0,
     "Drops what proving does not need and moves the rest to long storage.",
     "Look at `storage list`: it needs a path for storing with space."},
    {Proving, rest, {}, 0, "Gives power; window PoSt proves it every day.", ""},
    {Available, rest, {}, 0, "Gives power, and may be filled with deals.", ""},
    {SnapDealsWaitDeals,
     deals,
     {},
     0,
     "Open for deals while it goes on giving power.",
     "`sectors abort-upgrade` leaves it as it was."},
    {SnapDealsAddPiece, deals, {}, 0, "Takes in a deal's piece.", "`sectors abort-upgrade` leaves it as it was."},
    {SnapDealsPacking, chain, {2min}, 0, "Closes the set of pieces.", "`sectors abort-upgrade` leaves it as it was."},
    {UpdateReplica, work, {2min, 2h}, 0, "Encodes the pieces into a new replica.", "Look at `sealing jobs`."},
    {ProveReplicaUpdate, work, {3min, 1h}, 0, "Makes the proof of the new replica.", "Look at `sealing jobs`."},
    {SubmitReplicaUpdate, gather, {10min}, 0, "The update goes out once there are funds.", kFunds},
    {WaitMutable,
     chain,
     {0s, 0s, 140},
     0,
     "Its deadline is open or next: waits until the chain takes a change.",
     kChainOnly},
    {ReplicaUpdateWait, message, {0s, 0s, 60}, 0, "The update is under way.", kPool},
    {FinalizeReplicaUpdate, chain, {2min}, 0, "Keeps the old replica: winning PoSt looks 900 epochs back.", kAgain},
    {UpdateActivating, chain, {0s, 0s, 920}, 0, "Waits until nobody asks for the old replica any more.", kChainOnly},
    {ReleaseSectorKey,
     work,
     {2min, 30min},
     0,
     "Puts the new replica in the place of the old.",
     "Look at `storage list`: it needs a path for storing with space."},
    {ReceiveSector, deals, {}, 0, "Comes from another machine.", kAgain},
    {FailedUnrecoverable,
     rest,
     {},
     0,
     "Cannot be helped: the log says why.",
     "`sectors remove` clears its files; pledge another."},
    {AddPieceFailed,
     failed,
     {1h},
     10,
     "Making the data failed.",
     "Look at the paths, then `sectors update-state N Packing`; `sectors remove` gives it up."},
    {SealPreCommit1Failed,
     failed,
     {1h},
     6,
     "Sealing failed.",
     "Look at memory, disks and the error, then `sectors update-state N PreCommit1`; `sectors remove` gives it up."},
    {SealPreCommit2Failed,
     failed,
     {1h},
     4,
     "The trees failed; after three times sealing begins anew, three times at most.",
     "Look at memory, disks and the error, then `sectors update-state N PreCommit2` or `GetTicket`."},
    {PreCommitFailed,
     failed,
     {2h},
     8,
     "The pre-commitment was not taken: looks at the chain before anything is sent again.",
     "The log has the exit code; then `sectors update-state N SubmitPreCommitBatch`; `sectors remove` gives it up."},
    {ComputeProofFailed,
     failed,
     {2h},
     6,
     "The proof failed.",
     "Are its files there (`storage find N`) and the parameters whole (`fetch-params`)? `sectors update-state N "
     "Committing` proves again, `PreCommit1` seals again with the same ticket, which gives the same sector."},
    {RemoteCommitFailed, failed, {2h}, 6, "The proof made elsewhere failed.", "`sectors update-state N Committing`."},
    {CommitFailed,
     failed,
     {2h},
     8,
     "The proof was not taken: looks at the chain before anything is sent again.",
     "The log has the exit code; then `sectors update-state N Committing` or `SubmitCommit`. Past 30 days from its "
     "pre-commitment the deposit is lost: `sectors remove`."},
    {CommitFinalizeFailed,
     failed,
     {2h},
     50,
     "Moving it to long storage failed.",
     "Look at `storage list`, then `sectors update-state N CommitFinalize`."},
    {FinalizeFailed,
     failed,
     {2h},
     50,
     "Moving it to long storage failed; it is on the chain and is proven from where it lies.",
     "Look at `storage list`, then `sectors update-state N FinalizeSector`."},
    {DealsExpired, deals, {}, 0, "A deal ended before the sector was sealed.", kAgain},
    {RecoverDealIDs, deals, {}, 0, "Looks for its deals on the chain.", kAgain},
    {SnapDealsAddPieceFailed,
     deals,
     {},
     0,
     "Taking in a deal's piece failed.",
     "`sectors abort-upgrade` leaves it as it was."},
    {SnapDealsDealsExpired,
     deals,
     {},
     0,
     "A deal ended before the update was sent.",
     "`sectors abort-upgrade` leaves it as it was."},
    {SnapDealsRecoverDealIDs,
     deals,
     {},
     0,
     "Looks for its deals on the chain.",
     "`sectors abort-upgrade` leaves it as it was."},
    {AbortUpgrade, chain, {2min}, 0, "Gives the upgrade up; the sector goes on as it was.", kAgain},
    {ReplicaUpdateFailed,
     failed,
     {2h},
     6,
     "The upgrade failed: looks at the chain before anything is sent again.",
     "`sectors update-state N UpdateReplica` tries again; `sectors abort-upgrade` leaves it as it was."},
    {ReleaseSectorKeyFailed,
     failed,
     {2h},
     50,
     "Putting the new replica in place failed.",
     "Look at `storage list`, then `sectors update-state N ReleaseSectorKey`."},
    {FinalizeReplicaUpdateFailed,
     failed,
     {2h},
     50,
     "Storing the new replica failed.",
     "Look at `storage list`, then `sectors update-state N FinalizeReplicaUpdate`."},
    {Faulty,
     rest,
     {},
     0,
     "Known from old records; faults are the window PoSt's to declare.",
     "`proving faults`; `sectors update-state N Proving` when it is fine."},
    {FaultReported,
     rest,
     {},
     0,
     "Known from old records; faults are the window PoSt's to declare.",
     "`proving faults`; `sectors update-state N Proving` when it is fine."},
    {FaultedFinal, rest, {}, 0, "Known from old records: it was faulty for too long.", "`sectors remove`."},
    {Terminating,
     gather,
     {10min, 0s, 120, true},
     0,
     "Waits in the batch of terminations, away from its own deadline.",
     "`sectors terminate flush` sends the batch at once."},
    {TerminateWait, message, {0s, 0s, 60}, 0, "The termination is under way.", kPool},
    {TerminateFinality, chain, {0s, 0s, 920}, 0, "Keeps its files until the termination is final.", kChainOnly},
    {TerminateFailed,
     failed,
     {2h},
     6,
     "The termination was not taken.",
     "The log has the exit code; `sectors update-state N Terminating`, or `Proving` when it is to live."},
    {Removing, work, {10min}, 0, "Moves its files to the trash of their paths.", "Look at `storage list`."},
    {RemoveFailed,
     failed,
     {1h},
     10,
     "Moving its files away failed.",
     "Look at the paths, then `sectors update-state N Removing`."},
    {Removed, rest, {}, 0, "Gone; its number stays used.", ""},
};

constexpr Transition kTransitions[] = {
    {Empty, E::pledged, Packing},
    {Packing, E::packed, GetTicket},
    {Packing, E::failed, AddPieceFailed},
    {AddPieceFailed, E::retry, Packing},
    {GetTicket, E::ticket_drawn, PreCommit1},
    {GetTicket, E::hopeless, FailedUnrecoverable},
    {PreCommit1, E::pre_committed_1, PreCommit2},
    {PreCommit1, E::old_ticket, GetTicket},
    {PreCommit1, E::failed, SealPreCommit1Failed},
    {SealPreCommit1Failed, E::retry, PreCommit1},
    {PreCommit2, E::pre_committed_2, SubmitPreCommitBatch},
    {PreCommit2, E::old_ticket, GetTicket},
    {PreCommit2, E::failed, SealPreCommit2Failed},
    {SealPreCommit2Failed, E::retry, PreCommit2},
    {SealPreCommit2Failed, E::start_over, GetTicket},
    {SubmitPreCommitBatch, E::message_sent, PreCommitBatchWait},
    {SubmitPreCommitBatch, E::message_refused, PreCommitFailed},
    {SubmitPreCommitBatch, E::found_pre_commit, WaitSeed},
    {SubmitPreCommitBatch, E::found_on_chain, FinalizeSector},
    {SubmitPreCommitBatch, E::old_ticket, GetTicket},
    {SubmitPreCommitBatch, E::hopeless, FailedUnrecoverable},
    {PreCommitBatchWait, E::message_landed, WaitSeed},
    {PreCommitBatchWait, E::message_refused, PreCommitFailed},
    {PreCommitFailed, E::retry, SubmitPreCommitBatch},
    {PreCommitFailed, E::found_pre_commit, WaitSeed},
    {PreCommitFailed, E::found_on_chain, FinalizeSector},
    {PreCommitFailed, E::old_ticket, GetTicket},
    {PreCommitFailed, E::hopeless, FailedUnrecoverable},
    {WaitSeed, E::seed_drawn, Committing},
    {WaitSeed, E::pre_commit_gone, PreCommitFailed},
    {WaitSeed, E::found_on_chain, FinalizeSector},
    {Committing, E::proof_to_batch, SubmitCommitAggregate},
    {Committing, E::proof_to_single, SubmitCommit},
    {Committing, E::proof_to_finalize, CommitFinalize},
    {Committing, E::seed_changed, WaitSeed},
    {Committing, E::pre_commit_gone, PreCommitFailed},
    {Committing, E::found_on_chain, FinalizeSector},
    {Committing, E::failed, ComputeProofFailed},
    {ComputeProofFailed, E::retry, Committing},
    {RemoteCommitFailed, E::retry, Committing},
    {CommitFinalize, E::finalized_to_batch, SubmitCommitAggregate},
    {CommitFinalize, E::finalized_to_single, SubmitCommit},
    {CommitFinalize, E::failed, CommitFinalizeFailed},
    {CommitFinalizeFailed, E::retry, CommitFinalize},
    {SubmitCommit, E::message_sent, CommitWait},
    {SubmitCommit, E::message_refused, CommitFailed},
    {SubmitCommit, E::seed_changed, WaitSeed},
    {SubmitCommit, E::pre_commit_gone, PreCommitFailed},
    {SubmitCommit, E::found_on_chain, FinalizeSector},
    {SubmitCommit, E::hopeless, FailedUnrecoverable},
    {SubmitCommitAggregate, E::message_sent, CommitAggregateWait},
    {SubmitCommitAggregate, E::message_refused, CommitFailed},
    {SubmitCommitAggregate, E::seed_changed, WaitSeed},
    {SubmitCommitAggregate, E::pre_commit_gone, PreCommitFailed},
    {SubmitCommitAggregate, E::found_on_chain, FinalizeSector},
    {SubmitCommitAggregate, E::hopeless, FailedUnrecoverable},
    {CommitWait, E::message_landed, FinalizeSector},
    {CommitWait, E::message_refused, CommitFailed},
    {CommitAggregateWait, E::message_landed, FinalizeSector},
    {CommitAggregateWait, E::message_refused, CommitFailed},
    {CommitFailed, E::retry, SubmitCommit},
    {CommitFailed, E::prove_again, Committing},
    {CommitFailed, E::seed_changed, WaitSeed},
    {CommitFailed, E::pre_commit_gone, PreCommitFailed},
    {CommitFailed, E::found_on_chain, FinalizeSector},
    {CommitFailed, E::hopeless, FailedUnrecoverable},
    {FinalizeSector, E::finalized, Proving},
    {FinalizeSector, E::failed, FinalizeFailed},
    {FinalizeFailed, E::retry, FinalizeSector},
    {Proving, E::marked, Available},
    {Available, E::unmarked, Proving},
    {Available, E::upgrade_begun, SnapDealsWaitDeals},
    {Available, E::pieces_in, SnapDealsPacking},
    {SnapDealsWaitDeals, E::pieces_in, SnapDealsPacking},
    {SnapDealsWaitDeals, E::upgrade_aborted, AbortUpgrade},
    {SnapDealsPacking, E::packed, UpdateReplica},
    {SnapDealsPacking, E::upgrade_aborted, AbortUpgrade},
    {UpdateReplica, E::replica_updated, ProveReplicaUpdate},
    {UpdateReplica, E::failed, ReplicaUpdateFailed},
    {UpdateReplica, E::upgrade_aborted, AbortUpgrade},
    {ProveReplicaUpdate, E::update_proved, SubmitReplicaUpdate},
    {ProveReplicaUpdate, E::failed, ReplicaUpdateFailed},
    {ProveReplicaUpdate, E::upgrade_aborted, AbortUpgrade},
    {SubmitReplicaUpdate, E::message_sent, ReplicaUpdateWait},
    {SubmitReplicaUpdate, E::message_refused, ReplicaUpdateFailed},
    {SubmitReplicaUpdate, E::deadline_immutable, WaitMutable},
    {SubmitReplicaUpdate, E::found_on_chain, FinalizeReplicaUpdate},
    {SubmitReplicaUpdate, E::hopeless, AbortUpgrade},
    {SubmitReplicaUpdate, E::upgrade_aborted, AbortUpgrade},
    {WaitMutable, E::deadline_mutable, SubmitReplicaUpdate},
    {WaitMutable, E::upgrade_aborted, AbortUpgrade},
    {ReplicaUpdateWait, E::message_landed, FinalizeReplicaUpdate},
    {ReplicaUpdateWait, E::message_refused, ReplicaUpdateFailed},
    {ReplicaUpdateFailed, E::retry, SubmitReplicaUpdate},
    {ReplicaUpdateFailed, E::prove_again, ProveReplicaUpdate},
    {ReplicaUpdateFailed, E::start_over, UpdateReplica},
    {ReplicaUpdateFailed, E::found_on_chain, FinalizeReplicaUpdate},
    {ReplicaUpdateFailed, E::upgrade_aborted, AbortUpgrade},
    {FinalizeReplicaUpdate, E::finalized, UpdateActivating},
    {FinalizeReplicaUpdateFailed, E::retry, FinalizeReplicaUpdate},
    {UpdateActivating, E::update_active, ReleaseSectorKey},
    {ReleaseSectorKey, E::key_released, Proving},
    {ReleaseSectorKey, E::failed, ReleaseSectorKeyFailed},
    {ReleaseSectorKeyFailed, E::retry, ReleaseSectorKey},
    {AbortUpgrade, E::unmarked, Proving},
    {Proving, E::terminate, Terminating},
    {Available, E::terminate, Terminating},
    {FinalizeFailed, E::terminate, Terminating},
    {Faulty, E::terminate, Terminating},
    {FaultReported, E::terminate, Terminating},
    {TerminateFailed, E::terminate, Terminating},
    {Terminating, E::message_sent, TerminateWait},
    {Terminating, E::message_refused, TerminateFailed},
    {Terminating, E::message_landed, TerminateFinality},
    {Terminating, E::not_on_chain, Removing},
    {TerminateWait, E::message_landed, TerminateFinality},
    {TerminateWait, E::message_refused, TerminateFailed},
    {TerminateFailed, E::retry, Terminating},
    {TerminateFinality, E::terminate_final, Removing},
    {Removing, E::removed, Removed},
    {Removing, E::failed, RemoveFailed},
    {RemoveFailed, E::retry, Removing},
};

#define NELUMBO_COUNT(name) +1
constexpr size_t kStates = 0 NELUMBO_SECTOR_STATES(NELUMBO_COUNT);
#undef NELUMBO_COUNT
static_assert(std::size(kRows) == kStates, "each state has a row");

constexpr std::array<size_t, kStates> index_rows() {
  std::array<size_t, kStates> out{};
  for (size_t i = 0; i < kStates; ++i) out[static_cast<size_t>(kRows[i].state)] = i;
  return out;
}
constexpr auto kIndex = index_rows();

}  // namespace

std::string_view event_name(Event event) {
  static constexpr std::string_view kNames[] = {
#define NELUMBO_EVENT(name) #name,
      NELUMBO_SECTOR_EVENTS(NELUMBO_EVENT)
#undef NELUMBO_EVENT
  };
  return kNames[static_cast<size_t>(event)];
}

const StateRow& row_of(SectorState state) { return kRows[kIndex.at(static_cast<size_t>(state))]; }
std::span<const StateRow> state_rows() { return kRows; }
std::span<const Transition> transitions() { return kTransitions; }

std::optional<SectorState> next_state(SectorState from, Event event) {
  if (event == Event::remove) {
    if (from == Removing || from == Removed) return std::nullopt;
    return Removing;
  }
  for (const auto& each : kTransitions) {
    if (each.from == from && each.event == event) return each.to;
  }
  return std::nullopt;
}

bool is_sealing(SectorState state) {
  switch (state) {
    case GetTicket:
    case PreCommit1:
    case PreCommit2:
    case SubmitPreCommitBatch:
    case PreCommitBatchWait:
    case WaitSeed:
    case Committing:
    case CommitFinalize:
    case SubmitCommit:
    case CommitWait:
    case SubmitCommitAggregate:
    case CommitAggregateWait:
    case FinalizeSector:
      return true;
    default:
      return false;
  }
}

bool is_active(SectorState state) {
  auto kind = row_of(state).kind;
  return kind != rest && kind != deals;
}

}  // namespace nelumbo::sealing
