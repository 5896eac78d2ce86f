#include "sender_queue.hpp"

namespace nelumbo::pool {

QueueRules queue_rules(Origin origin) {
  switch (origin) {
    case Origin::untrusted:
      return {.max_gap = 0, .max_messages = kMaxUntrustedPerSender};
    case Origin::network:
      return {.max_gap = kMaxNonceGap, .max_messages = kMaxPendingPerSender};
    case Origin::local:
      break;
  }
  return {};
}

Result<> SenderQueue::check(const SignedMessage& signed_message, const QueueRules& rules, Refusal& refusal) const {
  const Message& m = signed_message.message;
  bool any_gap = rules.max_gap == UINT64_MAX;
  if (!any_gap && m.nonce > next_nonce_ && m.nonce - next_nonce_ > rules.max_gap) {
    refusal = Refusal::nonce_gap;
    return fail(ErrorCode::invalid, "nonce {} is too far above the expected nonce {}", m.nonce, next_nonce_);
  }
  auto there = messages_.find(m.nonce);
  if (there == messages_.end()) {
    if (messages_.size() < rules.max_messages) return {};
    refusal = Refusal::too_many;
    return fail(ErrorCode::exhausted, "{} has {} pending messages, the most allowed", m.from.str(), messages_.size());
  }
  if (!any_gap && m.nonce > next_nonce_) {
    refusal = Refusal::nonce_gap;
    return fail(ErrorCode::invalid, "no replacing above a nonce gap: nonce {}, expected nonce {}", m.nonce,
                next_nonce_);
  }
  if (signed_message.cid() == there->second->cid()) {
    refusal = Refusal::known;
    return fail(ErrorCode::exists, "the message from {} with nonce {} is in the pool already", m.from.str(), m.nonce);
  }
  auto least = min_replacement_premium(there->second->message.gas_premium);
  if (m.gas_premium < least) {
    refusal = Refusal::premium_too_low;
    return fail(ErrorCode::exists,
                "a message from {} with nonce {} is in the pool; to replace it raise the premium from {} to {}",
                m.from.str(), m.nonce, m.gas_premium.str(), least.str());
  }
  return {};
}

MessagePtr SenderQueue::put(MessagePtr message) {
  auto& slot = messages_[message->message.nonce];
  if (slot) required_funds_ -= slot->message.required_funds();
  required_funds_ += message->message.required_funds();
  std::swap(slot, message);
  skip_filled();
  return message;
}

MessagePtr SenderQueue::remove(uint64_t nonce, bool applied) {
  MessagePtr gone;
  if (auto there = messages_.find(nonce); there != messages_.end()) {
    gone = std::move(there->second);
    messages_.erase(there);
    required_funds_ -= gone->message.required_funds();
  }
  if (applied) {
    if (nonce >= next_nonce_) next_nonce_ = nonce + 1;
    skip_filled();
  } else if (gone && nonce < next_nonce_) {
    next_nonce_ = nonce;
  }
  return gone;
}

TokenAmount SenderQueue::required_funds(uint64_t except) const {
  auto there = messages_.find(except);
  return there == messages_.end() ? required_funds_
                                  : TokenAmount(required_funds_ - there->second->message.required_funds());
}

void SenderQueue::skip_filled() {
  for (auto at = messages_.find(next_nonce_); at != messages_.end() && at->first == next_nonce_; ++at) ++next_nonce_;
}

}  // namespace nelumbo::pool
