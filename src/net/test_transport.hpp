#pragma once
// For tests: a network in memory that behaves as the Transport contract says, and peers whose behaviour a test writes.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "engine/p2p.hpp"

namespace nelumbo::net::testing {

class FakeTransport;

/// All transports of one test, by id. Addresses are "/fake/p2p/ID".
class FakeHub {
 public:
  std::mutex mutex;
  std::map<p2p::PeerId, FakeTransport*> all;
};

class FakeTransport final : public p2p::Transport {
 public:
  FakeTransport(std::shared_ptr<FakeHub> hub, p2p::PeerId id, std::vector<std::string> protocols,
                std::vector<std::string> topics = {})
      : hub_(std::move(hub)), id_(std::move(id)), protocols_(std::move(protocols)), topics_(std::move(topics)) {
    std::lock_guard lock(hub_->mutex);
    hub_->all[id_] = this;
  }
  ~FakeTransport() override { close(); }

  p2p::PeerId id() const override { return id_; }
  std::vector<std::string> listen_addresses() const override { return {"/fake"}; }

  std::optional<p2p::Event> next(std::chrono::milliseconds wait) override {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, wait, [&] { return closed_ || !events_.empty(); });
    if (closed_ || events_.empty()) return std::nullopt;
    auto event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

  void close() override {
    {
      std::lock_guard hub_lock(hub_->mutex);
      hub_->all.erase(id_);
      for (auto& [id, other] : hub_->all) other->lose(id_);
    }
    std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  Result<p2p::PeerId> dial(const std::vector<std::string>& addresses, std::optional<p2p::PeerId> peer,
                           std::chrono::milliseconds) override {
    {
      std::lock_guard lock(mutex_);
      ++dials_[peer.value_or(addresses.empty() ? "" : addresses.front())];
    }
    if (!peer && !addresses.empty()) peer = addresses.front().substr(addresses.front().rfind('/') + 1);
    std::lock_guard hub_lock(hub_->mutex);
    auto found = hub_->all.find(peer.value_or(""));
    if (found == hub_->all.end()) return fail(ErrorCode::unavailable, "nobody there");
    auto& other = *found->second;
    if (blocks(*peer) || other.blocks(id_)) return fail(ErrorCode::unavailable, "blocked");
    meet(other, p2p::Direction::outbound);
    other.meet(*this, p2p::Direction::inbound);
    return *peer;
  }

  void disconnect(const p2p::PeerId& peer) override {
    std::lock_guard hub_lock(hub_->mutex);
    lose(peer);
    if (auto found = hub_->all.find(peer); found != hub_->all.end()) found->second->lose(id_);
  }

  std::vector<p2p::PeerView> peers() const override {
    std::lock_guard lock(mutex_);
    std::vector<p2p::PeerView> out;
    for (const auto& id : connected_) out.push_back({.id = id});
    return out;
  }

  Result<Bytes> request(const p2p::PeerId& peer, const std::string& protocol, Bytes data, size_t max_bytes,
                        std::chrono::milliseconds wait) override {
    auto pending = std::make_shared<Pending>();
    {
      std::lock_guard hub_lock(hub_->mutex);
      auto found = hub_->all.find(peer);
      if (found == hub_->all.end() || !is_connected(peer)) return fail(ErrorCode::unavailable, "not connected");
      auto& other = *found->second;
      if (std::ranges::find(other.protocols_, protocol) == other.protocols_.end())
        return fail(ErrorCode::unsupported, "the peer does not speak {}", protocol);
      other.ask(id_, protocol, std::move(data), pending);
    }
    std::unique_lock lock(mutex_);
    ++requests_;
    const auto end = std::chrono::steady_clock::now() + wait;
    while (true) {
      {
        std::lock_guard answer_lock(pending->mutex);
        if (pending->answer) {
          if (!*pending->answer) return std::unexpected(pending->answer->error());
          if ((*pending->answer)->size() > max_bytes) return fail(ErrorCode::exhausted, "answer too large");
          return **pending->answer;
        }
      }
      if (closed_) return fail(ErrorCode::cancelled, "closed");
      if (std::chrono::steady_clock::now() > end) return fail(ErrorCode::cancelled, "out of time");
      changed_.wait_for(lock, std::chrono::milliseconds(2));
    }
  }
  void respond(uint64_t request, Bytes data) override { settle(request, std::move(data)); }
  void refuse(uint64_t request) override { settle(request, fail(ErrorCode::unavailable, "refused")); }

  Result<> publish(const std::string& topic, Bytes data) override {
    std::lock_guard hub_lock(hub_->mutex);
    {
      std::lock_guard lock(mutex_);
      if (closed_) return fail(ErrorCode::cancelled, "closed");
      seen_.insert(data);
    }
    spread(topic, data, "");
    return {};
  }

  void judge(uint64_t gossip, p2p::Verdict verdict) override {
    std::lock_guard hub_lock(hub_->mutex);
    p2p::events::Gossip event;
    {
      std::lock_guard lock(mutex_);
      auto found = gossip_.find(gossip);
      if (found == gossip_.end()) return;
      event = std::move(found->second);
      gossip_.erase(found);
      verdicts_.push_back(verdict);
      changed_.notify_all();
    }
    if (verdict == p2p::Verdict::accept) spread(event.topic, event.data, event.from);
  }

  std::vector<p2p::PeerScore> scores() const override {
    std::lock_guard lock(mutex_);
    std::vector<p2p::PeerScore> out;
    for (const auto& id : connected_) {
      auto found = application_.find(id);
      const double score = found == application_.end() ? 0 : found->second;
      out.push_back({id, score, score});
    }
    return out;
  }
  void set_application_score(const p2p::PeerId& peer, double score) override {
    std::lock_guard lock(mutex_);
    application_[peer] = score;
  }
  void protect(const p2p::PeerId& peer, bool on) override {
    std::lock_guard lock(mutex_);
    on ? void(protected_.insert(peer)) : void(protected_.erase(peer));
  }
  void block(const std::string& peer, bool on) override {
    {
      std::lock_guard lock(mutex_);
      on ? void(blocked_.insert(peer)) : void(blocked_.erase(peer));
    }
    if (on) disconnect(peer);
  }
  Result<std::vector<std::string>> find_peer(const p2p::PeerId& peer, std::chrono::milliseconds) override {
    std::lock_guard hub_lock(hub_->mutex);
    if (!hub_->all.contains(peer)) return fail(ErrorCode::not_found, "nobody knows {}", peer);
    return std::vector<std::string>{"/fake"};
  }
  void bootstrap() override { ++bootstraps; }
  Result<std::chrono::microseconds> ping(const p2p::PeerId&, std::chrono::milliseconds) override {
    return std::chrono::microseconds(100);
  }
  p2p::Traffic traffic() const override { return {}; }
  p2p::Reachability reachability() const override { return p2p::Reachability::unknown; }
  Result<Bytes> fetch_block(const Cid& cid, std::chrono::milliseconds, const PeerId&) override {
    std::lock_guard hub_lock(hub_->mutex);
    for (auto& [id, other] : hub_->all) {
      if (other == this || !other->block_source) continue;
      if (auto data = other->block_source(cid)) return *data;
    }
    return fail(ErrorCode::cancelled, "nobody has {}", cid.str());
  }

  // What a test looks at.
  bool is_connected(const p2p::PeerId& peer) const {
    std::lock_guard lock(mutex_);
    return connected_.contains(peer);
  }
  size_t connections() const {
    std::lock_guard lock(mutex_);
    return connected_.size();
  }
  bool blocks(const std::string& peer) const {
    std::lock_guard lock(mutex_);
    return blocked_.contains(peer);
  }
  double application_score(const p2p::PeerId& peer) const {
    std::lock_guard lock(mutex_);
    auto found = application_.find(peer);
    return found == application_.end() ? 0 : found->second;
  }
  size_t dials(const std::string& whom) const {
    std::lock_guard lock(mutex_);
    auto found = dials_.find(whom);
    return found == dials_.end() ? 0 : found->second;
  }
  size_t requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }
  std::vector<p2p::Verdict> verdicts() const {
    std::lock_guard lock(mutex_);
    return verdicts_;
  }
  std::function<std::optional<Bytes>(const Cid&)> block_source;
  std::atomic<int> bootstraps = 0;

