// Which sectors go out in one message, and when.
#include <algorithm>

#include "actors/policy.hpp"
#include "base/log.hpp"
#include "crypto/uuid.hpp"
#include "machine.hpp"

namespace nelumbo::sealing {

namespace {

using namespace std::chrono_literals;
constexpr auto kRetry = 30s;  ///< when the chain did not answer or funds are short
/// Bytes of proofs in one message: pools refuse messages above 64 KiB.
constexpr size_t kMaxProofBytes = 48 << 10;
/// Proofs in one message: each costs gas to verify, and a block holds ten billion.
constexpr size_t kMaxSingleProofs = 32;

}  // namespace

SectorState gather_state(Group group) {
  switch (group) {
    case Group::pre_commit:
      return SectorState::SubmitPreCommitBatch;
    case Group::commit:
      return SectorState::SubmitCommitAggregate;
    case Group::single_commit:
      return SectorState::SubmitCommit;
    case Group::update:
      return SectorState::SubmitReplicaUpdate;
    case Group::terminate:
      break;
  }
  return SectorState::Terminating;
}

MessageKind message_kind(Group group) {
  switch (group) {
    case Group::pre_commit:
      return MessageKind::pre_commit;
    case Group::commit:
    case Group::single_commit:
      return MessageKind::commit;
    case Group::update:
      return MessageKind::update;
    case Group::terminate:
      break;
  }
  return MessageKind::terminate;
}

std::vector<Sector*> Machine::members(Group group) {
  std::vector<Sector*> out;
  for (auto number : active_) {
    auto& sector = sectors_.at(number);
    if (sector.record.state != gather_state(group)) continue;
    if (outgoing_with(number) == nullptr) out.push_back(&sector);
  }
  std::stable_sort(out.begin(), out.end(),
                   [&](auto* a, auto* b) { return send_by(group, a->record) < send_by(group, b->record); });
  return out;
}

/// The last epoch in which the chain takes it.
ChainEpoch Machine::send_by(Group group, const SectorRecord& record) const {
  if (group == Group::pre_commit) return record.ticket_epoch + actors::kMaxPreCommitRandomnessLookback;
  if (group != Group::commit || !network_) return 0;
  return prove_by(record.pre_commit_epoch);
}

/// actors::max_prove_commit_duration, of the network as its node tells it.
ChainEpoch Machine::prove_by(ChainEpoch pre_commit_epoch) const {
  return pre_commit_epoch + 30 * kEpochsPerDay + network_->pre_commit_challenge_delay;
}

TimePoint Machine::group_due(Group group, const std::vector<Sector*>& sectors) const {
  const bool pre_commit = group == Group::pre_commit;
  if (group == Group::single_commit || group == Group::update) return {};
  const auto most = pre_commit               ? config_.max_pre_commit_batch
                    : group == Group::commit ? config_.max_commit_batch
                                             : config_.max_terminate_batch;
  if (sectors.size() >= most) return {};
  const auto wait = pre_commit               ? config_.pre_commit_batch_wait
                    : group == Group::commit ? config_.commit_batch_wait
                                             : config_.terminate_batch_wait;
  auto oldest = INT64_MAX;
  for (auto* each : sectors) oldest = std::min(oldest, each->record.entered);
  auto due = from_unix_seconds(oldest) + wait;
  if (group == Group::terminate) return due;
  const auto slack = pre_commit ? config_.pre_commit_batch_slack : config_.commit_batch_slack;
  const auto epochs = send_by(group, sectors.front()->record) - head_->height();
  const auto end =
      parts_.clock->now() + std::chrono::seconds(epochs * static_cast<int64_t>(network_->block_delay_secs));
  return std::min<TimePoint>(due, end - slack);
}

void Machine::gather(Group group) {
  auto waiting = members(group);
  auto say = [&](std::string reason) {
    std::lock_guard view(view_);
    group_reason_[group] = std::move(reason);
  };
  if (waiting.empty()) return;
  if (auto wait = no_chain()) return say(std::move(wait->reason));
  const auto now = parts_.clock->now();
  if (auto due = group_due(group, waiting); due > now) {
    return say(fmt::format("the batch of {} goes out in {} min at the latest", waiting.size(),
                           std::chrono::ceil<std::chrono::minutes>(due - now).count()));
  }
  if (group_retry_[group] <= now) send_group(group, false);
}

std::vector<BatchResult> Machine::send_group(Group group, bool all) {
  std::vector<BatchResult> out;
  std::set<SectorNumber> seen;
  while (true) {
    std::vector<Sector*> some;
    for (auto* each : members(group)) {
      if (!seen.contains(each->record.number)) some.push_back(each);
    }
    if (some.empty()) return out;
    // What is left over of full messages waits for more.
    if (!all && group_due(group, some) > parts_.clock->now()) return out;
    // One that was refused before goes alone, so that it does not take others down with it.
    auto refused = std::find_if(some.begin(), some.end(), [](auto* each) { return each->record.tries > 0; });
    if (refused != some.end()) some = {*refused};
    const auto most =
        group == Group::pre_commit  ? std::min<size_t>(config_.max_pre_commit_batch, actors::kPreCommitBatchMax)
        : group == Group::commit    ? std::min<size_t>(config_.max_commit_batch, actors::kMaxAggregatedSectors)
        : group == Group::terminate ? config_.max_terminate_batch
                                    : 1;
    if (some.size() > most) some.resize(std::max<size_t>(most, 1));
    auto result = send_some(group, some);
    if (!result) result = BatchResult{.error = std::move(result).error().message};
    const bool stuck = !result->error.empty();
    // Those of a message that was cut short come again, unless nothing went out at all.
    if (stuck || result->sectors.empty()) {
      for (auto* each : some) seen.insert(each->record.number);
    }
    if (stuck) {
      group_retry_[group] = parts_.clock->now() + kRetry;
      std::lock_guard view(view_);
      group_reason_[group] = result->error;
    }
    if (stuck || !result->sectors.empty()) out.push_back(*std::move(result));
    if (stuck) return out;
  }
}

Result<Machine::Verdict> Machine::check(Group group, const SectorRecord& record) {
  switch (group) {
    case Group::pre_commit:
      return check_pre_commit(record);
    case Group::commit:
    case Group::single_commit:
      return check_commit(record);
    case Group::update:
      return check_update(record);
    case Group::terminate:
      break;
  }
  return check_terminate(record);
}

bool Machine::aggregates(Group group, size_t count) const {
  return group == Group::commit && config_.aggregate_commits &&
         count >= std::max<size_t>(config_.min_commit_batch, actors::kMinAggregatedSectors) &&
         head_->parent_base_fee() >= config_.aggregate_above_base_fee;
}

size_t Machine::most_in_message(Group group, const std::vector<Sector*>& sectors) const {
  if (message_kind(group) != MessageKind::commit) return sectors.size();
  const auto proof = std::max<size_t>(sectors.front()->record.proof_bytes.size(), 1);
  return std::clamp<size_t>(kMaxProofBytes / proof, 1, kMaxSingleProofs);
}

Result<BatchResult> Machine::send_some(Group group, std::vector<Sector*> sectors) {
  const auto kind = message_kind(group);
  Ready ready;
  std::vector<Moved> moves;
  for (auto* sector : sectors) {
    auto verdict = TRY(check(group, sector->record));
    if (verdict.move) {
      moves.push_back({sector, *std::move(verdict.move)});
    } else if (!verdict.later.empty()) {
      stay(*sector, {verdict.later, {}, false});
    } else {
      ready.emplace_back(sector, std::move(verdict));
    }
  }
  if (!moves.empty()) TRY(move(std::move(moves)));
  BatchResult result;
  if (ready.empty()) return result;

  const bool together = aggregates(group, ready.size());
  if (!together) ready.resize(std::min(ready.size(), most_in_message(group, sectors)));
  auto need = [&] {
    TokenAmount sum;
    for (const auto& each : ready) sum += each.second.value;
    return sum;
  };
  auto fee = [&] { return max_fee(kind, ready.size()); };
  auto paid = TRY(payer(kind, need(), fee()));
  if (!paid.shortfall.empty() && ready.size() > 1 && !together) {
    while (ready.size() > 1 && need() + fee() > paid.affordable) ready.pop_back();
    paid = TRY(payer(kind, need(), fee()));
  }
  if (!paid.shortfall.empty()) {
    result.error = paid.shortfall;
    return result;
  }

  Outgoing out;
  out.row.uuid = new_uuid();
  out.row.kind = kind;
  out.row.aggregate = together;
  out.row.created = now_seconds();
  out.row.max_fee = fee();
  out.row.message.to = config_.miner;
  out.row.message.from = paid.from;
  out.row.message.value = paid.value;
  out.row.message.method = method_of(kind);
  if (!together) out.row.message.params = TRY(params_of(group, ready));
  Book::Change change;
  for (const auto& [sector, verdict] : ready) {
    auto record = sector->record;
    message_of(record, kind) = SentMessage{out.row.uuid, {}, 0};
    if (kind == MessageKind::pre_commit) {
      record.expiration = verdict.expiration;
      record.pre_commit_deposit = verdict.value;
    }
    change.records.push_back(std::move(record));
    out.row.sectors.push_back(sector->record.number);
  }
  change.rows.push_back(out.row);
  TRY_IN("storing a message before it is sent", book_.apply(change));
  result.sectors = out.row.sectors;
  const auto uuid = out.row.uuid;
  {
    std::lock_guard view(view_);
    for (auto& record : change.records) sectors_.at(record.number).record = record;
    outgoing_[uuid] = std::move(out);
  }
  tend(outgoing_.at(uuid));
  if (auto there = outgoing_.find(uuid); there != outgoing_.end()) {
    result.message = there->second.row.cid;
    if (!result.message && !together) result.error = there->second.reason;
  } else {
    for (auto number : result.sectors) result.failed[number] = sectors_.at(number).record.last_error;
  }
  return result;
}

}  // namespace nelumbo::sealing
