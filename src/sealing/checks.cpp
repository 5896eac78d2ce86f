// What the chain says of a sector before a message for it is made: nothing is sent that is done already, or too late.
#include "actors/policy.hpp"
#include "machine.hpp"

namespace nelumbo::sealing {

ChainEpoch Machine::expiration_of_new() const {
  const auto height = head_->height();
  // The actor counts a sector's least life from the last epoch in which it may be proven; a day for the message to
  // land.
  const auto least = prove_by(height) + actors::kMinSectorExpiration + kEpochsPerDay;
  const auto life = config_.committed_capacity_lifetime > 0 ? config_.committed_capacity_lifetime
                                                            : actors::kMaxSectorExpirationExtension;
  return std::max(least, height + std::min(life, actors::kMaxSectorExpirationExtension));
}

Result<Machine::Verdict> Machine::check_pre_commit(const SectorRecord& r) {
  const auto& at = head_->key();
  Verdict out;
  if (auto there = TRY(parts_.chain->pre_commit_info(config_.miner, r.number, at))) {
    if (!r.sealed_cid || there->info.sealed_cid != *r.sealed_cid) {
      out.move = Move{Event::hopeless, "its number is pre-committed with another sealed CID", {}};
      return out;
    }
    out.move = Move{Event::found_pre_commit, "the chain has its pre-commitment", [there](SectorRecord& record) {
                      record.pre_commit_epoch = there->pre_commit_epoch;
                      record.pre_commit_deposit = there->pre_commit_deposit;
                      record.expiration = there->info.expiration;
                    }};
    return out;
  }
  if (TRY(parts_.chain->sector_allocated(config_.miner, r.number, at))) {
    auto info = TRY(parts_.chain->sector_info(config_.miner, r.number, at));
    const bool ours = info && r.sealed_cid && info->sealed_cid == *r.sealed_cid;
    out.move = ours ? Move{Event::found_on_chain, "the chain has the sector", {}}
                    : Move{Event::hopeless, "its number was used, and its pre-commitment is gone with the deposit", {}};
    return out;
  }
  const auto too_old = head_->height() - r.ticket_epoch > actors::kMaxPreCommitRandomnessLookback;
  auto ticket = TRY(parts_.chain->seal_ticket(config_.miner, r.ticket_epoch, at));
  if (too_old || !r.ticket || ticket != *r.ticket || !r.sealed_cid || !r.unsealed_cid) {
    out.move =
        Move{Event::old_ticket, too_old ? "its ticket may not be used any more" : "its ticket is not the chain's",
             [](SectorRecord& record) { record.pre_commit_epoch = 0; }};
    return out;
  }
  out.expiration = expiration_of_new();
  actors::SectorPreCommitInfo info;
  info.seal_proof = r.proof;
  info.sector_number = r.number;
  info.sealed_cid = *r.sealed_cid;
  info.seal_rand_epoch = r.ticket_epoch;
  info.expiration = out.expiration;
  out.value = TRY(parts_.chain->pre_commit_deposit(config_.miner, info, at));
  return out;
}

Result<Machine::Verdict> Machine::check_commit(const SectorRecord& r) {
  const auto& at = head_->key();
  Verdict out;
  if (auto info = TRY(parts_.chain->sector_info(config_.miner, r.number, at))) {
    out.move = r.sealed_cid && info->sealed_cid == *r.sealed_cid
                   ? Move{Event::found_on_chain, "the chain has the sector", {}}
                   : Move{Event::hopeless, "the chain has another sector under its number", {}};
    return out;
  }
  auto there = TRY(parts_.chain->pre_commit_info(config_.miner, r.number, at));
  if (!there) {
    out.move = Move{Event::pre_commit_gone, "the chain has its pre-commitment no more", {}};
    return out;
  }
  const auto last = prove_by(there->pre_commit_epoch);
  if (head_->height() > last) {
    out.move = Move{Event::hopeless, fmt::format("it had to be proven until epoch {}: the deposit is lost", last), {}};
    return out;
  }
  const auto seed_epoch = there->pre_commit_epoch + network_->pre_commit_challenge_delay;
  auto changed = [&] {
    return Move{Event::seed_changed, "the chain was reorganised: the seed is another one", [](SectorRecord& record) {
                  record.seed.reset();
                  record.proof_bytes.clear();
                  record.pre_commit_epoch = 0;  // asked for again
                }};
  };
  if (seed_epoch != r.seed_epoch || seed_epoch > head_->height()) {
    out.move = changed();
    return out;
  }
  auto seed = TRY(parts_.chain->seal_seed(config_.miner, seed_epoch, at));
  if (!r.seed || seed != *r.seed) {
    out.move = changed();
    return out;
  }
  auto size = TRY(seal_proof_info(r.proof)).sector_size;
  auto pledge = TRY(parts_.chain->initial_pledge(config_.miner, there->info.expiration - head_->height(), size, at));
  out.value = pledge > there->pre_commit_deposit ? TokenAmount(pledge - there->pre_commit_deposit) : TokenAmount(0);
  return out;
}

Result<Machine::Verdict> Machine::check_update(const SectorRecord& r) {
  const auto& at = head_->key();
  Verdict out;
  auto info = TRY(parts_.chain->sector_info(config_.miner, r.number, at));
  if (!info) {
    out.move = Move{Event::hopeless, "the chain does not have the sector any more", {}};
    return out;
  }
  if (r.update_sealed_cid && info->sealed_cid == *r.update_sealed_cid) {
    out.move = Move{Event::found_on_chain, "the chain has the update",
                    [height = head_->height()](SectorRecord& record) { record.updated_at = height; }};
    return out;
  }
  if (!TRY(deadline_mutable(r.number))) {
    out.move = Move{Event::deadline_immutable, "", {}};
    return out;
  }
  out.location = TRY(parts_.chain->sector_location(config_.miner, r.number, at));
  auto size = TRY(seal_proof_info(r.proof)).sector_size;
  auto pledge = TRY(parts_.chain->initial_pledge(config_.miner, info->expiration - head_->height(), size, at));
  out.value = pledge > info->initial_pledge ? TokenAmount(pledge - info->initial_pledge) : TokenAmount(0);
  return out;
}

Result<Machine::Verdict> Machine::check_terminate(const SectorRecord& r) {
  const auto& at = head_->key();
  Verdict out;
  if (!TRY(parts_.chain->sector_info(config_.miner, r.number, at))) {
    out.move = TRY(parts_.chain->pre_commit_info(config_.miner, r.number, at))
                   ? Move{Event::message_refused, "it is pre-committed and not proven: remove it instead", {}}
                   : Move{Event::not_on_chain, "the chain does not have it", {}};
    return out;
  }
  out.location = TRY(parts_.chain->sector_location(config_.miner, r.number, at));
  auto partitions = TRY(parts_.chain->partitions(config_.miner, out.location.deadline, at));
  const bool live =
      out.location.partition < partitions.size() && partitions[out.location.partition].live_sectors.contains(r.number);
  if (!live) {
    out.move = Move{Event::message_landed, "it is terminated already",
                    [height = head_->height()](SectorRecord& record) { record.terminated_at = height; }};
    return out;
  }
  // Not while its deadline is challenged, nor just before or after.
  auto now = TRY(parts_.chain->proving_deadline(config_.miner, at));
  const auto apart = (out.location.deadline + now.period_deadlines - now.index) % now.period_deadlines;
  if (apart <= 1 || apart == now.period_deadlines - 1)
    out.later = fmt::format("its deadline {} is near the current one, {}: it is not terminated now",
                            out.location.deadline, now.index);
  return out;
}

}  // namespace nelumbo::sealing
