// Failed states: what the chain shows is looked at first, then the work before is tried again, later each time.
#include "machine.hpp"

namespace nelumbo::sealing {

namespace {
constexpr uint64_t kMaxRestarts = 3;
constexpr uint64_t kTriesBeforeRestart = 3;
constexpr uint64_t kTriesBeforeNewProof = 2;
}  // namespace

std::optional<Stay> Machine::not_yet(const Sector& sector) const {
  const auto& r = sector.record;
  const auto& row = row_of(r.state);
  if (r.tries >= row.tries) {
    return Stay{fmt::format("gave up after {} tries: {}. {}", r.tries, r.last_error, row.help), {}, false};
  }
  auto left = r.retry_at - now_seconds();
  if (left <= 0) return std::nullopt;
  return Stay{fmt::format("tries again in {} s: {}", left, r.last_error), std::chrono::seconds(left), false};
}

Result<Outcome> Machine::step_failed(Sector& sector) {
  const auto& r = sector.record;
  if (auto wait = not_yet(sector)) return *wait;
  if (r.state == SectorState::SealPreCommit2Failed && r.tries >= kTriesBeforeRestart && r.restarts < kMaxRestarts &&
      r.pre_commit_epoch == 0) {
    return Move{Event::start_over, "sealing begins anew with another ticket", {}};
  }
  return Move{Event::retry, "", {}};
}

Result<Outcome> Machine::step_pre_commit_failed(Sector& sector) {
  if (auto wait = no_chain()) return *wait;
  const auto& r = sector.record;
  auto message = TRY(fate_of(r.pre_commit_message));
  if (message.fate == Fate::pending) return Stay{message.text, {}, true};
  auto verdict = TRY(check_pre_commit(r));
  if (verdict.move) return *std::move(verdict.move);
  if (auto wait = not_yet(sector)) return *wait;
  return Move{Event::retry, "", [](SectorRecord& record) {
                record.pre_commit_message.reset();
                record.pre_commit_epoch = 0;
              }};
}

Result<Outcome> Machine::step_commit_failed(Sector& sector) {
  if (auto wait = no_chain()) return *wait;
  const auto& r = sector.record;
  auto message = TRY(fate_of(r.commit_message));
  if (message.fate == Fate::pending) return Stay{message.text, {}, true};
  auto verdict = TRY(check_commit(r));
  if (verdict.move) return *std::move(verdict.move);
  if (auto wait = not_yet(sector)) return *wait;
  auto forget = [](SectorRecord& record) { record.commit_message.reset(); };
  if (r.proof_bytes.empty() || r.tries > kTriesBeforeNewProof)
    return Move{Event::prove_again, "the proof is made anew", forget};
  return Move{Event::retry, "", forget};
}

Result<Outcome> Machine::step_update_failed(Sector& sector) {
  if (auto wait = no_chain()) return *wait;
  const auto& r = sector.record;
  auto message = TRY(fate_of(r.update_message));
  if (message.fate == Fate::pending) return Stay{message.text, {}, true};
  auto verdict = TRY(check_update(r));
  if (verdict.move && verdict.move->event == Event::found_on_chain) return *std::move(verdict.move);
  if (verdict.move && verdict.move->event == Event::hopeless)
    return Move{Event::upgrade_aborted, verdict.move->text, {}};
  if (auto wait = not_yet(sector)) return *wait;
  auto forget = [](SectorRecord& record) { record.update_message.reset(); };
  if (!r.update_sealed_cid) return Move{Event::start_over, "the replica is encoded again", forget};
  if (r.update_proof.empty() || r.tries > kTriesBeforeNewProof)
    return Move{Event::prove_again, "the proof is made anew", forget};
  return Move{Event::retry, "", forget};
}

}  // namespace nelumbo::sealing
