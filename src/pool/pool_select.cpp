// The pool and the chain: head changes, selection for blocks, pruning and republishing.

#include "base/log.hpp"
#include "pool_state.hpp"

namespace nelumbo::pool {

namespace {

/// A base fee that may be reached within 20 epochs, for messages worth keeping and sending again.
constexpr uint64_t kHopefulFactor = 10;

struct Path {
  std::vector<TipsetPtr> reverted;  ///< newest first
  std::vector<TipsetPtr> applied;   ///< oldest first
};

Result<Path> path_between(ChainSource& source, TipsetPtr from, const Tipset& to) {
  Path path;
  TipsetPtr target = TRY(source.tipset(to.key()));
  while (from->key() != target->key()) {
    if (from->height() > target->height()) {
      path.reverted.push_back(from);
      from = TRY(source.tipset(from->parents()));
    } else {
      path.applied.push_back(target);
      target = TRY(source.tipset(target->parents()));
    }
  }
  std::reverse(path.applied.begin(), path.applied.end());
  return path;
}

}  // namespace

Result<std::vector<MessagePtr>> MessagePool::State::messages_of_locked(const std::vector<BlockHeader>& blocks) {
  std::vector<MessagePtr> out;
  for (const auto& block : blocks) {
    auto messages = TRY_IN("messages of block " + block.cid().str(), source->block_messages(block));
    for (auto& message : messages.secp) out.push_back(std::make_shared<const SignedMessage>(std::move(message)));
    for (auto& message : messages.bls) {
      // The block holds only the aggregate of BLS signatures: the single one is known if the message came through here.
      if (auto signature = bls_signatures.get(message.cid())) {
        out.push_back(std::make_shared<const SignedMessage>(SignedMessage{std::move(message), *signature}));
      }
    }
  }
  return out;
}

Result<std::vector<MessagePtr>> MessagePool::messages_of(const std::vector<BlockHeader>& blocks) const {
  std::lock_guard lock(state_->mutex);
  return state_->messages_of_locked(blocks);
}

Result<> MessagePool::head_change(const std::vector<TipsetPtr>& reverted, const std::vector<TipsetPtr>& applied) {
  std::lock_guard lock(state_->mutex);
  std::map<std::pair<Address, uint64_t>, MessagePtr> back;  // from reverted blocks, not in applied ones
  Result<> result;
  auto note = [&](auto failed, std::string_view what) {
    log_warn("mpool", "{}: {}", what, failed.error().message);
    if (result) result = std::unexpected(std::move(failed).error());
  };
  for (const auto& tipset : reverted) {
    if (auto parent = state_->source->tipset(tipset->parents())) {
      state_->head = *parent;
    } else {
      note(std::move(parent), "parent of a reverted tipset");
    }
    auto messages = state_->messages_of_locked(tipset->blocks());
    if (!messages) {
      note(std::move(messages), "messages of a reverted tipset");
      continue;
    }
    for (auto& message : *messages) back[{message->message.from, message->message.nonce}] = message;
  }
  state_->nonces_at_head.clear();
  auto used = [&](const Address& from, uint64_t nonce) {
    // The sender stands in messages by its key address; by ID only in messages no pool took.
    if (back.erase({from, nonce}) == 0) state_->remove_locked(from, nonce, true);
  };
  for (const auto& tipset : applied) {
    state_->head = tipset;
    for (const auto& block : tipset->blocks()) {
      auto messages = state_->source->block_messages(block);
      if (!messages) {
        note(std::move(messages), "messages of a new block");
        continue;
      }
      for (const auto& message : messages->secp) used(message.message.from, message.message.nonce);
      for (const auto& message : messages->bls) used(message.from, message.nonce);
    }
  }
  state_->nonces_at_head.clear();
  for (const auto& [key, message] : back) {
    Refusal refusal = Refusal::none;
    auto added = state_->insert_locked(message, queue_rules(Origin::local), refusal);
    if (!added && refusal != Refusal::known) {
      log_warn("mpool", "message {} of a reverted block is lost: {}", message->cid().str(), added.error().message);
    }
  }
  return result;
}

Result<std::map<Address, std::vector<MessagePtr>>> MessagePool::State::pending_at_locked(const Tipset& base) {
  std::map<Address, std::map<uint64_t, MessagePtr>> by_nonce;
  for (const auto& [sender, queue] : queues) by_nonce[sender] = queue.messages();
  if (head->key() != base.key()) {
    auto path = TRY_IN("the way from the pool's head to the block's base", path_between(*source, head, base));
    for (const auto& tipset : path.reverted) {
      for (auto& message : TRY(messages_of_locked(tipset->blocks()))) {
        by_nonce[message->message.from][message->message.nonce] = message;
      }
    }
    for (const auto& tipset : path.applied) {
      for (const auto& message : TRY(source->tipset_messages(*tipset))) {
        auto sender = by_nonce.find(message.from);
        if (sender != by_nonce.end()) sender->second.erase(message.nonce);
      }
    }
  }
  std::map<Address, std::vector<MessagePtr>> out;
  for (auto& [sender, messages] : by_nonce) {
    if (messages.empty()) continue;
    auto& list = out[sender];
    for (auto& [nonce, message] : messages) list.push_back(std::move(message));
  }
  return out;
}

Result<std::vector<SenderMessages>> MessagePool::State::with_accounts(
    std::map<Address, std::vector<MessagePtr>> pending, const Tipset& base, const std::set<Address>& priority) {
  std::vector<SenderMessages> out;
  for (auto& [sender, messages] : pending) {
    auto actor = TRY_IN("account of a sender", source->actor_after(sender, base));
    if (!actor) continue;
    out.push_back({sender, actor->nonce, actor->balance, std::move(messages), priority.contains(sender)});
  }
  return out;
}

SelectionRules MessagePool::State::rules_at(const Tipset& base, TokenAmount base_fee) {
  ChainEpoch epoch = base.height() + 1;
  return {.base_fee = std::move(base_fee), .inclusion_gas = [source = source, epoch](const SignedMessage& message) {
            return source->inclusion_gas(epoch, message.chain_length());
          }};
}

std::set<Address> MessagePool::State::priority_locked() {
  std::set<Address> out;
  for (const auto& address : config.priority_addresses) {
    if (auto key = key_address_locked(address)) out.insert(*key);
  }
  return out;
}

Result<std::vector<SignedMessage>> MessagePool::select(const Tipset& base, double ticket_quality) {
  std::map<Address, std::vector<MessagePtr>> pending;
  std::set<Address> priority;
  {
    std::lock_guard lock(state_->mutex);
    if (state_->count > state_->config.size_limit_high) TRY(state_->prune_locked());
    pending = TRY(state_->pending_at_locked(base));
    priority = state_->priority_locked();
  }
  if (pending.empty()) return std::vector<SignedMessage>();
  auto base_fee = TRY_IN("base fee", state_->source->next_base_fee(base));
  auto senders = TRY(state_->with_accounts(std::move(pending), base, priority));
  std::vector<SignedMessage> out;
  for (const auto& message : select_messages(senders, state_->rules_at(base, std::move(base_fee)), ticket_quality)) {
    out.push_back(*message);
  }
  return out;
}

Result<size_t> MessagePool::prune() {
  std::lock_guard lock(state_->mutex);
  if (state_->count <= state_->config.size_limit_high) return size_t{0};
  return state_->prune_locked();
}

Result<size_t> MessagePool::State::prune_locked() {
  next_prune = clock->now() + std::chrono::duration_cast<TimePoint::duration>(config.prune_cooldown);
  auto base_fee = TRY_IN("base fee", source->next_base_fee(*head));
  auto guarded = priority_locked();
  guarded.insert(local.begin(), local.end());
  std::map<Address, std::vector<MessagePtr>> others;
  size_t kept = 0;
  for (const auto& [sender, queue] : queues) {
    if (guarded.contains(sender)) {
      kept += queue.messages().size();
      continue;
    }
    for (const auto& [nonce, message] : queue.messages()) others[sender].push_back(message);
  }
  std::set<MessagePtr> gone;
  for (const auto& [sender, messages] : others) gone.insert(messages.begin(), messages.end());
  auto senders = TRY(with_accounts(std::move(others), *head, {}));
  for (const auto& chain : ranked_chains(senders, rules_at(*head, base_fee_lower_bound(base_fee, kHopefulFactor)))) {
    for (const auto& message : chain) {
      if (kept == config.size_limit_low) break;
      gone.erase(message);
      ++kept;
    }
  }
  for (const auto& message : gone) remove_locked(message->message.from, message->message.nonce, false);
  log_info("mpool", "pruned {} messages, {} left", gone.size(), count);
  return gone.size();
}

Result<size_t> MessagePool::republish() {
  std::map<Address, std::vector<MessagePtr>> own;
  TipsetPtr base;
  {
    std::lock_guard lock(state_->mutex);
    base = state_->head;
    for (const auto& sender : state_->local) {
      auto queue = state_->queues.find(sender);
      if (queue == state_->queues.end()) continue;
      for (const auto& [nonce, message] : queue->second.messages()) own[sender].push_back(message);
    }
  }
  if (own.empty() || !state_->publish) return size_t{0};
  auto bound = base_fee_lower_bound(TRY_IN("base fee", state_->source->next_base_fee(*base)), kHopefulFactor);
  auto senders = TRY(state_->with_accounts(std::move(own), *base, {}));
  size_t sent = 0;
  int64_t gas = kBlockGasLimit;
  for (const auto& chain : ranked_chains(senders, state_->rules_at(*base, bound))) {
    for (const auto& message : chain) {
      gas -= message->message.gas_limit;
      // The rest of this chain waits for a message that cannot be included: it is of no use to others yet.
      if (message->message.gas_fee_cap < bound) break;
      if (gas < 0 || sent == kRepublishLimit) return sent;
      TRY_IN("publishing again", state_->publish(*message));
      ++sent;
    }
  }
  return sent;
}

}  // namespace nelumbo::pool