 private:
  struct Pending {
    std::mutex mutex;
    std::optional<Result<Bytes>> answer;
  };

  void push(p2p::Event event) {
    std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    changed_.notify_all();
  }
  // The following are called with the hub's mutex held.
  void meet(const FakeTransport& other, p2p::Direction direction) {
    {
      std::lock_guard lock(mutex_);
      if (!connected_.insert(other.id_).second) return;
    }
    push(p2p::events::Connected{other.id_, "/fake/p2p/" + other.id_, direction});
    push(p2p::events::Identified{other.id_, "fake", other.protocols_, {"/fake"}});
  }
  void lose(const p2p::PeerId& peer) {
    {
      std::lock_guard lock(mutex_);
      if (connected_.erase(peer) == 0) return;
    }
    push(p2p::events::Disconnected{peer});
  }
  void ask(const p2p::PeerId& from, const std::string& protocol, Bytes data, std::shared_ptr<Pending> pending) {
    uint64_t id = 0;
    {
      std::lock_guard lock(mutex_);
      id = ++next_;
      asked_[id] = std::move(pending);
    }
    push(p2p::events::Request{id, from, protocol, std::move(data)});
  }
  void settle(uint64_t request, Result<Bytes> answer) {
    std::shared_ptr<Pending> pending;
    {
      std::lock_guard lock(mutex_);
      auto found = asked_.find(request);
      if (found == asked_.end()) return;
      pending = std::move(found->second);
      asked_.erase(found);
    }
    std::lock_guard lock(pending->mutex);
    pending->answer = std::move(answer);
  }
  void spread(const std::string& topic, const Bytes& data, const p2p::PeerId& except) {
    for (auto& [id, other] : hub_->all) {
      if (other == this || id == except || !is_connected(id)) continue;
      if (std::ranges::find(other->topics_, topic) == other->topics_.end()) continue;
      std::lock_guard lock(other->mutex_);
      if (!other->seen_.insert(data).second) continue;
      p2p::events::Gossip event{++other->next_, id_, topic, data};
      other->gossip_[event.id] = event;
      other->events_.push_back(std::move(event));
      other->changed_.notify_all();
    }
  }

