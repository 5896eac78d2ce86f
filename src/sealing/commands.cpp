// What an operator asks of single sectors.
#include "base/log.hpp"
#include "machine.hpp"

namespace nelumbo::sealing {

namespace {

/// What a state builds on and the record lacks; empty when nothing.
std::string_view lacking(const SectorRecord& r, SectorState state) {
  using enum SectorState;
  switch (state) {
    case PreCommit1:
      return r.ticket ? "" : "a ticket";
    case PreCommit2:
      return r.pre_commit_1_output.empty() ? "the result of PreCommit1" : "";
    case SubmitPreCommitBatch:
    case WaitSeed:
      return r.sealed_cid && r.ticket ? "" : "a sealed CID";
    case PreCommitBatchWait:
      return r.pre_commit_message && r.pre_commit_message->cid ? "" : "a message under way";
    case Committing:
      return r.sealed_cid && r.ticket && r.seed ? "" : "a seed";
    case CommitFinalize:
    case SubmitCommit:
    case SubmitCommitAggregate:
      return r.proof_bytes.empty() ? "a proof" : "";
    case CommitWait:
    case CommitAggregateWait:
      return r.commit_message && r.commit_message->cid ? "" : "a message under way";
    case UpdateReplica:
      return r.update_pieces.empty() ? "pieces to update with" : "";
    case ProveReplicaUpdate:
      return r.update_sealed_cid ? "" : "an updated replica";
    case SubmitReplicaUpdate:
      return r.update_proof.empty() ? "the proof of an update" : "";
    case TerminateWait:
      return r.terminate_message ? "" : "a termination under way";
    case ReleaseSectorKey:
    case FinalizeReplicaUpdate:
    case UpdateActivating:
      return r.update_sealed_cid ? "" : "an update";
    default:
      return "";
  }
}

bool before_pre_commit(SectorState state) {
  using enum SectorState;
  return state == Empty || state == Packing || state == GetTicket || state == PreCommit1 || state == PreCommit2 ||
         state == SubmitPreCommitBatch;
}

}  // namespace

std::vector<SectorRecord> Machine::list() const {
  std::lock_guard view(view_);
  std::vector<SectorRecord> out;
  for (const auto& [number, sector] : sectors_) out.push_back(sector.record);
  return out;
}

Result<SectorRecord> Machine::get(SectorNumber number) const {
  std::lock_guard view(view_);
  auto there = sectors_.find(number);
  if (there == sectors_.end()) return fail(ErrorCode::not_found, "there is no sector {}", number);
  return there->second.record;
}

Result<Sector*> Machine::command_on(SectorNumber number) {
  TRY(writable());
  auto* sector = find(number);
  if (sector == nullptr) return fail(ErrorCode::not_found, "there is no sector {}", number);
  return sector;
}

/// An event that an operator asks for, refused with the reason where it means nothing.
Result<> Machine::command(SectorNumber number, Event event, std::string_view what,
                          std::function<void(SectorRecord&)> change) {
  {
    Turn turn(*this);
    auto* sector = TRY(command_on(number));
    if (!next_state(sector->record.state, event))
      return fail(ErrorCode::invalid, "sector {} is in {}: it cannot be {} now", number,
                  state_name(sector->record.state), what);
    std::vector<Moved> one;
    one.push_back({sector, {event, "by command", std::move(change)}});
    TRY(move(std::move(one)));
  }
  inbox_->wake();
  return {};
}

/// What would be done twice, or lost, if the sector went to a state now; empty when nothing.
Result<std::string> Machine::danger(const Sector& sector, SectorState to) {
  const auto& r = sector.record;
  if (auto* out = outgoing_with(r.number); out != nullptr && row_of(to).kind != StateKind::message)
    return fmt::format("its {} is under way ({}): it might be sent twice", kind_name(out->row.kind),
                       out->row.cid ? out->row.cid->str() : "not sent yet");
  if (before_pre_commit(to)) {
    if (TRY(parts_.chain->sector_allocated(config_.miner, r.number, TipsetKey())))
      return std::string("its number was used on the chain: it would be sealed twice");
  }
  if (to == SectorState::Proving || to == SectorState::Available) {
    if (!TRY(parts_.chain->sector_info(config_.miner, r.number, TipsetKey())))
      return std::string("the chain does not have it: nothing would bring it there any more");
  }
  if (row_of(to).kind == StateKind::gather && to != SectorState::Terminating &&
      to != SectorState::SubmitReplicaUpdate) {
    if (TRY(parts_.chain->sector_info(config_.miner, r.number, TipsetKey())))
      return std::string("the chain has it already: its message would be sent for nothing");
  }
  return std::string();
}

Result<> Machine::update_state(SectorNumber number, SectorState state, bool force) {
  {
    Turn turn(*this);
    auto* sector = TRY(command_on(number));
    if (auto what = lacking(sector->record, state); !what.empty())
      return fail(ErrorCode::invalid, "sector {} has no way on from {}: it lacks {}", number, state_name(state), what);
    if (!force) {
      auto why = TRY_IN("asking the chain whether that is safe (the forced form does not ask)", danger(*sector, state));
      if (!why.empty())
        return fail(ErrorCode::invalid, "sector {} stays in {}: {}", number, state_name(sector->record.state), why);
    }
    auto before = sector->record;
    auto record = before;
    add_log(
        record, "event;update_state",
        fmt::format("{} -> {}: by command{}", state_name(before.state), state_name(state), force ? ", forced" : ""));
    record.state = state;
    record.entered = now_seconds();
    record.tries = record.restarts = 0;
    record.retry_at = 0;
    Book::Change change;
    change.records.push_back(record);
    TRY_IN("storing the state", book_.apply(change));
    enter(*sector, std::move(record));
    for (const auto& hear : hear_) hear(before, sector->record);
  }
  inbox_->wake();
  return {};
}

Result<> Machine::remove(SectorNumber number) {
  {
    Turn turn(*this);
    auto* sector = TRY(command_on(number));
    if (auto* out = outgoing_with(number))
      return fail(ErrorCode::invalid, "sector {}: its {} is under way; remove it when that is done", number,
                  kind_name(out->row.kind));
    if (!next_state(sector->record.state, Event::remove))
      return fail(ErrorCode::invalid, "sector {} is {}", number,
                  sector->record.state == SectorState::Removed ? "removed" : "being removed");
  }
  return command(number, Event::remove, "removed", {});
}

Result<> Machine::terminate(SectorNumber number) { return command(number, Event::terminate, "terminated", {}); }
Result<> Machine::mark_for_upgrade(SectorNumber number) { return command(number, Event::marked, "upgraded", {}); }

Result<> Machine::abort_upgrade(SectorNumber number) {
  auto there = TRY(get(number));
  if (there.state == SectorState::Available) return command(number, Event::unmarked, "left as it was", {});
  {
    Turn turn(*this);
    if (auto* out = find(number) == nullptr ? nullptr : outgoing_with(number))
      return fail(ErrorCode::invalid, "sector {}: its {} is under way", number, kind_name(out->row.kind));
  }
  return command(number, Event::upgrade_aborted, "left as it was", {});
}

Result<> Machine::begin_upgrade(SectorNumber number, std::vector<PieceInfo> pieces) {
  if (pieces.empty()) return fail(ErrorCode::invalid, "an upgrade needs a piece");
  return command(number, Event::pieces_in, "upgraded",
                 [pieces = std::move(pieces)](SectorRecord& r) { r.update_pieces = pieces; });
}

std::vector<SectorNumber> Machine::pending(Batch batch) const {
  std::lock_guard view(view_);
  std::vector<SectorNumber> out;
  for (const auto& [number, sector] : sectors_) {
    for (auto group : groups_of(batch)) {
      if (sector.record.state == gather_state(group)) out.push_back(number);
    }
  }
  return out;
}

std::vector<BatchResult> Machine::flush(Batch batch) {
  std::vector<BatchResult> out;
  auto refused = [&](std::string why) {
    BatchResult result;
    result.error = std::move(why);
    out.push_back(std::move(result));
    return out;
  };
  if (auto may = writable(); !may) return refused(may.error().message);
  Turn turn(*this);
  if (auto wait = no_chain()) return refused(std::move(wait->reason));
  for (auto group : groups_of(batch)) {
    for (auto& each : send_group(group, true)) out.push_back(std::move(each));
  }
  return out;
}

std::vector<Group> Machine::groups_of(Batch batch) {
  switch (batch) {
    case Batch::pre_commit:
      return {Group::pre_commit};
    case Batch::commit:
      return {Group::commit, Group::single_commit};
    case Batch::terminate:
      break;
  }
  return {Group::terminate};
}

}  // namespace nelumbo::sealing
