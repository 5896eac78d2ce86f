// A message for sectors: sent until it is known to be, then followed until it counts.
#include "base/log.hpp"
#include "machine.hpp"

namespace nelumbo::sealing {

namespace {

using namespace std::chrono_literals;

/// Nodes say it in words only.
bool lacks_funds(const Error& error) {
  return error.message.find("not enough funds") != std::string::npos ||
         error.message.find("insufficient funds") != std::string::npos ||
         error.message.find("less than needed") != std::string::npos;
}

/// The exit codes that messages of sectors end with (go-state-types exitcode).
std::string exit_text(ExitCode code) {
  switch (code) {
    case 5:
      return "5 (SysErrInvalidReceiver)";
    case 6:
      return "6 (SysErrInsufficientFunds)";
    case 7:
      return "7 (SysErrOutOfGas)";
    case 16:
      return "16 (ErrIllegalArgument)";
    case 17:
      return "17 (ErrNotFound)";
    case 18:
      return "18 (ErrForbidden)";
    case 19:
      return "19 (ErrInsufficientFunds)";
    case 20:
      return "20 (ErrIllegalState)";
    default:
      return std::to_string(code);
  }
}

}  // namespace

const Outgoing* Machine::outgoing_with(SectorNumber number) const {
  const auto& r = sectors_.at(number).record;
  for (auto kind : {MessageKind::pre_commit, MessageKind::commit, MessageKind::update, MessageKind::terminate}) {
    const auto& message = message_of(r, kind);
    if (!message) continue;
    auto there = outgoing_.find(message->uuid);
    if (there != outgoing_.end() && there->second.row.done_at == 0) return &there->second;
  }
  return nullptr;
}

void Machine::tend(Outgoing& out) {
  auto say = [this, uuid = out.row.uuid](std::string reason) {
    std::lock_guard view(view_);
    if (auto there = outgoing_.find(uuid); there != outgoing_.end()) there->second.reason = std::move(reason);
  };
  if (auto wait = no_chain()) return say(std::move(wait->reason));
  if (out.row.done_at > 0) return forget_final(out);
  if (out.row.cid) {
    if (out.seen_head == head_count_) return;
    out.seen_head = head_count_;
    if (auto followed = follow(out); !followed) say(followed.error().message);
    return;
  }
  if (out.aggregating || out.due > parts_.clock->now()) return;
  if (out.row.aggregate && out.row.message.params.empty()) return aggregate(out);
  const auto uuid = out.row.uuid;
  auto result = send(out);
  auto there = outgoing_.find(uuid);
  if (result || there == outgoing_.end()) return;
  ++there->second.attempts;
  there->second.due = parts_.clock->now() + back_off(there->second.attempts, 5s, 2min);
  say("the message is not sent yet: " + result.error().message);
}

void Machine::aggregate(Outgoing& out) {
  std::vector<AggregateSector> sectors;
  SealProof proof{};
  for (auto number : out.row.sectors) {
    const auto& r = sectors_.at(number).record;
    if (!r.sealed_cid || !r.unsealed_cid || !r.ticket || !r.seed) {
      (void)refuse(out, fmt::format("sector {} lacks what its proof is about", number));
      return;
    }
    proof = r.proof;
    sectors.push_back({number, *r.sealed_cid, *r.unsealed_cid, *r.ticket, *r.seed, r.proof_bytes});
  }
  {
    std::lock_guard view(view_);
    out.aggregating = true;
    out.reason = fmt::format("{} proofs are being aggregated", sectors.size());
  }
  aside_([inbox = inbox_, aggregator = parts_.aggregator, miner = miner_id(), proof, uuid = out.row.uuid,
          sectors = std::move(sectors)] {
    auto made = aggregator->aggregate(miner, proof, sectors);
    inbox->post([=](Machine& machine) { machine.aggregated(uuid, made); });
  });
}

void Machine::aggregated(const std::string& uuid, Result<Bytes> proof) {
  auto there = outgoing_.find(uuid);
  if (there == outgoing_.end()) return;
  auto& out = there->second;
  {
    std::lock_guard view(view_);
    out.aggregating = false;
  }
  // Each proof is good by itself: they go out singly.
  if (!proof) {
    (void)refuse(out, "aggregating the proofs failed: " + proof.error().message);
    return;
  }
  auto row = out.row;
  auto params = aggregate_params(row, *std::move(proof));
  if (!params) {
    (void)refuse(out, params.error().message);
    return;
  }
  row.message.params = *std::move(params);
  Book::Change change;
  change.rows.push_back(row);
  auto stored = book_.apply(change);
  std::lock_guard view(view_);
  if (stored) {
    out.row = std::move(row);
  } else {
    out.reason = "the aggregated proof cannot be stored: " + stored.error().message;
  }
  out.due = stored ? TimePoint{} : parts_.clock->now() + 15s;
}

/// Asked again with the same id it is the same message.
Result<SignedMessage> Machine::push(const OutgoingRow& row) {
  rpc::MessageSendSpec spec;
  spec.max_fee = row.max_fee;
  spec.msg_uuid = row.uuid;
  return parts_.chain->push_message(row.message, spec);
}

Result<> Machine::send(Outgoing& out) {
  auto pushed = push(out.row);
  if (pushed) return sent(out, *pushed);
  const auto code = pushed.error().code;
  // Whether it was sent is not known.
  if (code == ErrorCode::unavailable || code == ErrorCode::cancelled || code == ErrorCode::permission)
    return std::unexpected(std::move(pushed).error());
  if (lacks_funds(pushed.error())) return refuse(out, pushed.error().message, true);
  return refuse(out, "the node refuses the message: " + pushed.error().message);
}

Result<> Machine::sent(Outgoing& out, const SignedMessage& message) {
  auto row = out.row;
  row.cid = message.cid();
  row.sent_at = head_->height();
  SentMessage known{row.uuid, row.cid, row.sent_at};
  std::vector<Moved> moves;
  for (auto number : row.sectors) {
    auto& sector = sectors_.at(number);
    const auto& of = message_of(sector.record, row.kind);
    if (!of || of->uuid != row.uuid || !next_state(sector.record.state, Event::message_sent)) continue;
    moves.push_back({&sector, {Event::message_sent, row.cid->str(), [known, kind = row.kind](SectorRecord& r) {
                                 message_of(r, kind) = known;
                               }}});
  }
  Book::Change change;
  change.rows.push_back(row);
  TRY(move(std::move(moves), std::move(change)));
  log_info("sealing", "sent the {} of {} sectors at epoch {}: {}", kind_name(row.kind), row.sectors.size(), row.sent_at,
           row.cid->str());
  std::lock_guard view(view_);
  out.row = std::move(row);
  out.reason = fmt::format("message {} pending since epoch {}", out.row.cid->str(), out.row.sent_at);
  out.seen_head = head_count_;
  return {};
}

std::string Machine::pending_text(const SentMessage& message, const rpc::PendingMessage& pending) const {
  auto out = fmt::format("message {} pending since epoch {}", message.cid->str(), message.sent_at);
  if (!pending.wait.empty()) return out + ": " + pending.wait;
  const auto& base_fee = head_->parent_base_fee();
  if (pending.fee_cap >= base_fee) return out;
  return out + fmt::format(": its fee cap of {} is below the base fee of {}", fil_short(pending.fee_cap),
                           fil_short(base_fee));
}

Result<> Machine::follow(Outgoing& out) {
  const auto cid = *out.row.cid;
  auto found = parts_.chain->search_message(cid, head_->key(), out.row.sent_at);
  if (!found && found.error().code == ErrorCode::not_found) return refuse(out, found.error().message);
  auto lookup = TRY(std::move(found));
  auto say = [&](std::string reason) {
    out.gone_since.reset();
    std::lock_guard view(view_);
    out.reason = std::move(reason);
  };
  out.executed = lookup.has_value();
  if (lookup) {
    const auto left = config_.message_confidence - (head_->height() - lookup->height);
    if (left <= 0) return executed(out, *lookup);
    say(fmt::format("message {} is in epoch {}, {} more epochs until it counts", cid.str(), lookup->height, left));
    return {};
  }
  if (auto pending = TRY(parts_.chain->pending(cid))) {
    say(pending_text({out.row.uuid, cid, out.row.sent_at}, *pending));
    return {};
  }
  return gone(out);
}

Result<> Machine::gone(Outgoing& out) {
  if (!out.gone_since) out.gone_since = head_->height();
  {
    std::lock_guard view(view_);
    out.reason = fmt::format("message {} is neither on the chain nor in a pool since epoch {}", out.row.cid->str(),
                             *out.gone_since);
  }
  // It may just be on its way from one to the other.
  if (head_->height() - *out.gone_since < config_.message_confidence) return {};
  if (TRY(shows_on_chain(out.row))) {
    rpc::MsgLookup lookup;
    lookup.height = head_->height();
    return executed(out, lookup);
  }
  out.gone_since.reset();
  auto pushed = push(out.row);
  if (!pushed && pushed.error().code == ErrorCode::unavailable) return std::unexpected(std::move(pushed).error());
  if (!pushed) return refuse(out, "the message is gone, and the node refuses it now: " + pushed.error().message);
  log_warn("sealing", "message {} was lost: sending it again", out.row.cid->str());
  auto back = parts_.chain->put_back(*pushed);
  if (!back && back.error().code == ErrorCode::invalid)
    return refuse(out,
                  fmt::format("message {} cannot be executed any more: {}", out.row.cid->str(), back.error().message));
  TRY(std::move(back));
  if (pushed->cid() == *out.row.cid) return {};
  return sent(out, *pushed);  // the node had forgotten the id
}

Result<> Machine::refuse(Outgoing& out, const std::string& why, bool back_to_group) {
  std::vector<Moved> moves;
  Book::Change change;
  change.ended.push_back(out.row.uuid);
  for (auto number : out.row.sectors) {
    auto& sector = sectors_.at(number);
    const auto& of = message_of(sector.record, out.row.kind);
    if (!of || of->uuid != out.row.uuid) continue;
    if (back_to_group) {
      auto record = sector.record;
      message_of(record, out.row.kind).reset();
      change.records.push_back(std::move(record));
    } else if (next_state(sector.record.state, Event::message_refused)) {
      moves.push_back({&sector, {Event::message_refused, why, {}}});
    }
  }
  auto back = change.records;
  TRY(move(std::move(moves), std::move(change)));
  const auto uuid = out.row.uuid;
  std::lock_guard view(view_);
  for (auto& record : back) sectors_.at(record.number).record = std::move(record);
  if (back_to_group) {
    for (auto group : kGroups) {
      if (message_kind(group) != out.row.kind) continue;
      group_retry_[group] = parts_.clock->now() + 1min;
      group_reason_[group] = why;
    }
  }
  outgoing_.erase(uuid);
  return {};
}

Result<> Machine::executed(Outgoing& out, const rpc::MsgLookup& lookup) {
  const auto cid = out.row.cid->str();
  if (lookup.receipt.exit_code != 0) {
    return refuse(out, fmt::format("message {} failed in epoch {} with exit code {}", cid, lookup.height,
                                   exit_text(lookup.receipt.exit_code)));
  }
  std::vector<Moved> moves;
  for (auto number : out.row.sectors) {
    auto& sector = sectors_.at(number);
    const auto& of = message_of(sector.record, out.row.kind);
    if (!of || of->uuid != out.row.uuid || !next_state(sector.record.state, Event::message_landed)) continue;
    auto how = TRY(landed(sector.record, out.row.kind, lookup.height, cid));
    moves.push_back({&sector, std::move(how)});
  }
  auto row = out.row;
  row.done_at = lookup.height;
  Book::Change change;
  change.rows.push_back(row);
  TRY(move(std::move(moves), std::move(change)));
  std::lock_guard view(view_);
  out.row = std::move(row);
  out.executed = true;
  return {};
}

/// From finality on a message cannot be taken back.
void Machine::forget_final(Outgoing& out) {
  if (head_->height() - out.row.done_at <= kChainFinality) return;
  Book::Change change;
  change.ended.push_back(out.row.uuid);
  if (!book_.apply(change)) return;  // at the next head
  const auto uuid = out.row.uuid;
  std::lock_guard view(view_);
  outgoing_.erase(uuid);
}

/// A message that had been executed and is neither on the chain nor in a pool any more goes out again, the same one.
Result<bool> Machine::revive(const std::string& uuid) {
  auto there = outgoing_.find(uuid);
  if (there == outgoing_.end() || there->second.row.done_at == 0) return false;
  auto row = there->second.row;
  row.done_at = 0;
  Book::Change change;
  change.rows.push_back(row);
  TRY(book_.apply(change));
  std::lock_guard view(view_);
  there->second.row = std::move(row);
  there->second.executed = false;
  there->second.gone_since.reset();
  return true;
}

Result<Move> Machine::landed(const SectorRecord& r, MessageKind kind, ChainEpoch height, const std::string& cid) {
  const auto& at = head_->key();
  auto text = fmt::format("message {} in epoch {}", cid, height);
  auto missing = [&](std::string_view what) {
    return Move{Event::message_refused, fmt::format("{} was executed, but {}", text, what), {}};
  };
  if (kind == MessageKind::pre_commit) {
    auto there = TRY(parts_.chain->pre_commit_info(config_.miner, r.number, at));
    if (!there) return missing("the sector is not pre-committed");
    return Move{Event::message_landed, text, [there](SectorRecord& record) {
                  record.pre_commit_epoch = there->pre_commit_epoch;
                  record.pre_commit_deposit = there->pre_commit_deposit;
                }};
  }
  if (kind == MessageKind::terminate)
    return Move{Event::message_landed, text, [=](SectorRecord& record) { record.terminated_at = height; }};
  auto info = TRY(parts_.chain->sector_info(config_.miner, r.number, at));
  if (!info) return missing("the chain does not have the sector");
  if (kind == MessageKind::update) {
    if (!r.update_sealed_cid || info->sealed_cid != *r.update_sealed_cid)
      return missing("the sector has another sealed CID");
    return Move{Event::message_landed, text, [=](SectorRecord& record) { record.updated_at = height; }};
  }
  return Move{Event::message_landed, text, {}};
}

Result<bool> Machine::shows_on_chain(const OutgoingRow& row) {
  for (auto number : row.sectors) {
    const auto& r = sectors_.at(number).record;
    if (row.kind == MessageKind::terminate) return false;  // the live set says it when it is sent again
    auto info = TRY(parts_.chain->sector_info(config_.miner, number, head_->key()));
    if (row.kind == MessageKind::pre_commit) {
      if (!info && !TRY(parts_.chain->pre_commit_info(config_.miner, number, head_->key()))) return false;
    } else if (!info || (row.kind == MessageKind::update && info->sealed_cid != r.update_sealed_cid)) {
      return false;
    }
  }
  return true;
}

Result<Machine::Known> Machine::fate_of(const std::optional<SentMessage>& message) {
  if (!message || !message->cid) return Known{Fate::none, ""};
  const auto cid = message->cid->str();
  auto found = parts_.chain->search_message(*message->cid, head_->key(), message->sent_at);
  if (!found && found.error().code == ErrorCode::not_found) return Known{Fate::gone, found.error().message};
  auto lookup = TRY(std::move(found));
  if (lookup && head_->height() - lookup->height < config_.message_confidence)
    return Known{Fate::pending, fmt::format("message {} is in epoch {}, which may still change", cid, lookup->height)};
  if (lookup) return Known{lookup->receipt.exit_code == 0 ? Fate::landed : Fate::failed, ""};
  if (auto pending = TRY(parts_.chain->pending(*message->cid)))
    return Known{Fate::pending, pending_text(*message, *pending)};
  auto open = outgoing_.find(message->uuid);
  if (TRY(revive(message->uuid)) || (open != outgoing_.end() && open->second.row.done_at == 0))
    return Known{Fate::pending, fmt::format("message {} was taken off the chain and goes out again", cid)};
  return Known{Fate::gone, ""};
}

}  // namespace nelumbo::sealing
