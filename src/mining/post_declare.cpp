#include "post_declare.hpp"

#include <map>

#include "base/log.hpp"
#include "crypto/uuid.hpp"

namespace nelumbo::mining {

namespace {

/// A message needs this many epochs to be executed.
constexpr ChainEpoch kMargin = 2;

bool too_late(const actors::DeadlineInfo& deadline, const TipsetPtr& head) {
  return deadline.fault_cutoff <= head->height() + kMargin;
}

BitField numbers_of(const auto& map) {
  std::vector<uint64_t> out;
  for (const auto& [number, value] : map) out.push_back(number);
  return BitField::from_values(std::move(out));
}

Bytes encode(bool faults, std::vector<actors::SectorsDeclaration> parts) {
  return faults ? to_cbor(actors::DeclareFaultsParams{std::move(parts)})
                : to_cbor(actors::DeclareFaultsRecoveredParams{std::move(parts)});
}

uint64_t count_of(const std::vector<actors::SectorsDeclaration>& parts) {
  uint64_t out = 0;
  for (const auto& part : parts) out += part.sectors.count();
  return out;
}

}  // namespace

Result<> Declarations::advance(const TipsetPtr& head, const actors::DeadlineInfo& current, bool wait, bool at_once) {
  if (!look_) {
    auto due = TRY(candidates(head, current, at_once));
    if (!due.empty()) TRY(start_look(head, std::move(due)));
  }
  if (look_ && (wait || look_->found.wait_for(std::chrono::seconds(0)) == std::future_status::ready)) {
    auto found = look_->found.get();
    auto looked_at = std::move(look_->candidates);
    look_.reset();
    declare(std::move(looked_at), found);
  }
  return settle(head);
}

Result<std::vector<Declarations::Candidate>> Declarations::candidates(const TipsetPtr& head,
                                                                      const actors::DeadlineInfo& current,
                                                                      bool at_once) {
  const bool recoveries = recoveries_checked_ != current.open;
  std::vector<Candidate> out;
  std::vector<ChainEpoch> looked_at;
  for (uint64_t step = 1; step < actors::kDeadlines; ++step) {
    auto d = actors::current_deadline(current.period_start,
                                      current.open + static_cast<ChainEpoch>(step) * actors::kChallengeWindow);
    if (too_late(d, head)) continue;
    const bool near = d.fault_cutoff <= head->height() + config_.fault_lead && !checked_for_faults_.contains(d.open);
    const bool faults = config_.pre_checks && (at_once ? recoveries : near);
    if (!recoveries && !faults) continue;
    auto partitions = TRY_IN("partitions", node_->partitions(config_.miner, d.index, head->key()));
    for (uint64_t i = 0; i < partitions.size(); ++i) {
      const auto& p = partitions[i];
      auto faulty = p.faulty_sectors - p.recovering_sectors - under_way(Kind::recoveries, d, i);
      auto to_prove = ((p.live_sectors - p.faulty_sectors) | p.recovering_sectors) - under_way(Kind::faults, d, i);
      if (recoveries && !faulty.empty()) out.push_back({Kind::recoveries, d, i, std::move(faulty)});
      if (faults && !to_prove.empty()) out.push_back({Kind::faults, d, i, std::move(to_prove)});
    }
    if (faults) looked_at.push_back(d.open);
  }
  recoveries_checked_ = current.open;
  checked_for_faults_.insert(looked_at.begin(), looked_at.end());
  checked_for_faults_.erase(checked_for_faults_.begin(), checked_for_faults_.lower_bound(current.open));
  return out;
}

BitField Declarations::under_way(Kind kind, const actors::DeadlineInfo& deadline, uint64_t partition) const {
  BitField out;
  for (const auto& each : declared_) {
    if (each.kind != kind || each.deadline.open != deadline.open) continue;
    for (const auto& part : each.parts) {
      if (part.partition == partition) out = out | part.sectors;
    }
  }
  return out;
}

Result<> Declarations::start_look(const TipsetPtr& head, std::vector<Candidate> candidates) {
  BitField all;
  for (const auto& each : candidates) all = all | each.sectors;
  std::vector<ProvenSector> sectors;
  auto on_chain = node_->sectors(config_.miner, all, head->key());
  if (!on_chain) {  // looked at again at the next head
    recoveries_checked_ = -1;
    for (const auto& each : candidates) checked_for_faults_.erase(each.deadline.open);
    return std::unexpected(std::move(on_chain).error().in("sectors"));
  }
  for (const auto& each : *on_chain) sectors.push_back(proven_sector(each));
  look_.emplace();
  look_->candidates = std::move(candidates);
  look_->found = pool_.submit([this, sectors = std::move(sectors)] { return checker_.check(sectors); });
  return {};
}

void Declarations::declare(std::vector<Candidate> candidates, const CheckedSectors& found) {
  const auto good = numbers_of(found.good), bad = numbers_of(found.bad);
  std::map<ChainEpoch, uint64_t> recovering;  // by opening of the deadline
  for (const auto& each : candidates) {
    auto sectors = each.sectors & (each.kind == Kind::faults ? bad : good);
    if (each.kind == Kind::recoveries && config_.recovering_sector_limit > 0) {
      auto& count = recovering[each.deadline.open];
      const auto wanted = std::min(sectors.count(), config_.recovering_sector_limit - count);
      auto numbers = sectors.values();
      if (numbers && numbers->size() > wanted) {
        numbers->resize(wanted);
        sectors = BitField::from_values(*std::move(numbers));
      }
      count += wanted;
    }
    if (!sectors.empty()) add(each, sectors);
    if (each.kind != Kind::faults) continue;
    for (const auto& [number, reason] : found.bad) {
      if (sectors.contains(number))
        log_warn("wdpost", "sector {} of deadline {} cannot be proven: {}", number, each.deadline.index, reason);
    }
  }
}

void Declarations::add(const Candidate& candidate, const BitField& sectors) {
  actors::SectorsDeclaration part{candidate.deadline.index, candidate.partition, sectors};
  const auto limit = config_.max_partitions_per_declaration;
  for (auto& each : declared_) {
    if (each.kind != candidate.kind || each.deadline.open != candidate.deadline.open || each.message) continue;
    if (each.attempt > 0 || (limit > 0 && each.parts.size() >= limit)) continue;
    each.parts.push_back(std::move(part));
    return;
  }
  Declared fresh;
  fresh.kind = candidate.kind;
  fresh.deadline = candidate.deadline;
  fresh.parts.push_back(std::move(part));
  declared_.push_back(std::move(fresh));
}

Result<> Declarations::settle(const TipsetPtr& head) {
  Result<> first_error;
  for (size_t i = 0; i < declared_.size();) {
    auto done = is_done(declared_[i], head);
    if (!done && first_error) first_error = std::unexpected(done.error());
    if (done && *done) {
      declared_.erase(declared_.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  return first_error;
}

Result<bool> Declarations::is_done(Declared& declared, const TipsetPtr& head) {
  using enum PostSender::Fate;
  if (declared.message) {
    switch (TRY(sender_.fate(*declared.message, head))) {
      case succeeded:
        return true;
      case on_its_way:
        break;
      case failed:
      case lost:
        log_warn("wdpost", "the declaration {} for deadline {} failed or was lost", declared.message->str(),
                 declared.deadline.index);
        declared.message.reset();
        ++declared.attempt;
    }
  }
  if (head->height() >= declared.deadline.open) return true;  // its sectors are proven or skipped there
  if (!declared.message && too_late(declared.deadline, head)) {
    log_warn("wdpost", "too late to declare sectors of deadline {}: the cutoff is at epoch {}", declared.deadline.index,
             declared.deadline.fault_cutoff);
    return true;
  }
  if (!declared.message) TRY(send(declared, head));
  return false;
}

Result<> Declarations::send(Declared& declared, const TipsetPtr& head) {
  const bool faults = declared.kind == Kind::faults;
  auto info = TRY_IN("miner info", node_->miner_info(config_.miner, head->key()));
  const auto occasion =
      fmt::format("{} {} {}", faults ? "faults" : "recoveries", declared.deadline.open, declared.attempt);
  declared.message =
      TRY_IN(faults ? "declaring faults" : "declaring recoveries",
             sender_.push(faults ? actors::methods::kDeclareFaults : actors::methods::kDeclareFaultsRecovered,
                          encode(faults, declared.parts), info, occasion));
  last_sent_ = head->height();
  log_info("wdpost", "declared {} sectors of deadline {} {}: {}", count_of(declared.parts), declared.deadline.index,
           faults ? "faulty" : "recovered", declared.message->str());
  return {};
}

Result<std::vector<Cid>> Declarations::recover(const std::vector<SectorNumber>& sectors, const TipsetPtr& head) {
  std::map<uint64_t, std::map<uint64_t, BitField>> places;  // by deadline and partition
  for (auto number : sectors) {
    auto at = TRY_IN(fmt::format("sector {}", number), node_->sector_location(config_.miner, number, head->key()));
    places[at.deadline][at.partition].set(number);
  }
  std::vector<std::vector<actors::SectorsDeclaration>> messages;
  const auto limit = config_.max_partitions_per_declaration;
  for (const auto& [deadline, partitions] : places) {
    messages.emplace_back();
    for (const auto& [partition, numbers] : partitions) {
      if (limit > 0 && messages.back().size() >= limit) messages.emplace_back();
      messages.back().push_back({deadline, partition, numbers});
    }
  }
  auto info = TRY_IN("miner info", node_->miner_info(config_.miner, head->key()));
  std::vector<Cid> out;
  for (auto& parts : messages) {
    auto params = encode(false, std::move(parts));
    out.push_back(
        TRY(sender_.push(actors::methods::kDeclareFaultsRecovered, std::move(params), info, "by hand " + new_uuid())));
  }
  return out;
}

}  // namespace nelumbo::mining
