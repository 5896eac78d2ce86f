// What a message must meet before it enters the pool.

#include "pool_state.hpp"

namespace nelumbo::pool {

namespace {

/// A fee cap this many times below the base fee cannot be met within 20 epochs, however the base fee falls.
constexpr uint64_t kHopelessFactor = 100;

template <class... Args>
std::unexpected<Error> refuse(Refusal& refusal, Refusal kind, ErrorCode code, fmt::format_string<Args...> format,
                              Args&&... args) {
  refusal = kind;
  return fail(code, format, std::forward<Args>(args)...);
}

}  // namespace

TokenAmount base_fee_lower_bound(const TokenAmount& base_fee, uint64_t factor) {
  return std::max<TokenAmount>(base_fee / factor, kMinimumBaseFee);
}

Result<> MessagePool::State::check_alone(const SignedMessage& message, Refusal& refusal) {
  const Message& m = message.message;
  size_t size = to_cbor(message).size();
  if (size > kMaxMessageSize) {
    return refuse(refusal, Refusal::too_big, ErrorCode::exhausted, "message of {} bytes; at most {} are allowed", size,
                  kMaxMessageSize);
  }
  ChainEpoch epoch = 0;
  {
    std::lock_guard lock(mutex);
    epoch = head->height();
  }
  if (auto valid = check_message(m, 0, source->network_version(epoch)); !valid) {
    refusal = Refusal::invalid;
    return in_context(std::move(valid), "message not valid for a block");
  }
  if (m.gas_fee_cap < kMinimumBaseFee) {
    return refuse(refusal, Refusal::fee_cap_too_low, ErrorCode::invalid,
                  "gas fee cap {} is below the smallest base fee, {}", m.gas_fee_cap.str(), kMinimumBaseFee);
  }
  return check_signature(message, refusal);
}

Result<> MessagePool::State::check_signature(const SignedMessage& message, Refusal& refusal) {
  Cid whole = Cid::of(to_cbor(message));
  {
    std::lock_guard lock(mutex);
    if (checked_signatures.get(whole)) return {};
  }
  if (message.message.from.is_id()) {
    return refuse(refusal, Refusal::invalid, ErrorCode::invalid, "the sender {} must be a key address, not an ID",
                  message.message.from.str());
  }
  if (auto good = verify_message(message, message.message.from, source->eth_chain_id()); !good) {
    refusal = Refusal::invalid;
    return in_context(std::move(good), "signature of the message");
  }
  std::lock_guard lock(mutex);
  checked_signatures.put(whole, true);
  return {};
}

Result<Address> MessagePool::State::key_address_locked(const Address& address) {
  if (!address.is_id()) return address;
  if (auto known = key_addresses.get(address)) return *known;
  auto key = TRY(source->key_address(address, *head));
  key_addresses.put(address, key);
  return key;
}

Result<uint64_t> MessagePool::State::state_nonce_locked(const Address& key) {
  if (auto known = nonces_at_head.find(key); known != nonces_at_head.end()) return known->second;
  auto actor = TRY(source->actor_before(key, *head));
  uint64_t nonce = actor ? actor->nonce : 0;
  for (const auto& message : TRY(source->tipset_messages(*head))) {
    auto sender = key_address_locked(message.from);
    if (sender && *sender == key) nonce = std::max(nonce, message.nonce + 1);
  }
  nonces_at_head[key] = nonce;
  return nonce;
}

Result<bool> MessagePool::State::check_state_locked(const SignedMessage& message, Origin origin, Refusal& refusal) {
  const Message& m = message.message;
  // Until something definite is found, what stands in the way is this node's view.
  refusal = Refusal::soft;
  uint64_t nonce = TRY_IN("looking up the sender's nonce", state_nonce_locked(m.from));
  if (m.nonce < nonce) {
    return refuse(refusal, Refusal::nonce_too_low, ErrorCode::invalid, "nonce {} is too low; the next of {} is {}",
                  m.nonce, m.from.str(), nonce);
  }
  auto sender = TRY_IN("looking up the sender", source->actor_after(m.from, *head));
  if (!sender) return fail(ErrorCode::not_found, "the sender {} is not on chain", m.from.str());
  ChainEpoch epoch = head->height() + 1;
  if (!TRY(source->may_send(*sender, epoch))) {
    return refuse(refusal, Refusal::invalid, ErrorCode::invalid, "the actor {} may not send messages", m.from.str());
  }
  int64_t least_gas = source->inclusion_gas(epoch, message.chain_length());
  if (auto valid = check_message(m, least_gas, source->network_version(epoch)); !valid) {
    refusal = Refusal::invalid;
    return std::unexpected(std::move(valid).error().in("message not valid for a block"));
  }
  TRY(check_funds_locked(m, *sender, refusal));

  auto bound = base_fee_lower_bound(head->parent_base_fee(), kHopelessFactor);
  if (m.gas_fee_cap >= bound) return origin != Origin::network;
  if (origin != Origin::network) return false;
  return fail(ErrorCode::invalid, "gas fee cap {} cannot be included within 20 epochs; the base fee allows {} at best",
              m.gas_fee_cap.str(), bound.str());
}

Result<> MessagePool::State::check_funds_locked(const Message& m, const Actor& sender, Refusal& refusal) {
  TokenAmount required = m.required_funds();
  if (sender.balance < required) {
    return refuse(refusal, Refusal::not_enough_funds, ErrorCode::invalid,
                  "not enough funds: the message may cost {}, {} has {}", fil_string(required), m.from.str(),
                  fil_string(sender.balance));
  }
  if (auto queue = queues.find(m.from); queue != queues.end()) required += queue->second.required_funds(m.nonce);
  if (sender.balance < required) {
    return refuse(refusal, Refusal::soft, ErrorCode::invalid,
                  "not enough funds with the pending messages: all together may cost {}, {} has {}",
                  fil_string(required), m.from.str(), fil_string(sender.balance));
  }
  return {};
}

}  // namespace nelumbo::pool
