// The C++ face of the libp2p host (engines/src/p2p).
#include "engine/p2p.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>

#include "crypto/bridge.hpp"
#include "init.hpp"
#include "nelumbo_engines/p2p_host.hpp"
#include "nelumbo_engines/src/p2p/mod.rs.h"

namespace nelumbo::p2p {
namespace {

using std::chrono::milliseconds;

/// What is no UTF-8 is replaced: it names nothing then.
rust::String text(const std::string& s) { return rust::String::lossy(s); }

rust::Vec<rust::String> texts(const std::vector<std::string>& all) {
  rust::Vec<rust::String> out;
  for (const auto& one : all) out.push_back(text(one));
  return out;
}

std::vector<std::string> strings(const rust::Vec<rust::String>& all) {
  std::vector<std::string> out;
  for (const auto& one : all) out.emplace_back(one.data(), one.size());
  return out;
}

rust::Vec<uint8_t> rust_bytes(BytesView bytes) {
  rust::Vec<uint8_t> out;
  out.reserve(bytes.size());
  for (uint8_t byte : bytes) out.push_back(byte);
  return out;
}

/// At most a year, so that no clock overflows.
uint64_t count(milliseconds wait) {
  constexpr int64_t kYear = milliseconds(std::chrono::years(1)).count();
  return static_cast<uint64_t>(std::clamp<int64_t>(wait.count(), 0, kYear));
}

ErrorCode code_of(engines::P2pFailure failure) {
  switch (failure) {
    case engines::P2pFailure::Invalid:
      return ErrorCode::invalid;
    case engines::P2pFailure::NotFound:
      return ErrorCode::not_found;
    case engines::P2pFailure::Unavailable:
      return ErrorCode::unavailable;
    case engines::P2pFailure::Exhausted:
      return ErrorCode::exhausted;
    case engines::P2pFailure::Cancelled:
      return ErrorCode::cancelled;
    case engines::P2pFailure::Unsupported:
      return ErrorCode::unsupported;
    default:
      return ErrorCode::failed;
  }
}

/// The answer, or its failure as an error.
Result<engines::P2pAnswer> good(engines::P2pAnswer answer) {
  if (answer.failure == engines::P2pFailure::None) return answer;
  return fail(code_of(answer.failure), "{}", std::string(answer.text));
}

/// Gives blocks until it is closed; afterwards the caller's function is not called again.
class Blocks final : public engines::P2pHost {
 public:
  using Source = std::function<std::optional<Bytes>(const Cid&)>;
  explicit Blocks(Source source) : source_(std::move(source)) {}

  std::unique_ptr<std::vector<uint8_t>> block(rust::Slice<const uint8_t> cid) const override {
    Cid wanted = must(Cid::from_bytes({cid.data(), cid.size()}));
    std::shared_lock open(mutex_);
    auto found = source_ ? source_(wanted) : std::nullopt;
    return found ? std::make_unique<std::vector<uint8_t>>(*std::move(found)) : nullptr;
  }

  /// Waits for calls that are under way.
  void close() {
    std::unique_lock closing(mutex_);
    source_ = nullptr;
  }

 private:
  mutable std::shared_mutex mutex_;
  Source source_;
};

engines::P2pTopic topic(const Topic& topic) {
  const TopicScore& score = topic.score;
  return {.name = text(topic.name),
          .weight = score.weight,
          .time_in_mesh_weight = score.time_in_mesh_weight,
          .time_in_mesh_quantum_seconds = score.time_in_mesh_quantum_seconds,
          .time_in_mesh_cap = score.time_in_mesh_cap,
          .first_deliveries_weight = score.first_deliveries_weight,
          .first_deliveries_decay = score.first_deliveries_decay,
          .first_deliveries_cap = score.first_deliveries_cap,
          .invalid_weight = score.invalid_weight,
          .invalid_decay = score.invalid_decay};
}

engines::P2pConfig host_config(const HostConfig& config) {
  engines::P2pConfig out{};
  out.identity = rust_bytes(config.identity);
  out.listen = texts(config.listen);
  out.announce = texts(config.announce);
  out.agent = text(config.agent);
  out.kad_protocol = text(config.kad_protocol);
  for (const auto& each : config.topics) out.topics.push_back(topic(each));
  out.protocols = texts(config.protocols);
  out.direct_peers = texts(config.direct_peers);
  out.max_gossip_bytes = config.max_gossip_bytes;
  out.max_request_bytes = config.max_request_bytes;
  out.max_connections = config.max_connections;
  out.max_incoming_per_second = config.max_incoming_per_second;
  out.max_connections_per_peer = config.max_connections_per_peer;
  out.max_requests_in_flight = config.max_requests_in_flight;
  out.idle_timeout_seconds = static_cast<uint64_t>(std::max<int64_t>(config.idle_timeout.count(), 0));
  out.mdns = config.mdns;
  out.private_network = config.private_network;
  out.serves_blocks = static_cast<bool>(config.block_source);
  return out;
}

std::optional<Event> read_event(const engines::P2pEvent& event) {
  PeerId peer(event.peer);
  std::string text(event.text);
  switch (event.kind) {
    case engines::P2pEventKind::Connected: {
      auto direction = event.inbound ? Direction::inbound : Direction::outbound;
      return events::Connected{std::move(peer), std::move(text), direction};
    }
    case engines::P2pEventKind::Disconnected:
      return events::Disconnected{std::move(peer)};
    case engines::P2pEventKind::Identified:
      return events::Identified{std::move(peer), std::move(text), strings(event.protocols), strings(event.addresses)};
    case engines::P2pEventKind::Gossip:
      return events::Gossip{event.id, std::move(peer), std::move(text), bridge::to_bytes(event.data)};
    case engines::P2pEventKind::Request:
      return events::Request{event.id, std::move(peer), std::move(text), bridge::to_bytes(event.data)};
    default:
      return std::nullopt;
  }
}

PeerView read_peer(const engines::P2pPeer& peer) {
  PeerView view;
  view.id = PeerId(peer.id);
  view.addresses = strings(peer.addresses);
  view.agent = std::string(peer.agent);
  view.protocols = strings(peer.protocols);
  view.direction = peer.inbound ? Direction::inbound : Direction::outbound;
  view.latency = milliseconds(peer.latency_ms);
  view.connected_for = std::chrono::seconds(peer.connected_seconds);
  view.protected_ = peer.is_protected;
  return view;
}

class Libp2p final : public Transport {
 public:
  Libp2p(rust::Box<engines::P2p> host, std::shared_ptr<Blocks> blocks)
      : host_(std::move(host)), blocks_(std::move(blocks)) {}
  ~Libp2p() override { Libp2p::close(); }

