#include "peers.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "base/log.hpp"
#include "net/wire.hpp"

namespace nelumbo::net {

namespace {

constexpr std::string_view kPart = "net";
constexpr double kBanPoints = 500;
constexpr std::chrono::hours kBan{1};
constexpr double kOffenceHalfLife = 3600;  ///< seconds
/// Application scores that keep gossipsub from pruning those the operator chose (bootstrap as lotus).
constexpr double kBootstrapScore = 2500, kWhiteScore = 1500;
/// Peers that are gone are remembered up to this many.
constexpr size_t kRemembered = 4096;
constexpr double kUnknownSeconds = 1.0;  ///< what an answer of an unknown peer is expected to take

double points_of(Offence offence) {
  switch (offence) {
    case Offence::flood:
      return 1;
    case Offence::bad_block:
      return 50;
    case Offence::malformed:
    case Offence::invalid_gossip:
      return 100;
    case Offence::lie:
      return 250;
  }
  return 0;
}

double seconds_between(TimePoint a, TimePoint b) { return std::chrono::duration<double>(b - a).count(); }

std::set<PeerId> ids_of(const std::vector<std::string>& addresses) {
  std::set<PeerId> out;
  for (const auto& address : addresses) {
    if (auto id = peer_of(address)) out.insert(*id);
  }
  return out;
}

}  // namespace

std::optional<PeerId> peer_of(std::string_view multiaddress) {
  constexpr std::string_view kTag = "/p2p/";
  auto at = multiaddress.rfind(kTag);
  if (at == std::string_view::npos) return std::nullopt;
  auto id = multiaddress.substr(at + kTag.size());
  if (id.empty() || id.find('/') != std::string_view::npos) return std::nullopt;
  return PeerId(id);
}

Peers::Peers(p2p::Transport& transport, PeerPolicy policy, std::shared_ptr<Clock> clock)
    : transport_(transport),
      clock_(std::move(clock)),
      bootstrap_(ids_of(policy.bootstrap)),
      white_(ids_of(policy.whitelist)),
      policy_(std::move(policy)),
      protected_(policy_.protected_peers.begin(), policy_.protected_peers.end()) {
  for (const auto& peer : protected_) transport_.protect(peer, true);
  for (const auto& peer : white_) transport_.protect(peer, true);
  block({.peers = policy_.blacklist}, true);
}

PeerRecord& Peers::record_locked(const PeerId& peer) {
  auto [it, fresh] = records_.try_emplace(peer);
  if (fresh) {
    it->second.id = peer;
    it->second.first_seen = clock_->now();
  }
  return it->second;
}

/// Of the peers that are gone the one last met longest ago goes; a ban is remembered.
void Peers::forget_locked() {
  if (records_.size() <= kRemembered) return;
  auto oldest = records_.end();
  for (auto it = records_.begin(); it != records_.end(); ++it) {
    if (it->second.connected || it->second.banned_until) continue;
    if (oldest == records_.end() || it->second.connected_since < oldest->second.connected_since) oldest = it;
  }
  if (oldest != records_.end()) records_.erase(oldest);
}

void Peers::connected(const p2p::events::Connected& event) {
  std::lock_guard lock(mutex_);
  auto& record = record_locked(event.peer);
  record.direction = event.direction;
  record.addresses = {event.address};
  if (record.connected) return;
  record.connected = true;
  record.connected_since = clock_->now();
  transport_.set_application_score(event.peer, application_score_locked(record));
  log_debug(kPart, "peer {} connected ({})", event.peer, event.address);
  forget_locked();
}

void Peers::disconnected(const PeerId& peer) {
  std::lock_guard lock(mutex_);
  auto it = records_.find(peer);
  if (it == records_.end()) return;
  it->second.connected = false;
  it->second.said_hello = false;
  log_debug(kPart, "peer {} disconnected", peer);
}

void Peers::identified(const p2p::events::Identified& event) {
  std::lock_guard lock(mutex_);
  auto& record = record_locked(event.peer);
  record.agent = event.agent;
  record.protocols = event.protocols;
  if (!event.addresses.empty()) record.addresses = event.addresses;
}

bool Peers::trusted(const PeerId& peer) const {
  std::lock_guard lock(mutex_);
  if (policy_.only_white && !white_.contains(peer)) return false;
  auto it = records_.find(peer);
  return it == records_.end() || !it->second.banned_until;
}

bool Peers::whitelisted(const PeerId& peer) const { return white_.contains(peer); }

bool Peers::protected_locked(const PeerId& peer) const { return protected_.contains(peer) || white_.contains(peer); }

bool Peers::is_protected(const PeerId& peer) const {
  std::lock_guard lock(mutex_);
  return protected_locked(peer);
}

void Peers::noted_hello(const PeerId& peer, TipsetKey head, ChainEpoch height, BigInt weight) {
  std::lock_guard lock(mutex_);
  auto& record = record_locked(peer);
  record.said_hello = true;
  record.head = std::move(head);
  record.height = height;
  record.weight = std::move(weight);
}

void Peers::noted_latency(const PeerId& peer, std::chrono::milliseconds latency) {
  std::lock_guard lock(mutex_);
  record_locked(peer).latency = latency;
}

void Peers::noted_answer(const PeerId& peer, double seconds) {
  constexpr double kShare = 0.2;  // of the newest in the moving average
  std::lock_guard lock(mutex_);
  auto& record = record_locked(peer);
  record.answer_seconds = record.answers == 0 ? seconds : record.answer_seconds * (1 - kShare) + seconds * kShare;
  ++record.answers;
  record.failures -= record.failures / 2;  // forgiven by halves
}

void Peers::noted_failure(const PeerId& peer) {
  std::lock_guard lock(mutex_);
  ++record_locked(peer).failures;
}

void Peers::noted_block(const PeerId& peer) {
  std::lock_guard lock(mutex_);
  ++record_locked(peer).blocks;
}

double Peers::offences_locked(const PeerRecord& record) const {
  if (record.offences == 0) return 0;
  return record.offences * std::exp2(-seconds_between(record.offences_at, clock_->now()) / kOffenceHalfLife);
}

double Peers::application_score_locked(const PeerRecord& record) const {
  double chosen = bootstrap_.contains(record.id) ? kBootstrapScore : white_.contains(record.id) ? kWhiteScore : 0;
  return chosen - offences_locked(record);
}

void Peers::offend(const PeerId& peer, Offence offence, std::string_view what) {
  std::lock_guard lock(mutex_);
  auto& record = record_locked(peer);
  record.offences = offences_locked(record) + points_of(offence);
  record.offences_at = clock_->now();
  if (offence == Offence::flood) {
    log_debug(kPart, "peer {}: {}", peer, what);
  } else {
    log_warn(kPart, "peer {}: {}", peer, what);
  }
  transport_.set_application_score(peer, application_score_locked(record));
  if (record.offences >= kBanPoints && !protected_locked(peer)) ban_locked(record, kBan, what);
}

void Peers::ban(const PeerId& peer, std::chrono::seconds how_long, std::string_view why) {
  std::lock_guard lock(mutex_);
  ban_locked(record_locked(peer), how_long, why);
}

void Peers::ban_locked(PeerRecord& record, std::chrono::seconds how_long, std::string_view why) {
  record.banned_until = clock_->now() + how_long;
  log_warn(kPart, "peer {} is banned for {} s: {}", record.id, how_long.count(), why);
  transport_.block(record.id, true);
}

void Peers::expire_bans() {
  std::lock_guard lock(mutex_);
  const auto now = clock_->now();
  for (auto& [id, record] : records_) {
    if (!record.banned_until || *record.banned_until > now) continue;
    pardon_locked(record);
    if (!blocked_peers_.contains(id)) transport_.block(id, false);
  }
}

double Peers::expected_locked(const PeerRecord& record) const {
  if (record.answers > 0) return record.answer_seconds;
  return record.latency.count() > 0 ? 0.1 + static_cast<double>(record.latency.count()) / 500 : kUnknownSeconds;
}

double Peers::expected_seconds(const PeerId& peer) const {
  std::lock_guard lock(mutex_);
  auto it = records_.find(peer);
  return it == records_.end() ? kUnknownSeconds : expected_locked(it->second);
}

std::vector<PeerId> Peers::exchange_peers(const std::vector<PeerId>& first) const {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_real_distribution<double> spread(0.8, 1.2);  // so that equals share the work
  std::vector<std::pair<double, PeerId>> order;
  std::lock_guard lock(mutex_);
  for (const auto& [id, record] : records_) {
    if (!record.connected || record.banned_until || (policy_.only_white && !white_.contains(id))) continue;
    const bool speaks =
        record.said_hello || std::ranges::find(record.protocols, kExchangeProtocol) != record.protocols.end();
    if (!speaks) continue;
    double cost = expected_locked(record) * spread(random) * static_cast<double>(1 + 4 * record.failures);
    cost *= 1 + offences_locked(record) / 100;
    auto wanted = std::ranges::find(first, id);
    if (wanted != first.end()) cost = -static_cast<double>(first.end() - wanted);
    order.emplace_back(cost, id);
  }
  std::ranges::sort(order);
  std::vector<PeerId> out;
  for (auto& each : order) out.push_back(std::move(each.second));
  return out;
}

std::optional<PeerRecord> Peers::find(const PeerId& peer) const {
  std::lock_guard lock(mutex_);
  auto it = records_.find(peer);
  if (it == records_.end()) return std::nullopt;
  return it->second;
}

std::vector<PeerRecord> Peers::connected_peers() const {
  std::lock_guard lock(mutex_);
  std::vector<PeerRecord> out;
  for (const auto& [id, record] : records_) {
    if (record.connected) out.push_back(record);
  }
  return out;
}

size_t Peers::connected_count() const {
  std::lock_guard lock(mutex_);
  return static_cast<size_t>(std::ranges::count_if(records_, [](const auto& each) { return each.second.connected; }));
}

std::map<std::string, int64_t> Peers::merits(const PeerId& peer) const {
  // A peer of our network counts more than one that only routes; what it did for the chain counts on top.
  constexpr int64_t kOurs = 10, kBlocks = 50, kAnswers = 25;
  std::map<std::string, int64_t> out;
  auto count = [&](const char* reason, int64_t value) {
    if (value != 0) out[reason] = value;
  };
  std::lock_guard lock(mutex_);
  auto it = records_.find(peer);
  if (it == records_.end()) return out;
  const auto& record = it->second;
  count("hello", record.said_hello ? kOurs : 0);
  count("blocks", std::min<int64_t>(kBlocks, 5 * static_cast<int64_t>(record.blocks)));
  count("answers", std::min<int64_t>(kAnswers, static_cast<int64_t>(record.answers)));
  count("score", static_cast<int64_t>(application_score_locked(record)));
  return out;
}

int64_t Peers::value(const PeerId& peer) const {
  int64_t sum = 0;
  for (const auto& [reason, value] : merits(peer)) sum += value;
  return sum;
}

void Peers::protect(const PeerId& peer, bool on) {
  std::lock_guard lock(mutex_);
  if (on) {
    protected_.insert(peer);
  } else {
    protected_.erase(peer);
  }
  transport_.protect(peer, on || white_.contains(peer));
}

std::vector<PeerId> Peers::protected_list() const {
  std::lock_guard lock(mutex_);
  return {protected_.begin(), protected_.end()};
}

void Peers::block(const BlockList& what, bool on) {
  std::lock_guard lock(mutex_);
  auto change = [&](std::set<std::string>& set, const std::vector<std::string>& entries) {
    for (const auto& entry : entries) {
      on ? void(set.insert(entry)) : void(set.erase(entry));
      transport_.block(entry, on);
    }
  };
  change(blocked_peers_, what.peers);
  change(blocked_addresses_, what.addresses);
  change(blocked_subnets_, what.subnets);
  if (on) return;
  for (const auto& peer : what.peers) {
    if (auto record = records_.find(peer); record != records_.end()) pardon_locked(record->second);
  }
}

void Peers::pardon_locked(PeerRecord& record) {
  record.banned_until.reset();
  record.offences = 0;
}

BlockList Peers::barred() const {
  auto out = blocked();
  std::lock_guard lock(mutex_);
  for (const auto& [id, record] : records_) {
    if (record.banned_until && !blocked_peers_.contains(id)) out.peers.push_back(id);
  }
  return out;
}

BlockList Peers::blocked() const {
  std::lock_guard lock(mutex_);
  return {{blocked_peers_.begin(), blocked_peers_.end()},
          {blocked_addresses_.begin(), blocked_addresses_.end()},
          {blocked_subnets_.begin(), blocked_subnets_.end()}};
}

PeerPolicy Peers::policy() const {
  std::lock_guard lock(mutex_);
  return policy_;
}

void Peers::set_limits(size_t low, size_t high) {
  std::lock_guard lock(mutex_);
  policy_.low = low;
  policy_.high = high;
}

}  // namespace nelumbo::net
