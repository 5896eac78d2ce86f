#include "replacer.hpp"

#include "base/log.hpp"
#include "fees.hpp"
#include "pool/config.hpp"

namespace nelumbo::messager {

namespace {

/// What a node would give the message now under the ceiling; what is zero is estimated.
Result<Message> estimate(Core& core, const Message& message, const TokenAmount& ceiling) {
  rpc::MessageSendSpec spec;
  spec.max_fee = ceiling;
  return core.nodes.ask([&](ChainNode& node) { return node.estimate(message, spec); });
}

Result<MessageRow> store(Core& core, const MessageRow& row, Message message, const std::string& kind) {
  auto out = TRY(core.book->replace(row, std::move(message), kind));
  const auto& now = out.message.message;
  log_info("messager", "message {} of {} is replaced: {} by {}, premium {} by {}, fee cap {} by {}", row.nonce,
           row.address.str(), row.cid.str(), out.cid.str(), row.message.message.gas_premium.str(),
           now.gas_premium.str(), row.message.message.gas_fee_cap.str(), now.gas_fee_cap.str());
  ++core.counters.replaced;
  core.committed.replaced(row.address, now);
  core.resend(row.address, row.nonce);
  return out;
}

}  // namespace

Result<> Replacer::round() {
  auto head = core_.nodes.head();
  if (!head || core_.config.fees.replace_after <= 0) return {};
  for (const auto& pending : TRY(core_.book->pending_summary())) TRY(look_at(pending, head));
  return {};
}

Result<> Replacer::look_at(const PendingSummary& pending, const TipsetPtr& head) {
  auto facts = core_.senders.newest(pending.address);
  auto rows = TRY(core_.book->pending(pending.address, pending.lowest_nonce, 1));
  if (!facts || rows.empty() || facts->chain_nonce != rows.front().nonce) {
    core_.set_fee_note(pending.address, std::nullopt);
    return {};
  }
  const auto& row = rows.front();
  auto& seen = seen_[row.address];
  if (seen.cid != row.cid) {
    // When a replacement was signed is not known in epochs: counting begins where it is first seen.
    seen = {row.cid, row.replaced == 0 && row.gr_epoch > 0 ? row.gr_epoch : head->height()};
  }
  if (head->height() - seen.since <= core_.config.fees.replace_after) return {};
  return replace(row, head);
}

Result<> Replacer::replace(const MessageRow& row, const TipsetPtr& head) {
  auto note = [&](std::string text) {
    core_.set_fee_note(row.address, Core::FeeNote{row.nonce, std::move(text)});
    return Result<>();
  };
  const Message& old = row.message.message;
  const auto ceiling = fee_ceiling(core_.config.fees, row.kind, row.max_fee);
  Message open = old;
  open.gas_premium = open.gas_fee_cap = 0;
  auto estimated = estimate(core_, open, ceiling);
  if (!estimated) return note("its fee cannot be estimated anew: " + estimated.error().message);
  const auto& base_fee = head->parent_base_fee();
  if (!fee_too_low(old, base_fee, estimated->gas_premium)) {
    core_.set_fee_note(row.address, std::nullopt);
    return {};
  }
  if (row.replaced >= core_.config.fees.max_replaces) {
    return note(fmt::format("it was replaced {} times, the most that is done by itself", row.replaced));
  }
  auto dearer = raise_fee(old, *estimated, base_fee, ceiling);
  if (!dearer) return note(dearer.error().message);
  auto stored = store(core_, row, *std::move(dearer), row.kind);
  // Another server, or the chain, was quicker.
  if (!stored && stored.error().code == ErrorCode::unavailable) return std::unexpected(std::move(stored).error());
  core_.set_fee_note(row.address, std::nullopt);
  return {};
}

Result<MessageRow> replace_on_demand(Core& core, const MessageRow& row, Message message, const std::string& kind,
                                     const rpc::MessageReplaceSpec& spec) {
  if (row.epoch != 0) {
    return fail(ErrorCode::invalid, "message {} of {} is on chain at epoch {}", row.nonce, row.address.str(),
                row.epoch);
  }
  const Message& old = row.message.message;
  const auto ceiling = fee_ceiling(core.config.fees, kind, spec.max_fee > 0 ? spec.max_fee : row.max_fee);
  const auto least = pool::min_replacement_premium(old.gas_premium);
  if (spec.gas_premium > 0 && spec.gas_premium < least) {
    return fail(ErrorCode::invalid, "a premium of {} does not replace one of {}: pools ask for {} at least",
                spec.gas_premium.str(), old.gas_premium.str(), least.str());
  }
  if (spec.gas_limit > 0) message.gas_limit = spec.gas_limit;
  message.gas_premium = spec.gas_premium;
  message.gas_fee_cap = spec.gas_fee_cap;
  const bool complete = message.gas_limit > 0 && spec.gas_premium > 0 && spec.gas_fee_cap > 0;
  auto estimated = message;
  if (!complete) estimated = TRY(estimate(core, message, ceiling));
  message.gas_limit = estimated.gas_limit;
  // The old fees are what has to be topped.
  message.gas_premium = old.gas_premium;
  message.gas_fee_cap = old.gas_fee_cap;
  auto head = core.nodes.head();
  auto dearer = TRY(raise_fee(message, estimated, head ? head->parent_base_fee() : TokenAmount(0), ceiling));
  if (spec.gas_premium > 0) dearer.gas_premium = spec.gas_premium;
  if (spec.gas_fee_cap > 0) dearer.gas_fee_cap = spec.gas_fee_cap;
  if (dearer.gas_fee_cap < dearer.gas_premium) {
    return fail(ErrorCode::invalid, "the fee cap {} is below the premium {}", dearer.gas_fee_cap.str(),
                dearer.gas_premium.str());
  }
  if (dearer.gas_fee_cap * dearer.gas_limit > ceiling) {
    return fail(ErrorCode::exhausted, "fee ceiling {} reached; replacing so needs {}", fil_string(ceiling),
                fil_string(dearer.gas_fee_cap * dearer.gas_limit));
  }
  return store(core, row, std::move(dearer), kind);
}

}  // namespace nelumbo::messager
