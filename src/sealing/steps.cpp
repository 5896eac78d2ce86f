// What is done in each state of a new sector, from its data to its proof on the chain.
#include "actors/policy.hpp"
#include "machine.hpp"

namespace nelumbo::sealing {

namespace {
/// How far back the ticket lies: it is final when it is drawn.
constexpr ChainEpoch kTicketLookback = kChainFinality;
}  // namespace

Machine::Step Machine::step_of(SectorState state) {
  using enum SectorState;
  switch (state) {
    case Empty:
      return &Machine::step_empty;
    case Packing:
      return &Machine::step_packing;
    case GetTicket:
      return &Machine::step_get_ticket;
    case PreCommit1:
    case PreCommit2:
      return &Machine::step_pre_commit;
    case WaitSeed:
      return &Machine::step_wait_seed;
    case Committing:
      return &Machine::step_committing;
    case PreCommitFailed:
      return &Machine::step_pre_commit_failed;
    case CommitFailed:
      return &Machine::step_commit_failed;
    case ReplicaUpdateFailed:
      return &Machine::step_update_failed;
    case TerminateFinality:
      return &Machine::step_terminate_finality;
    case SnapDealsPacking:
      return &Machine::step_snap_packing;
    case WaitMutable:
      return &Machine::step_wait_mutable;
    case FinalizeReplicaUpdate:
      return &Machine::step_finalize_update;
    case UpdateActivating:
      return &Machine::step_update_activating;
    case AbortUpgrade:
      return &Machine::step_abort_upgrade;
    default:
      break;
  }
  switch (row_of(state).kind) {
    case StateKind::work:
      return &Machine::step_work;
    case StateKind::gather:
      return &Machine::step_gather;
    case StateKind::message:
      return &Machine::step_message;
    case StateKind::failed:
      return &Machine::step_failed;
    default:
      throw std::logic_error(fmt::format("{} has no step", state_name(state)));
  }
}

Result<Outcome> Machine::step_empty(Sector&) { return Move{Event::pledged, "", {}}; }

Result<Outcome> Machine::step_packing(Sector& sector) {
  if (config_.max_sealing > 0 && !sector.working) {
    size_t sealing = 0;
    for (auto number : active_) {
      const auto& other = sectors_.at(number);
      if (is_sealing(other.record.state) || (other.record.state == SectorState::Packing && other.working)) ++sealing;
    }
    if (sealing >= config_.max_sealing) {
      return Stay{fmt::format("waits for its turn: {} sectors are being sealed, the most allowed", sealing),
                  std::chrono::seconds(5), true};
    }
  }
  return step_work(sector);
}

Result<Outcome> Machine::step_get_ticket(Sector& sector) {
  if (auto wait = no_chain()) return *wait;
  const auto number = sector.record.number;
  auto there = TRY(parts_.chain->pre_commit_info(config_.miner, number, head_->key()));
  auto epoch = head_->height() - kTicketLookback;
  if (there) {
    epoch = there->info.seal_rand_epoch;
  } else if (TRY(parts_.chain->sector_allocated(config_.miner, number, head_->key()))) {
    return Move{Event::hopeless, "its number was used on the chain, and it is not pre-committed", {}};
  }
  auto ticket = TRY(parts_.chain->seal_ticket(config_.miner, epoch, head_->key()));
  return Move{Event::ticket_drawn, fmt::format("of epoch {}", epoch), [=](SectorRecord& r) {
                r.ticket = ticket;
                r.ticket_epoch = epoch;
                r.pre_commit_1_output.clear();
                r.sealed_cid.reset();
                r.unsealed_cid.reset();
                r.proof_bytes.clear();
              }};
}

bool Machine::ticket_expired(const SectorRecord& record) const {
  if (!head_ || record.pre_commit_epoch != 0) return false;
  return head_->height() - record.ticket_epoch > actors::kMaxPreCommitRandomnessLookback;
}

Result<Outcome> Machine::step_pre_commit(Sector& sector) {
  if (!sector.working && ticket_expired(sector.record)) {
    return Move{Event::old_ticket,
                fmt::format("the ticket of epoch {} may not be used any more", sector.record.ticket_epoch),
                {}};
  }
  return step_work(sector);
}

/// The group takes it along.
Result<Outcome> Machine::step_gather(Sector&) { return Stay{}; }

Result<Outcome> Machine::step_message(Sector& sector) {
  if (outgoing_with(sector.record.number) != nullptr) return Stay{};
  return Move{Event::message_refused, "no message of it is under way", {}};
}

Result<Outcome> Machine::step_wait_seed(Sector& sector) {
  if (auto wait = no_chain()) return *wait;
  const auto& r = sector.record;
  const auto delay = network_->pre_commit_challenge_delay;
  auto waiting = [&](ChainEpoch seed_epoch) {
    return Stay{fmt::format("waits for seed epoch {} and {} epochs on it ({})", seed_epoch, config_.seed_confidence,
                            epoch_text(seed_epoch + config_.seed_confidence)),
                {},
                true};
  };
  auto far = [&](ChainEpoch seed_epoch) { return head_->height() < seed_epoch + config_.seed_confidence; };
  // The chain is asked when the time has come, not at every head.
  if (r.pre_commit_epoch > 0 && far(r.pre_commit_epoch + delay)) return waiting(r.pre_commit_epoch + delay);

  auto there = TRY(parts_.chain->pre_commit_info(config_.miner, r.number, head_->key()));
  if (!there) {
    if (TRY(parts_.chain->sector_info(config_.miner, r.number, head_->key())))
      return Move{Event::found_on_chain, "it is proven already", {}};
    return Move{Event::pre_commit_gone, "the chain has its pre-commitment no more", {}};
  }
  const auto seed_epoch = there->pre_commit_epoch + delay;
  if (far(seed_epoch)) return waiting(seed_epoch);
  auto seed = TRY(parts_.chain->seal_seed(config_.miner, seed_epoch, head_->key()));
  return Move{Event::seed_drawn, fmt::format("of epoch {}", seed_epoch),
              [=, epoch = there->pre_commit_epoch, deposit = there->pre_commit_deposit](SectorRecord& record) {
                record.seed = seed;
                record.seed_epoch = seed_epoch;
                record.pre_commit_epoch = epoch;
                record.pre_commit_deposit = deposit;
                record.proof_bytes.clear();
              }};
}

Result<Outcome> Machine::step_committing(Sector& sector) {
  if (sector.working || !sector.half.empty()) return step_work(sector);
  if (auto wait = no_chain()) return *wait;
  auto verdict = TRY(check_commit(sector.record));
  if (verdict.move && verdict.move->event != Event::hopeless) return *std::move(verdict.move);
  return step_work(sector);
}

}  // namespace nelumbo::sealing
