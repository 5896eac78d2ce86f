// The head, the index of the canonical chain that moves with it, and subscribers.

#include <algorithm>

#include "base/log.hpp"
#include "chain/weight.hpp"
#include "store_state.hpp"

namespace nelumbo::chain {

namespace {

KvStore::Write put(std::string_view space, Bytes key, Bytes value) {
  return {std::string(space), std::move(key), std::move(value)};
}
KvStore::Write remove(std::string_view space, Bytes key) { return {std::string(space), std::move(key), std::nullopt}; }

}  // namespace

Result<TipsetPtr> ChainStore::tipset_at(ChainEpoch epoch, TipsetPtr from, OnNull on_null) {
  if (!from) from = heaviest();
  if (!from) return fail(ErrorCode::not_found, "the chain has no head yet");
  if (epoch < 0) return fail(ErrorCode::invalid, "epoch {} is before the genesis", epoch);
  if (epoch > from->height()) {
    return fail(ErrorCode::invalid, "looking for epoch {} below a tipset of epoch {}", epoch, from->height());
  }
  // Outside the canonical chain step by step; from the first canonical ancestor on through the index.
  TipsetPtr current = std::move(from);
  while (current->height() != epoch) {
    TipsetKey found;
    {
      std::shared_lock lock(state_->canonical);
      auto key = TRY(state_->kv->get(spaces::kCanonical, epoch_key(current->height())));
      if (key && *key == current->key().bytes()) {
        Bytes value;
        TRY(state_->kv->scan(spaces::kCanonical, epoch_key(epoch), [&](BytesView, BytesView each) {
          value = to_bytes(each);
          return false;
        }));
        found = TRY(TipsetKey::from_bytes(value));
      }
    }
    if (!found.empty()) {
      auto at_or_after = TRY(load_tipset(found));
      if (at_or_after->height() == epoch || on_null == OnNull::next) return at_or_after;
      return parent(*at_or_after);
    }
    auto below = TRY(parent(*current));
    if (below->height() < epoch) return on_null == OnNull::next ? current : below;
    current = std::move(below);
  }
  return current;
}

Result<std::vector<HeadChange>> ChainStore::path(TipsetPtr from, TipsetPtr to) {
  std::vector<HeadChange> steps, applies;
  while (!from || from->key() != to->key()) {
    if (from && from->height() > to->height()) {
      steps.push_back({HeadChange::Type::revert, from});
      from = TRY(parent(*from));
    } else {
      applies.push_back({HeadChange::Type::apply, to});
      if (to->height() == 0) {
        if (from) return fail(ErrorCode::invalid, "the two tipsets have different genesis blocks");
        break;
      }
      if (from && from->height() == to->height()) {
        steps.push_back({HeadChange::Type::revert, from});
        from = TRY(parent(*from));
      }
      to = TRY(parent(*to));
    }
  }
  steps.insert(steps.end(), applies.rbegin(), applies.rend());
  return steps;
}

Result<bool> ChainStore::consider(const TipsetPtr& tipset) {
  std::lock_guard order(state_->listeners->order);
  auto head = heaviest();
  if (head && head->key() == tipset->key()) return false;
  if (head) {
    auto mine = TRY(weight(*head));
    auto other = TRY(weight(*tipset));
    if (other < mine || (other == mine && !wins_tie(*tipset, *head))) return false;
  }
  TRY(set_head(tipset));
  return true;
}

Result<> ChainStore::set_head(const TipsetPtr& tipset) {
  std::lock_guard order(state_->listeners->order);
  auto old = heaviest();
  auto changes = TRY_IN("finding the way to the new head", path(old, tipset));

  std::vector<KvStore::Write> writes;
  for (const auto& change : changes) {
    bool apply = change.type == HeadChange::Type::apply;
    Bytes epoch = epoch_key(change.tipset->height());
    writes.push_back(apply ? put(spaces::kCanonical, epoch, change.tipset->key().bytes())
                           : remove(spaces::kCanonical, epoch));
    for (const auto& block : change.tipset->blocks()) {
      if (block.height == 0) continue;
      auto cids = TRY_IN("messages of the new head's chain", message_cids(block.messages));
      for (const auto* list : {&cids.bls, &cids.secp}) {
        for (const auto& cid : *list) {
          writes.push_back(apply ? put(spaces::kMessages, to_bytes(cid.bytes()), epoch)
                                 : remove(spaces::kMessages, to_bytes(cid.bytes())));
        }
      }
    }
  }
  writes.push_back(put(spaces::kMeta, to_bytes("head"), tipset->key().bytes()));
  {
    std::unique_lock canonical(state_->canonical);
    TRY_IN("storing the head", state_->kv->write(writes, true));
    std::lock_guard lock(state_->head_mutex);
    state_->head = tipset;
  }
  {
    std::lock_guard lock(state_->cache_mutex);
    state_->tipsets.put(tipset->key(), tipset);
  }
  auto reverts = std::count_if(changes.begin(), changes.end(),
                               [](const HeadChange& each) { return each.type == HeadChange::Type::revert; });
  if (reverts > 1)
    log_warn("chain", "head reorganised: {} tipsets reverted, now at epoch {}", reverts, tipset->height());
  if (changes.empty()) return {};
  auto listeners = state_->listeners->list;  // a callback may end its own subscription
  for (const auto& listener : listeners) {
    auto callback = listener->callback;  // lives on if it ends its subscription while it runs
    if (callback) callback(changes);
  }
  return {};
}

Result<> ChainStore::adopt_head(const TipsetPtr& tipset) {
  std::lock_guard order(state_->listeners->order);
  if (!state_->listeners->list.empty()) throw std::logic_error("a head is adopted behind its subscribers' backs");
  auto write = put(spaces::kMeta, to_bytes("head"), tipset->key().bytes());
  TRY_IN("storing the head", state_->kv->write(std::span(&write, 1), true));
  for (const auto& block : tipset->blocks()) track(block);
  std::lock_guard lock(state_->head_mutex);
  state_->head = tipset;
  return {};
}

Subscription ChainStore::subscribe(HeadCallback callback, bool tell_current) {
  auto listeners = state_->listeners;
  std::lock_guard order(listeners->order);
  auto listener = std::make_shared<Listener>(Listener{listeners->next_id++, std::move(callback)});
  if (auto head = heaviest(); tell_current && head) listener->callback({{HeadChange::Type::current, head}});
  listeners->list.push_back(listener);
  return Subscription([listeners, listener] {
    std::lock_guard lock(listeners->order);  // waits for a running callback of another thread
    listener->callback = nullptr;
    std::erase(listeners->list, listener);
  });
}

Result<std::optional<ChainEpoch>> ChainStore::inclusion_epoch(const Cid& message) {
  std::shared_lock lock(state_->canonical);
  auto value = TRY(state_->kv->get(spaces::kMessages, message.bytes()));
  if (!value) return std::optional<ChainEpoch>();
  return epoch_of(*value);
}

}  // namespace nelumbo::chain
