#include "pool/message_pool.hpp"

#include "base/log.hpp"
#include "pool_state.hpp"

namespace nelumbo::pool {

Result<std::shared_ptr<MessagePool>> MessagePool::open(std::shared_ptr<ChainSource> source,
                                                       std::shared_ptr<KvStore> store, Publish publish,
                                                       std::shared_ptr<Clock> clock) {
  auto state = std::make_shared<State>();
  state->source = std::move(source);
  state->store = std::move(store);
  state->publish = std::move(publish);
  state->clock = std::move(clock);
  std::lock_guard lock(state->mutex);
  state->head = state->source->head();
  if (!state->head) return fail(ErrorCode::unavailable, "the message pool needs a chain with a head");
  state->config = TRY(state->load_config());
  TRY_IN("loading own messages", state->load_local_locked());
  return std::shared_ptr<MessagePool>(new MessagePool(state));
}

MessagePool::MessagePool(std::shared_ptr<State> state) : state_(std::move(state)) {}
MessagePool::~MessagePool() = default;

Result<Cid> MessagePool::push(const SignedMessage& message, Origin origin, bool publish, Refusal* refusal) {
  Refusal why = Refusal::none;
  auto result = state_->push(message, origin, publish, why);
  if (refusal) *refusal = result ? Refusal::none : why;
  return result;
}

Result<> MessagePool::add(const SignedMessage& message, Refusal* refusal) {
  TRY(push(message, Origin::network, false, refusal));
  return {};
}

Result<Cid> MessagePool::State::push(const SignedMessage& message, Origin origin, bool publish_it, Refusal& refusal) {
  TRY(check_alone(message, refusal));
  TipsetPtr seen;
  {
    std::lock_guard lock(mutex);
    seen = head;
  }
  // Executing the head can take seconds: done before the lock, so that it is remembered when asked for again below.
  (void)source->actor_after(message.message.from, *seen);

  bool now = false;
  {
    std::lock_guard lock(mutex);
    now = TRY(check_state_locked(message, origin, refusal));
    auto shared = std::make_shared<const SignedMessage>(message);
    auto rules = queue_rules(origin);
    auto& queue = TRY(queue_locked(message.message.from)).get();
    auto allowed = queue.check(message, rules, refusal);
    if (!allowed) {
      drop_empty_locked(message.message.from);
      return std::unexpected(std::move(allowed).error());
    }
    TRY_IN("storing the message", source->put_message(message));
    if (origin != Origin::network) {
      TRY(keep(message, head->height()));
      local.insert(message.message.from);
    }
    put_locked(queue, shared);
    if (count > config.size_limit_high && clock->now() >= next_prune) TRY(prune_locked());
  }
  refusal = Refusal::none;
  if (now && publish_it && publish) TRY_IN("publishing the message", publish(message));
  return message.cid();
}

Result<std::reference_wrapper<SenderQueue>> MessagePool::State::queue_locked(const Address& key) {
  auto found = queues.find(key);
  if (found == queues.end()) found = queues.emplace(key, SenderQueue(TRY(state_nonce_locked(key)))).first;
  return std::ref(found->second);
}

void MessagePool::State::drop_empty_locked(const Address& key) {
  auto queue = queues.find(key);
  if (queue != queues.end() && queue->second.messages().empty()) queues.erase(queue);
}

Result<> MessagePool::State::insert_locked(MessagePtr message, const QueueRules& rules, Refusal& refusal) {
  auto& queue = TRY(queue_locked(message->message.from)).get();
  auto allowed = queue.check(*message, rules, refusal);
  if (allowed) allowed = source->put_message(*message);
  if (allowed) {
    put_locked(queue, std::move(message));
  } else {
    drop_empty_locked(message->message.from);
  }
  return allowed;
}

void MessagePool::State::put_locked(SenderQueue& queue, MessagePtr message) {
  if (message->signature.type == SignatureType::bls) bls_signatures.put(message->cid(), message->signature);
  by_cid[message->cid()] = message;
  by_cid[message->message.cid()] = message;
  ++count;
  if (auto replaced = queue.put(message)) gone_locked(replaced);
  notify(Update::Kind::add, message);
}

void MessagePool::State::remove_locked(const Address& key, uint64_t nonce, bool applied) {
  auto queue = queues.find(key);
  if (queue == queues.end()) return;
  if (auto gone = queue->second.remove(nonce, applied)) gone_locked(gone);
  drop_empty_locked(key);
}

void MessagePool::State::gone_locked(const MessagePtr& message) {
  --count;
  for (const auto& cid : {message->cid(), message->message.cid()}) {
    auto there = by_cid.find(cid);
    if (there != by_cid.end() && there->second == message) by_cid.erase(there);
  }
  notify(Update::Kind::remove, message);
}

void MessagePool::State::notify(Update::Kind kind, const MessagePtr& message) {
  std::lock_guard lock(subscribers_mutex);
  for (const auto& [id, f] : subscribers) f(Update{kind, message});
}

std::shared_ptr<void> MessagePool::subscribe(std::function<void(const Update&)> f) {
  std::lock_guard lock(state_->subscribers_mutex);
  uint64_t id = state_->next_subscriber++;
  state_->subscribers[id] = std::move(f);
  std::weak_ptr<State> weak = state_;
  return std::shared_ptr<void>(nullptr, [weak, id](void*) {
    auto state = weak.lock();
    if (!state) return;
    std::lock_guard inner(state->subscribers_mutex);
    state->subscribers.erase(id);
  });
}

Result<uint64_t> MessagePool::next_nonce(const Address& sender) const {
  std::lock_guard lock(state_->mutex);
  auto key = TRY(state_->key_address_locked(sender));
  uint64_t nonce = TRY_IN("looking up the nonce", state_->state_nonce_locked(key));
  auto queue = state_->queues.find(key);
  return queue == state_->queues.end() ? nonce : std::max(nonce, queue->second.next_nonce());
}

std::pair<std::vector<MessagePtr>, TipsetPtr> MessagePool::pending() const {
  std::lock_guard lock(state_->mutex);
  std::vector<MessagePtr> out;
  for (const auto& [sender, queue] : state_->queues) {
    for (const auto& [nonce, message] : queue.messages()) out.push_back(message);
  }
  return {std::move(out), state_->head};
}

std::vector<MessagePtr> MessagePool::pending_for(const Address& sender) const {
  std::lock_guard lock(state_->mutex);
  std::vector<MessagePtr> out;
  auto key = state_->key_address_locked(sender);
  if (!key) return out;
  auto queue = state_->queues.find(*key);
  if (queue == state_->queues.end()) return out;
  for (const auto& [nonce, message] : queue->second.messages()) out.push_back(message);
  return out;
}

MessagePtr MessagePool::find(const Cid& cid) const {
  std::lock_guard lock(state_->mutex);
  auto found = state_->by_cid.find(cid);
  return found == state_->by_cid.end() ? nullptr : found->second;
}

size_t MessagePool::size() const {
  std::lock_guard lock(state_->mutex);
  return state_->count;
}

TipsetPtr MessagePool::head() const {
  std::lock_guard lock(state_->mutex);
  return state_->head;
}

Config MessagePool::config() const {
  std::lock_guard lock(state_->mutex);
  return state_->config;
}

Result<> MessagePool::set_config(const Config& config) {
  TRY(check_config(config));
  std::lock_guard lock(state_->mutex);
  TRY(state_->keep_config(config));
  state_->config = config;
  return {};
}

Result<> MessagePool::clear(bool local) {
  std::lock_guard lock(state_->mutex);
  std::vector<MessagePtr> gone, own;
  for (const auto& [sender, queue] : state_->queues) {
    bool is_own = state_->local.contains(sender);
    if (is_own && !local) continue;
    for (const auto& [nonce, message] : queue.messages()) {
      gone.push_back(message);
      if (is_own) own.push_back(message);
    }
  }
  TRY(state_->forget(own));
  for (const auto& message : gone) state_->remove_locked(message->message.from, message->message.nonce, false);
  return {};
}

}  // namespace nelumbo::pool