  std::shared_ptr<FakeHub> hub_;
  const p2p::PeerId id_;
  const std::vector<std::string> protocols_, topics_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  std::deque<p2p::Event> events_;
  std::set<p2p::PeerId> connected_, protected_;
  std::set<std::string> blocked_;
  std::set<Bytes> seen_;
  std::map<uint64_t, std::shared_ptr<Pending>> asked_;
  std::map<uint64_t, p2p::events::Gossip> gossip_;
  std::vector<p2p::Verdict> verdicts_;
  std::map<p2p::PeerId, double> application_;
  std::map<std::string, size_t> dials_;
  uint64_t next_ = 0;
  size_t requests_ = 0;
};

/// A peer whose answers a test writes: nullopt refuses, `silent` never answers. Gossip is accepted and kept.
class ScriptedPeer {
 public:
  using Answer = std::function<std::optional<Bytes>(const p2p::events::Request&)>;
  ScriptedPeer(std::shared_ptr<FakeHub> hub, p2p::PeerId id, std::vector<std::string> protocols, Answer answer,
               std::vector<std::string> topics = {})
      : transport(std::move(hub), std::move(id), std::move(protocols), std::move(topics)), answer_(std::move(answer)) {
    thread_ = std::jthread([this](std::stop_token stop) {
      while (!stop.stop_requested()) {
        auto event = transport.next(std::chrono::milliseconds(50));
        if (event) std::visit([this](auto& each) { take(each); }, *event);
      }
    });
  }
  ~ScriptedPeer() {
    thread_.request_stop();
    thread_.join();
  }

  FakeTransport transport;
  std::atomic<bool> silent = false;
  std::atomic<int> asked = 0;

 private:
  void take(p2p::events::Connected&) {}
  void take(p2p::events::Disconnected&) {}
  void take(p2p::events::Identified&) {}
  void take(p2p::events::Gossip& event) { transport.judge(event.id, p2p::Verdict::accept); }
  void take(p2p::events::Request& event) {
    ++asked;
    if (silent) return;
    auto answer = answer_(event);
    answer ? transport.respond(event.id, *std::move(answer)) : transport.refuse(event.id);
  }

  Answer answer_;
  std::jthread thread_;
};

/// Waits until a condition holds; false when it does not within ten seconds.
template <class F>
bool eventually(F condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace nelumbo::net::testing
