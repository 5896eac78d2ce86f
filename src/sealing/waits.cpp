// Why a sector stays where it is, in one sentence.
#include "machine.hpp"

namespace nelumbo::sealing {

std::string Machine::epoch_text(ChainEpoch epoch) const {
  const auto left = epoch - head_->height();
  if (left <= 0) return "now";
  const auto minutes = (left * static_cast<int64_t>(network_->block_delay_secs) + 59) / 60;
  return fmt::format("{} epochs, about {} min", left, minutes);
}

std::chrono::seconds Machine::normal_time(const SectorRecord& r) const {
  const auto& normal = row_of(r.state).normal;
  auto out = normal.fixed;
  if (auto size = seal_proof_info(r.proof); size) {
    out += std::chrono::seconds(
        static_cast<int64_t>(static_cast<double>(normal.per_32_gib.count()) * static_cast<double>(size->sector_size) /
                             static_cast<double>(uint64_t{32} << 30)));
  }
  const auto delay = network_ ? network_->block_delay_secs : 30;
  out += std::chrono::seconds(normal.epochs * static_cast<int64_t>(delay));
  if (normal.batch_wait) {
    out += r.state == SectorState::SubmitPreCommitBatch ? config_.pre_commit_batch_wait
           : r.state == SectorState::Terminating        ? config_.terminate_batch_wait
                                                        : config_.commit_batch_wait;
  }
  return out;
}

std::string Machine::reason_of(const Sector& sector) const {
  const auto& row = row_of(sector.record.state);
  if (row.kind == StateKind::work && sector.working) {
    for (const auto& job : parts_.sealer->jobs()) {
      if (job.id != sector.job) continue;
      if (!job.running)
        return fmt::format("{} waits for its turn{}{}", job.task, job.step.empty() ? "" : ": ", job.step);
      return fmt::format("{} runs: {} ({:.0f} %)", job.task, job.step, job.part * 100);
    }
  }
  if (row.kind == StateKind::gather || row.kind == StateKind::message) {
    if (auto* out = outgoing_with(sector.record.number); out != nullptr && !out->reason.empty()) return out->reason;
  }
  // Its own reason is of the last head, and none comes now.
  if (row.kind == StateKind::chain && !chain_trouble_.empty()) return "the node does not answer: " + chain_trouble_;
  if (!sector.reason.empty()) return sector.reason;
  if (row.kind == StateKind::gather) {
    for (auto group : kGroups) {
      if (gather_state(group) != sector.record.state) continue;
      if (auto there = group_reason_.find(group); there != group_reason_.end()) return there->second;
    }
  }
  return std::string(row.does);
}

Result<Pipeline::Wait> Machine::wait_of(SectorNumber number) const {
  std::lock_guard view(view_);
  auto there = sectors_.find(number);
  if (there == sectors_.end()) return fail(ErrorCode::not_found, "there is no sector {}", number);
  Pipeline::Wait out;
  out.reason = reason_of(there->second);
  out.in_state = std::chrono::seconds(std::max<int64_t>(0, now_seconds() - there->second.record.entered));
  if (is_active(there->second.record.state))
    out.over_normal = std::max(std::chrono::seconds(0), out.in_state - normal_time(there->second.record));
  return out;
}

}  // namespace nelumbo::sealing
