#include "head_watch.hpp"

#include <algorithm>

namespace nelumbo::node {

HeadWatch::HeadWatch(chain::ChainStore& store)
    : store_(store),
      subscription_(
          store.subscribe([this](const std::vector<chain::HeadChange>& changes) { changed(changes); }, true)) {}

TipsetPtr HeadWatch::head() const {
  std::lock_guard lock(mutex_);
  return head_;
}

rpc::RawJson HeadWatch::head_json() const {
  std::lock_guard lock(mutex_);
  if (head_json_.is_null() && head_) head_json_ = rpc::serialise(rpc::full::ChainHead, head_);
  return head_json_;
}

void HeadWatch::add(rpc::Subscriber<rpc::full::ChainNotify_t> subscriber) {
  std::lock_guard lock(mutex_);
  if (head_) subscriber.send(std::vector<rpc::HeadChange>{{"current", head_}});
  subscribers_.push_back(std::move(subscriber));
}

void HeadWatch::changed(const std::vector<chain::HeadChange>& changes) {
  if (changes.empty()) return;
  std::vector<rpc::HeadChange> steps;
  for (const auto& change : changes) steps.push_back(api_head_change(change));
  std::lock_guard lock(mutex_);
  // A change that ends with a revert (the head was set back by hand) leaves the reverted tipset's parent as head.
  const auto& last = changes.back();
  head_ = last.type == chain::HeadChange::Type::revert ? store_.heaviest() : last.tipset;
  head_json_ = rpc::RawJson();
  std::erase_if(subscribers_, [](const auto& each) { return each.closed(); });
  if (subscribers_.empty()) return;
  auto json = rpc::serialise(rpc::full::ChainNotify, steps);
  for (const auto& each : subscribers_) each.send(json);
}

rpc::HeadChange api_head_change(const chain::HeadChange& change) {
  using Type = chain::HeadChange::Type;
  return {change.type == Type::apply ? "apply" : change.type == Type::revert ? "revert" : "current", change.tipset};
}

}  // namespace nelumbo::node
