#include "rpc/routed_messages.hpp"

#include <algorithm>

#include "rpc/methods.hpp"

namespace nelumbo::rpc {

Result<SignedMessage> RoutedMessages::push(const Message& message, const MessageSendSpec& spec) const {
  if (route_) {
    if (auto sent = TRY(route_->push(message, spec))) return *std::move(sent);
  }
  return client_->call(full::MpoolPushMessage, message, std::optional(spec));
}

Result<bool> RoutedMessages::can_send_from(const Address& account) const {
  if (route_ && TRY(route_->has_key(account))) return true;
  return client_->call(full::WalletHas, TRY(client_->call(full::StateAccountKey, account, TipsetKey())));
}

Result<bool> RoutedMessages::is_pending(const Cid& message) const { return TRY(pending(message)).has_value(); }

Result<std::optional<PendingMessage>> RoutedMessages::pending(const Cid& message) const {
  std::optional<PendingMessage> out;
  if (auto record = TRY(find(message))) {
    if (record->fault.empty()) out = {record->message.message.gas_fee_cap, record->wait};
    return out;
  }
  for (const auto& each : TRY(client_->call(full::MpoolPending, TipsetKey()))) {
    if (each.cid() == message) out = {each.message.gas_fee_cap, ""};
  }
  return out;
}

Result<std::optional<MsgLookup>> RoutedMessages::search(const Cid& message, const TipsetKey& from,
                                                        ChainEpoch look_back) const {
  Cid now = message;
  if (auto record = TRY(find(message))) {
    if (!record->fault.empty()) return fail(ErrorCode::not_found, "message {}: {}", message.str(), record->fault);
    const auto& m = record->message.message;
    if (m.to == m.from && record->cid != message)
      return fail(ErrorCode::not_found, "message {} was cancelled at the message server", message.str());
    now = record->cid;
  }
  return client_->call(full::StateSearchMsg, from, now, look_back, true);
}

Result<std::optional<MessageRecord>> RoutedMessages::find(const Cid& message) const {
  if (!route_) return std::optional<MessageRecord>();
  return route_->find(message);
}

}  // namespace nelumbo::rpc
