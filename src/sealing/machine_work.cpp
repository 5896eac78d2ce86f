// Work on a sector's files, done by the Sealer: what is asked for in which state, and what its end means.
#include "machine.hpp"

namespace nelumbo::sealing {

namespace {

using namespace std::chrono_literals;

/// A task needs what the states before have left; a record changed by hand may lack it.
template <class T>
Result<T> need(const std::optional<T>& value, std::string_view what) {
  if (!value) return fail(ErrorCode::invalid, "the sector has no {}", what);
  return *value;
}

Result<Task> commit_task(const SectorRecord& r, const Bytes& half) {
  if (!half.empty()) return Task(Commit2{half});
  Commit1 task;
  task.ticket = TRY(need(r.ticket, "ticket"));
  task.seed = TRY(need(r.seed, "seed"));
  task.sealed_cid = TRY(need(r.sealed_cid, "sealed CID"));
  task.unsealed_cid = TRY(need(r.unsealed_cid, "unsealed CID"));
  task.pieces = r.pieces;
  return Task(std::move(task));
}

Result<Task> update_proof_task(const SectorRecord& r, const Bytes& half) {
  auto sealed = TRY(need(r.sealed_cid, "sealed CID"));
  auto new_sealed = TRY(need(r.update_sealed_cid, "sealed CID of the update"));
  auto new_unsealed = TRY(need(r.update_unsealed_cid, "unsealed CID of the update"));
  if (half.empty()) return Task(ProveReplicaUpdate1{sealed, new_sealed, new_unsealed});
  return Task(ProveReplicaUpdate2{sealed, new_sealed, new_unsealed, half});
}

}  // namespace

Result<Task> Machine::task_of(const Sector& sector) const {
  const auto& r = sector.record;
  switch (r.state) {
    case SectorState::Packing:
      return Task(AddZeroPiece{});
    case SectorState::PreCommit1: {
      auto ticket = TRY(need(r.ticket, "ticket"));
      return Task(PreCommit1{ticket, r.pieces});
    }
    case SectorState::PreCommit2:
      return Task(PreCommit2{r.pre_commit_1_output});
    case SectorState::Committing:
      return commit_task(r, sector.half);
    case SectorState::CommitFinalize:
    case SectorState::FinalizeSector:
      return Task(Finalize{});
    case SectorState::UpdateReplica:
      return Task(ReplicaUpdate{r.update_pieces});
    case SectorState::ProveReplicaUpdate:
      return update_proof_task(r, sector.half);
    case SectorState::ReleaseSectorKey:
      return Task(FinalizeReplicaUpdate{});
    case SectorState::Removing:
      return Task(Remove{});
    default:
      throw std::logic_error(fmt::format("{} has no work", state_name(r.state)));
  }
}

/// A wrong SNARK would cost the message's gas and, found out late, the deposit.
Machine::Check Machine::check_of(const Sector& sector) const {
  const auto& r = sector.record;
  if (r.state != SectorState::Committing || sector.half.empty()) return {};
  return [aggregator = parts_.aggregator, miner = miner_id(), proof = r.proof, number = r.number, sealed = r.sealed_cid,
          unsealed = r.unsealed_cid, ticket = r.ticket, seed = r.seed](const TaskOutput& output) -> Result<> {
    const auto* snark = std::get_if<Bytes>(&output);
    if (snark == nullptr) return {};  // refused where outputs are read
    AggregateSector made;
    made.number = number;
    made.sealed_cid = TRY(need(sealed, "sealed CID"));
    made.unsealed_cid = TRY(need(unsealed, "unsealed CID"));
    made.ticket = TRY(need(ticket, "ticket"));
    made.seed = TRY(need(seed, "seed"));
    made.proof = *snark;
    if (TRY_IN("verifying the proof", aggregator->verify(miner, proof, made))) return {};
    return fail(ErrorCode::invalid, "the proof that was made does not verify, it is not sent");
  };
}

Result<Outcome> Machine::step_work(Sector& sector) {
  if (sector.working) return Stay{};
  auto task = task_of(sector);
  if (!task) return Move{Event::failed, task.error().message, {}};
  {
    std::lock_guard view(view_);
    sector.working = true;
  }
  const auto number = sector.record.number;
  auto done = [inbox = inbox_, number, visit = sector.visit, check = check_of(sector)](Result<TaskOutput> result) {
    if (result && check) {
      if (auto good = check(*result); !good) result = std::unexpected(std::move(good).error());
    }
    inbox->post([=](Machine& machine) { machine.job_ended(number, visit, result); });
  };
  auto job = parts_.sealer->start({miner_id(), number, sector.record.proof}, *std::move(task), std::move(done));
  std::lock_guard view(view_);
  sector.job = std::move(job);
  return Stay{};
}

void Machine::job_ended(SectorNumber number, uint64_t visit, Result<TaskOutput> result) {
  auto* sector = find(number);
  if (sector == nullptr || sector->visit != visit || !sector->working) return;
  {
    std::lock_guard view(view_);
    sector->working = false;
    sector->job.clear();
  }
  auto outcome = result ? work_done(*sector, *std::move(result)) : work_failed(*sector, result.error());
  if (auto* here = std::get_if<Stay>(&outcome)) return stay(*sector, std::move(*here));
  std::vector<Moved> one;
  one.push_back({sector, std::get<Move>(std::move(outcome))});
  (void)move(std::move(one));  // when it cannot be stored, the work is asked for again
}

Outcome Machine::work_failed(Sector& sector, const Error& error) {
  if (error.code == ErrorCode::unavailable || error.code == ErrorCode::exhausted) {
    ++sector.waits;
    return Stay{error.message, back_off(sector.waits, 15s, 10min), false};
  }
  return Move{Event::failed, error.message, {}};
}

Event Machine::after_finalize_early() const {
  return config_.aggregate_commits ? Event::finalized_to_batch : Event::finalized_to_single;
}

Move Machine::proven(Bytes proof) const {
  auto keep = [proof = std::move(proof)](SectorRecord& r) { r.proof_bytes = proof; };
  if (config_.finalize_early) return {Event::proof_to_finalize, "", keep};
  return {config_.aggregate_commits ? Event::proof_to_batch : Event::proof_to_single, "", keep};
}

Outcome Machine::work_done(Sector& sector, TaskOutput output) {
  auto wrong = [&] {
    return Move{Event::failed, fmt::format("the work in {} gave something else", state_name(sector.record.state)), {}};
  };
  auto* bytes = std::get_if<Bytes>(&output);
  auto* commitments = std::get_if<SealedCommitments>(&output);
  switch (sector.record.state) {
    case SectorState::Packing: {
      auto* piece = std::get_if<PieceInfo>(&output);
      if (piece == nullptr) return wrong();
      return Move{Event::packed, "", [piece = *piece](SectorRecord& r) { r.pieces.assign(1, piece); }};
    }
    case SectorState::PreCommit1:
      if (bytes == nullptr) return wrong();
      return Move{Event::pre_committed_1, "", [made = *bytes](SectorRecord& r) { r.pre_commit_1_output = made; }};
    case SectorState::PreCommit2:
      if (commitments == nullptr) return wrong();
      return Move{Event::pre_committed_2, "", [made = *commitments](SectorRecord& r) {
                    r.sealed_cid = made.sealed_cid;
                    r.unsealed_cid = made.unsealed_cid;
                  }};
    case SectorState::Committing:
    case SectorState::ProveReplicaUpdate: {
      if (bytes == nullptr || bytes->empty()) return wrong();
      if (sector.half.empty()) {
        sector.half = std::move(*bytes);
        return Stay{"", 0s, false};
      }
      if (sector.record.state == SectorState::Committing) return proven(std::move(*bytes));
      return Move{Event::update_proved, "", [made = *bytes](SectorRecord& r) { r.update_proof = made; }};
    }
    case SectorState::CommitFinalize:
      return Move{after_finalize_early(), "", {}};
    case SectorState::FinalizeSector:
      return Move{Event::finalized, "", {}};
    case SectorState::UpdateReplica:
      if (commitments == nullptr) return wrong();
      return Move{Event::replica_updated, "", [made = *commitments](SectorRecord& r) {
                    r.update_sealed_cid = made.sealed_cid;
                    r.update_unsealed_cid = made.unsealed_cid;
                    r.update_proof.clear();
                  }};
    case SectorState::ReleaseSectorKey:
      return Move{Event::key_released, "", [](SectorRecord& r) {
                    r.pieces = std::move(r.update_pieces);
                    r.update_pieces.clear();
                    r.upgrade = false;
                  }};
    default:
      return Move{Event::removed, "", {}};
  }
}

}  // namespace nelumbo::sealing
