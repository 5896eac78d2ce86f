#include "gossiper.hpp"

#include <atomic>
#include <thread>

#include "base/log.hpp"

namespace nelumbo::messager {

namespace {

/// Pools take so many pending messages of one sender from gossip (lotus MaxUntrustedActorPendingMessages).
constexpr size_t kGossipWindow = 100;
constexpr ChainEpoch kFirstInterval = 2, kLongestInterval = 64;  // epochs

constexpr std::chrono::minutes kDialEvery{2};
constexpr std::chrono::seconds kDialTime{5};
constexpr size_t kDialThreads = 8;
constexpr size_t kMostPeers = 500;  ///< that are kept of those reported

/// The ID at the end of ".../p2p/ID"; empty when there is none.
p2p::PeerId peer_of(const std::string& address) {
  static constexpr std::string_view kPart = "/p2p/";
  auto at = address.rfind(kPart);
  return at == std::string::npos ? "" : address.substr(at + kPart.size());
}

}  // namespace

void Gossiper::run(std::stop_token stop) {
  Work work;
  while (!stop.stop_requested()) {
    core_.gossip.inbox.take(work, stop, kPoll);
    if (stop.stop_requested() || work.empty()) continue;
    // What fails is done with the next head.
    round(work);
    work = {};
  }
}

bool Gossiper::round(const Work& work) {
  if (core_.transport->peers().empty()) return true;  // nobody hears it: it would count as published
  std::set<Address> senders = work.senders, whole;
  for (const auto& [address, nonce] : work.resend) {
    core_.gossip.deliveries.forget(address, nonce);
    whole.insert(address);
    senders.insert(address);
  }
  if (work.everything) {
    for (const auto& [address, pending] : core_.ledger.view()->pending) senders.insert(address);
  }
  for (const auto& address : senders) {
    if (auto done = serve(address, work.everything || whole.contains(address)); !done) {
      log_warn("messager", "gossip of messages of {}: {}", address.str(), done.error().message);
      return false;
    }
  }
  return true;
}

Result<> Gossiper::serve(const Address& address, bool whole) {
  auto& deliveries = core_.gossip.deliveries;
  auto facts = core_.senders.newest(address);
  const uint64_t window = std::min(core_.config.window, kGossipWindow);
  const uint64_t first = facts ? facts->chain_nonce : 0;
  const auto height = core_.height();
  auto& schedule = schedules_[address];
  const bool same = schedule.interval > 0 && schedule.first == first;
  const bool all = same && height >= schedule.at;
  // Each new message brings its sender here: what was published already is not read again for it.
  uint64_t from = first;
  if (facts && same && !whole && !all) from = std::clamp(schedule.next, first, first + window);
  if (from == first + window) return {};
  auto rows = TRY(core_.book->pending(address, from, first + window - from));
  if (rows.empty()) return {};
  if (!same) {
    schedule = {first, rows.front().nonce, height + kFirstInterval, kFirstInterval};
    deliveries.forget_below(address, rows.front().nonce);
  }
  if (all) {
    schedule.interval = std::min(schedule.interval * 2, kLongestInterval);
    schedule.at = height + schedule.interval;
  }
  for (const auto& row : rows) {
    auto there = deliveries.taken(address, row.nonce);
    if (all || !there || there->cid != row.cid) {
      TRY(core_.transport->publish(core_.config.topic, to_cbor(row.message)));
      ++core_.counters.gossiped;
      deliveries.taken(address, row.nonce, {row.cid, core_.now_ms(), height});
    }
    schedule.next = std::max(schedule.next, row.nonce + 1);
  }
  return {};
}

void PeerKeeper::report(const std::vector<rpc::PeerInfo>& peers) {
  {
    std::lock_guard lock(mutex_);
    for (const auto& peer : peers) {
      if (peer.id.empty() || (reported_.size() >= kMostPeers && !reported_.contains(peer.id))) continue;
      reported_[peer.id] = {peer.addrs.begin(), peer.addrs.end()};
    }
  }
  reported_news_.tell();
}

void PeerKeeper::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const uint64_t seen = reported_news_.count();
    round(stop);
    const auto again = core_.clock->now() + kDialEvery;
    while (!stop.stop_requested() && core_.clock->now() < again && reported_news_.count() == seen) {
      reported_news_.wait(seen, stop, kPoll);
    }
  }
}

PeerKeeper::Addresses PeerKeeper::wanted() {
  Addresses out;
  for (size_t node = 0; node < core_.nodes.size(); ++node) {
    auto peers = core_.nodes.at(node).peers();
    if (!peers) {
      if (is_no_answer(peers.error())) core_.nodes.failed(node, peers.error());
      continue;
    }
    for (const auto& address : *peers) {
      if (auto peer = peer_of(address); !peer.empty()) out[peer].insert(address);
    }
  }
  std::lock_guard lock(mutex_);
  for (const auto& [peer, addresses] : reported_) out[peer].insert(addresses.begin(), addresses.end());
  out.erase(core_.transport->id());
  return out;
}

void PeerKeeper::round(std::stop_token stop) {
  auto all = wanted();
  for (const auto& peer : core_.transport->peers()) {
    if (all.erase(peer.id) > 0) core_.transport->protect(peer.id, true);
  }
  const std::vector<Addresses::value_type> missing(all.begin(), all.end());
  std::atomic<size_t> next = 0;
  auto dial = [&] {
    for (size_t i = next++; i < missing.size() && !stop.stop_requested(); i = next++) {
      const auto& [peer, addresses] = missing[i];
      auto done = core_.transport->dial({addresses.begin(), addresses.end()}, peer, kDialTime);
      if (done) core_.transport->protect(peer, true);
      if (!done) log_debug("messager", "peer {}: {}", peer, done.error().message);
    }
  };
  const bool was_alone = core_.transport->peers().empty();
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < std::min(kDialThreads, missing.size()); ++i) threads.emplace_back(dial);
  }
  if (was_alone && !core_.transport->peers().empty()) core_.gossip.inbox.everything();
}

void PeerKeeper::drain(std::stop_token stop) {
  while (!stop.stop_requested()) {
    auto event = core_.transport->next(kPoll / 4);
    if (!event) {
      // After the transport was closed this comes back at once.
      News().wait(0, stop, std::chrono::milliseconds(10));
      continue;
    }
    if (auto* gossip = std::get_if<p2p::events::Gossip>(&*event)) {
      core_.transport->judge(gossip->id, p2p::Verdict::ignore);
    } else if (auto* request = std::get_if<p2p::events::Request>(&*event)) {
      core_.transport->refuse(request->id);
    }
  }
}

}  // namespace nelumbo::messager