  PeerId id() const override { return PeerId(host_->id()); }
  std::vector<std::string> listen_addresses() const override { return strings(host_->listen_addresses()); }

  std::optional<Event> next(milliseconds wait) override { return read_event(host_->next(count(wait))); }
  void close() override {
    blocks_->close();
    host_->close();
  }

  Result<PeerId> dial(const std::vector<std::string>& addresses, std::optional<PeerId> peer,
                      milliseconds wait) override {
    auto dialled = TRY(good(host_->dial(texts(addresses), text(peer.value_or("")), count(wait))));
    return PeerId(dialled.texts[0]);
  }
  void disconnect(const PeerId& peer) override { host_->disconnect(text(peer)); }
  std::vector<PeerView> peers() const override {
    std::vector<PeerView> out;
    for (const auto& peer : host_->peers()) out.push_back(read_peer(peer));
    return out;
  }

  Result<Bytes> request(const PeerId& peer, const std::string& protocol, Bytes data, size_t max_bytes,
                        milliseconds wait) override {
    auto asked = host_->request(text(peer), text(protocol), bridge::slice(data), max_bytes, count(wait));
    return bridge::to_bytes(TRY(good(std::move(asked))).data);
  }
  void respond(uint64_t request, Bytes data) override { host_->respond(request, bridge::slice(data)); }
  void refuse(uint64_t request) override { host_->refuse(request); }

  Result<> publish(const std::string& topic, Bytes data) override {
    TRY(good(host_->publish(text(topic), bridge::slice(data))));
    return {};
  }
  void judge(uint64_t gossip, Verdict verdict) override {
    auto said = verdict == Verdict::accept   ? engines::P2pVerdict::Accept
                : verdict == Verdict::reject ? engines::P2pVerdict::Reject
                                             : engines::P2pVerdict::Ignore;
    host_->judge(gossip, said);
  }
  std::vector<PeerScore> scores() const override {
    std::vector<PeerScore> out;
    for (const auto& each : host_->scores()) out.push_back({PeerId(each.id), each.score, each.application});
    return out;
  }
  void set_application_score(const PeerId& peer, double score) override {
    host_->set_application_score(text(peer), score);
  }

  void protect(const PeerId& peer, bool on) override { host_->protect(text(peer), on); }
  void block(const std::string& peer_or_subnet, bool on) override { host_->block(text(peer_or_subnet), on); }

  Result<std::vector<std::string>> find_peer(const PeerId& peer, milliseconds wait) override {
    auto found = TRY(good(host_->find_peer(text(peer), count(wait))));
    return strings(found.texts);
  }
  void bootstrap() override { host_->bootstrap(); }
  Result<std::chrono::microseconds> ping(const PeerId& peer, milliseconds wait) override {
    return std::chrono::microseconds(TRY(good(host_->ping(text(peer), count(wait)))).number);
  }
  Traffic traffic() const override {
    auto traffic = host_->traffic();
    return {traffic.total_in, traffic.total_out, traffic.rate_in, traffic.rate_out};
  }
  Reachability reachability() const override {
    switch (host_->reachability()) {
      case engines::P2pReachability::Reachable:
        return Reachability::reachable;
      case engines::P2pReachability::Unreachable:
        return Reachability::unreachable;
      default:
        return Reachability::unknown;
    }
  }

  Result<Bytes> fetch_block(const Cid& cid, milliseconds wait, const PeerId& likely) override {
    auto fetched = TRY(good(host_->fetch_block(bridge::slice(cid.bytes()), text(likely), count(wait))));
    Bytes data = bridge::to_bytes(fetched.data);
    TRY(check_digest(cid, data));
    return data;
  }

 private:
  rust::Box<engines::P2p> host_;
  std::shared_ptr<Blocks> blocks_;
};

}  // namespace

Result<Bytes> new_identity() {
  return bridge::call([] { return engines::p2p_new_identity(); }, ErrorCode::failed);
}

Result<PeerId> peer_id_of(BytesView identity) {
  auto id = TRY(bridge::call([&] { return engines::p2p_peer_id(bridge::slice(identity)); }));
  return PeerId(id);
}

Result<std::unique_ptr<Transport>> start_libp2p(HostConfig config) {
  init_engines();  // the host's log
  auto settings = host_config(config);
  auto blocks = std::make_shared<Blocks>(std::move(config.block_source));
  auto start = [&] { return engines::start_p2p(settings, blocks); };
  auto host = TRY_IN("starting the peer-to-peer host", bridge::call(start, ErrorCode::unavailable));
  return std::make_unique<Libp2p>(std::move(host), std::move(blocks));
}

}  // namespace nelumbo::p2p
