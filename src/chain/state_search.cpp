// Finding messages on the chain.

#include "base/log.hpp"
#include "state_manager_state.hpp"

namespace nelumbo::chain {

namespace {

/// True when only gas values differ, so that one message can stand in for the other.
bool same_call(const Message& a, const Message& b) {
  Message left = a, right = b;
  for (Message* each : {&left, &right}) {
    each->gas_limit = 0;
    each->gas_fee_cap = 0;
    each->gas_premium = 0;
  }
  return left == right;
}

}  // namespace

Result<std::optional<MessageLookup>> StateManager::executed_in(const TipsetPtr& tipset, const ChainMessage& message,
                                                               bool allow_replaced) {
  if (tipset->height() == 0) return std::optional<MessageLookup>();
  auto parent = TRY(store().parent(*tipset));
  auto messages = TRY(store().messages_of(*parent));
  for (size_t i = messages.size(); i-- > 0;) {
    const auto& each = messages[i];
    if (each.message.from != message.message.from) continue;
    if (each.message.nonce < message.message.nonce) break;
    if (each.message.nonce != message.message.nonce) continue;
    if (each.cid != message.cid) {
      const bool replacement = same_call(each.message, message.message);
      if (!replacement || !allow_replaced) {
        return fail(ErrorCode::exists, "message {} was replaced by {}, which took its nonce {}{}", message.cid.str(),
                    each.cid.str(), each.message.nonce, replacement ? "" : " for another call");
      }
    }
    auto receipt = TRY(store().receipt(tipset->parent_receipts(), i));
    return std::optional(MessageLookup{each.cid, std::move(receipt), tipset});
  }
  return std::optional<MessageLookup>();
}

namespace {

/// Through the index of included messages: quick when the message itself (no replacement) is on the canonical chain.
Result<std::optional<MessageLookup>> find_indexed(StateManager& states, const TipsetPtr& from,
                                                  const ChainMessage& message) {
  auto epoch = TRY(states.store().inclusion_epoch(message.cid));
  if (!epoch || *epoch >= from->height()) return std::optional<MessageLookup>();
  auto after = TRY(states.store().tipset_at(*epoch + 1, from, ChainStore::OnNull::next));
  return states.executed_in(after, message, false);
}

}  // namespace

Result<std::optional<MessageLookup>> StateManager::find_message(const TipsetPtr& from, const Cid& cid,
                                                                std::optional<ChainEpoch> limit, bool allow_replaced) {
  auto message = TRY(store().message(cid));
  if (auto found = TRY(executed_in(from, message, allow_replaced))) return found;
  auto indexed = find_indexed(*this, from, message);
  if (indexed && *indexed) {
    if (limit && (*indexed)->tipset->height() + *limit < from->height()) return std::optional<MessageLookup>();
    return indexed;
  }

  // Step back while the sender's nonce says that the message may have been executed there.
  auto id = TRY(TRY(parent_state(*from)).lookup_id(message.message.from));
  if (!id) return std::optional<MessageLookup>();
  const Address sender = Address::from_id(*id);
  TipsetPtr current = from;
  auto sender_now = TRY(actor(sender, *current));
  while (current->height() > 0 && (!limit || current->height() > from->height() - *limit)) {
    if (!sender_now || sender_now->nonce == 0 || sender_now->nonce < message.message.nonce) break;
    auto parent = TRY(store().parent(*current));
    auto sender_before = TRY(actor(sender, *parent));
    if (!sender_before ||
        (sender_now->nonce > message.message.nonce && sender_before->nonce <= message.message.nonce)) {
      if (auto found = TRY(executed_in(current, message, allow_replaced))) return found;
    }
    current = std::move(parent);
    sender_now = std::move(sender_before);
  }
  return std::optional<MessageLookup>();
}

}  // namespace nelumbo::chain
