#include "pool/sender.hpp"

#include <map>
#include <mutex>

namespace nelumbo::pool {

namespace {

/// What was made for a uuid, or (under a sender's key) the nonce after the last one signed.
Bytes uuid_key(std::string_view uuid) { return to_bytes("u/" + std::string(uuid)); }
Bytes nonce_key(const Address& sender) { return to_bytes("n/" + std::string(as_text(sender.bytes()))); }
/// The uuid and the message that was signed for it and may not have been pushed.
Bytes under_way_key(const Address& sender) { return to_bytes("w/" + std::string(as_text(sender.bytes()))); }

struct UnderWay {
  std::string uuid;
  SignedMessage message;
  static constexpr auto fields = nelumbo::fields(field("Uuid", &UnderWay::uuid), field("Message", &UnderWay::message));
};

/// The pool looked at the message and will not have it: it is not under way anywhere.
bool refused(const Error& error) {
  return error.code == ErrorCode::invalid || error.code == ErrorCode::exhausted || error.code == ErrorCode::unsupported;
}

}  // namespace

struct MessageSender::State {
  SendSteps steps;
  SignMessage sign;
  std::shared_ptr<KvStore> store;
  std::mutex mutex;
  std::map<Address, std::shared_ptr<std::mutex>> senders;

  std::shared_ptr<std::mutex> lock_of(const Address& sender) {
    std::lock_guard lock(mutex);
    auto& out = senders[sender];
    if (!out) out = std::make_shared<std::mutex>();
    return out;
  }

  Result<std::optional<SignedMessage>> made_for(std::string_view uuid) {
    auto stored = TRY(store->get(kSentSpace, uuid_key(uuid)));
    if (!stored) return std::optional<SignedMessage>();
    return TRY_IN("message kept for a uuid", from_cbor<SignedMessage>(*stored));
  }

  /// The pool's next nonce, or the one after what was signed here last when the pool lost those messages and the chain
  /// has not used their nonces: as long as they may still be in other nodes' pools, their nonces are taken.
  Result<uint64_t> next_nonce(const Address& sender) {
    uint64_t nonce = TRY(steps.next_nonce(sender));
    auto stored = TRY(store->get(kSentSpace, nonce_key(sender)));
    if (!stored) return nonce;
    return std::max(nonce, TRY_IN("nonce kept for a sender", from_cbor<uint64_t>(*stored)));
  }

  Result<> write(std::vector<KvStore::Write> writes) {
    return in_context(store->write(writes, true), "keeping what was signed");
  }
  KvStore::Write nonce_after(const Message& message) {
    return {std::string(kSentSpace), nonce_key(message.from), to_cbor(message.nonce + 1)};
  }
  KvStore::Write forget(Bytes key) { return {std::string(kSentSpace), std::move(key), std::nullopt}; }

  /// A message without an id is pushed first: one that a crash cuts off before is nobody's.
  Result<> push_nameless(const SignedMessage& message) {
    TRY(steps.push(message));
    return write({nonce_after(message.message)});
  }

  /// One with an id is on the disk first: asked for again it is the same message, wherever a crash came between.
  Result<> push_named(const UnderWay& made) {
    const Address& sender = made.message.message.from;
    TRY(write({{std::string(kSentSpace), uuid_key(made.uuid), to_cbor(made.message)},
               {std::string(kSentSpace), under_way_key(sender), to_cbor(made)}}));
    return finish(made);
  }

  Result<> finish(const UnderWay& made) {
    const Message& message = made.message.message;
    auto pushed = steps.push(made.message);
    if (!pushed && refused(pushed.error())) {
      TRY(write({forget(uuid_key(made.uuid)), forget(under_way_key(message.from))}));
      return pushed;
    }
    if (!pushed && pushed.error().code != ErrorCode::exists) return pushed;
    return write({nonce_after(message), forget(under_way_key(message.from))});
  }

  /// Ends what a crash or a lost connection interrupted, before anything else of this sender.
  Result<> settle(const Address& sender) {
    auto stored = TRY(store->get(kSentSpace, under_way_key(sender)));
    if (!stored) return {};
    auto made = TRY_IN("message under way", from_cbor<UnderWay>(*stored));
    if (TRY(steps.next_nonce(sender)) > made.message.message.nonce) {
      return write({nonce_after(made.message.message), forget(under_way_key(sender))});
    }
    auto finished = finish(made);
    if (!finished && refused(finished.error())) return {};
    return finished;
  }
};

SendSteps local_steps(std::shared_ptr<ChainSource> source, std::shared_ptr<MessagePool> pool,
                      std::shared_ptr<GasEstimator> estimator) {
  SendSteps steps;
  steps.key_address = [=](const Address& address) { return source->key_address(address, *pool->head()); };
  steps.estimate = [=](const Message& message, const SendLimits& limits) {
    return estimator->message_gas(message, limits);
  };
  steps.balance = [=](const Address& address) -> Result<TokenAmount> {
    auto actor = TRY(source->actor_after(address, *pool->head()));
    return actor ? actor->balance : TokenAmount(0);
  };
  steps.next_nonce = [=](const Address& address) { return pool->next_nonce(address); };
  steps.push = [=](const SignedMessage& message) -> Result<> {
    TRY(pool->push(message));
    return {};
  };
  return steps;
}

MessageSender::MessageSender(SendSteps steps, SignMessage sign, std::shared_ptr<KvStore> store)
    : state_(std::make_unique<State>()) {
  state_->steps = std::move(steps);
  state_->sign = std::move(sign);
  state_->store = std::move(store);
}
MessageSender::~MessageSender() = default;

Result<SignedMessage> MessageSender::push(Message message, const SendLimits& limits, std::string_view uuid) {
  if (message.nonce != 0) {
    return fail(ErrorCode::invalid, "the node chooses the nonce: it must be 0, was {}", message.nonce);
  }
  if (!message.from.defined()) return fail(ErrorCode::invalid, "the message has no From address");
  message.from = TRY_IN("the sender's key", state_->steps.key_address(message.from));

  auto sender_mutex = state_->lock_of(message.from);
  std::lock_guard lock(*sender_mutex);
  TRY_IN("the message before", state_->settle(message.from));
  if (!uuid.empty()) {
    if (auto made = TRY(state_->made_for(uuid))) return *made;
  }
  message = TRY(state_->steps.estimate(message, limits));
  TokenAmount balance = TRY(state_->steps.balance(message.from));
  TokenAmount needed = message.required_funds();
  if (balance < needed) {
    return fail(ErrorCode::invalid, "not enough funds: {} has {}, the message may cost {}", message.from.str(),
                fil_string(balance), fil_string(needed));
  }
  message.nonce = TRY_IN("choosing the nonce", state_->next_nonce(message.from));
  auto signature = TRY_IN("signing the message", state_->sign(message.from, message));
  SignedMessage out{message, std::move(signature)};
  TRY(uuid.empty() ? state_->push_nameless(out) : state_->push_named({std::string(uuid), out}));
  return out;
}

}  // namespace nelumbo::pool
