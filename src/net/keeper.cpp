#include "keeper.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace nelumbo::net {

namespace {

constexpr std::string_view kPart = "net";
constexpr std::chrono::seconds kDialWait{20};
constexpr std::chrono::seconds kLongestBackoff{300};
constexpr std::chrono::seconds kSearchEvery{30};

}  // namespace

Keeper::Keeper(p2p::Transport& transport, Peers& peers, std::shared_ptr<Clock> clock, Run run)
    : transport_(transport), peers_(peers), clock_(std::move(clock)), run_(std::move(run)) {
  const auto policy = peers_.policy();
  for (const auto* list : {&policy.whitelist, &policy.bootstrap}) {
    for (const auto& address : *list) {
      auto peer = peer_of(address);
      auto& kept = kept_[peer.value_or(address)];
      kept.peer = peer;
      kept.addresses.push_back(address);
    }
  }
}

void Keeper::tick() {
  const auto now = clock_->now();
  peers_.expire_bans();
  keep_connected(now);
  trim(now);
  ask_for_more(now);
}

void Keeper::keep_connected(TimePoint now) {
  std::vector<std::function<void()>> dials;
  {
    std::lock_guard lock(mutex_);
    for (auto& [name, kept] : kept_) {
      if (kept.dialling || kept.next > now) continue;
      if (kept.peer) {
        auto record = peers_.find(*kept.peer);
        if (*kept.peer == transport_.id() || (record && (record->connected || record->banned_until))) continue;
      }
      kept.dialling = true;
      dials.push_back([this, name = name, addresses = kept.addresses, peer = kept.peer] {
        dialled(name, transport_.dial(addresses, peer, kDialWait));
      });
    }
  }
  for (auto& dial : dials) run_(std::move(dial));
}

void Keeper::dialled(const std::string& name, const Result<PeerId>& result) {
  std::lock_guard lock(mutex_);
  auto& kept = kept_[name];
  kept.dialling = false;
  if (result) {
    kept.peer = *result;
    kept.backoff = std::chrono::seconds(1);
    kept.next = clock_->now() + kept.backoff;  // until its event has come
    return;
  }
  log_debug(kPart, "peer {}: not reached, next try in {} s: {}", name, kept.backoff.count(), result.error().message);
  kept.next = clock_->now() + kept.backoff;
  kept.backoff = std::min(kLongestBackoff, kept.backoff * 2);
}

void Keeper::trim(TimePoint now) {
  const auto policy = peers_.policy();
  auto all = peers_.connected_peers();
  if (all.size() <= policy.high) return;
  std::map<PeerId, double> gossip;
  for (const auto& each : transport_.scores()) gossip[each.id] = each.score - each.application;
  std::vector<std::pair<double, PeerId>> order;
  for (const auto& each : all) {
    if (peers_.is_protected(each.id) || each.connected_since + policy.grace > now) continue;
    order.emplace_back(static_cast<double>(peers_.value(each.id)) + gossip[each.id], each.id);
  }
  std::ranges::sort(order);
  const size_t count = std::min(order.size(), all.size() - std::min(policy.low, all.size()));
  for (size_t i = 0; i < count; ++i) transport_.disconnect(order[i].second);
  if (count > 0) log_info(kPart, "{} connections, above {}: {} closed", all.size(), policy.high, count);
}

void Keeper::ask_for_more(TimePoint now) {
  const auto policy = peers_.policy();
  if (policy.bootstrap.empty() || now < next_search_) return;
  const size_t count = peers_.connected_count();
  if (count == 0 || count >= policy.min_peers) return;
  next_search_ = now + kSearchEvery;
  transport_.bootstrap();
}

}  // namespace nelumbo::net
