// Steps of a sector that proves: an upgrade, and the end.
#include "machine.hpp"

namespace nelumbo::sealing {

namespace {
/// Winning PoSt draws from the power table of so many epochs ago: until then the old replica may be asked for.
constexpr ChainEpoch kLookback = kWinningPoStLookback;
}  // namespace

Result<Outcome> Machine::step_terminate_finality(Sector& sector) {
  if (auto wait = no_chain()) return *wait;
  const auto until = sector.record.terminated_at + kLookback;
  if (head_->height() >= until) return Move{Event::terminate_final, "", {}};
  return Stay{fmt::format("keeps its files until epoch {} ({})", until, epoch_text(until)), {}, true};
}

Result<Outcome> Machine::step_snap_packing(Sector& sector) {
  if (sector.record.update_pieces.empty()) return Move{Event::upgrade_aborted, "it has no piece", {}};
  return Move{Event::packed, "", [](SectorRecord& r) { r.upgrade = true; }};
}

Result<bool> Machine::deadline_mutable(SectorNumber number) {
  auto where = TRY(parts_.chain->sector_location(config_.miner, number, head_->key()));
  auto now = TRY(parts_.chain->proving_deadline(config_.miner, head_->key()));
  return actors::deadline_is_mutable(now.period_start, where.deadline, now.current_epoch);
}

Result<Outcome> Machine::step_wait_mutable(Sector& sector) {
  if (auto wait = no_chain()) return *wait;
  if (TRY(deadline_mutable(sector.record.number))) return Move{Event::deadline_mutable, "", {}};
  return Stay{"its deadline is open or next: the chain takes no change of it now", {}, true};
}

/// The old replica stays where it is until nobody asks for it; there is nothing to store yet.
Result<Outcome> Machine::step_finalize_update(Sector&) { return Move{Event::finalized, "", {}}; }

Result<Outcome> Machine::step_update_activating(Sector& sector) {
  if (auto wait = no_chain()) return *wait;
  const auto until = sector.record.updated_at + kLookback + config_.message_confidence;
  if (head_->height() >= until) return Move{Event::update_active, "", {}};
  return Stay{
      fmt::format("winning PoSt may ask for the old replica until epoch {} ({})", until, epoch_text(until)), {}, true};
}

Result<Outcome> Machine::step_abort_upgrade(Sector&) {
  return Move{Event::unmarked, "", [](SectorRecord& r) {
                r.upgrade = false;
                r.update_pieces.clear();
                r.update_sealed_cid.reset();
                r.update_unsealed_cid.reset();
                r.update_proof.clear();
                r.update_message.reset();
              }};
}

}  // namespace nelumbo::sealing
