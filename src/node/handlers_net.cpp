// Net*: peers, over the API of whatever has a libp2p host.

#include <algorithm>

#include "net_api.hpp"
#include "process_api.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;
using Peer = std::string;

constexpr std::chrono::seconds kDialWait{20}, kFindWait{20}, kPingWait{10};

/// Of the peers that a message published now reaches at once: gossipsub's publish threshold.
constexpr double kPublishThreshold = -1000;

rpc::ExtendedPeerInfo describe(net::Connections& with, const net::PeerRecord& record) {
  rpc::ExtendedPeerInfo out{record.id, record.agent, record.addresses, record.protocols, {}};
  std::ranges::sort(out.addrs);
  std::ranges::sort(out.protocols);
  auto& known = out.conn_mgr_meta.emplace();
  known.first_seen = rfc3339(record.first_seen);
  known.tags = with.merits(record.id);
  for (const auto& [reason, value] : known.tags) known.value += value;
  if (record.connected) {
    for (const auto& address : record.addresses) known.conns[address] = rfc3339(record.connected_since);
  }
  return out;
}

Result<net::PeerRecord> known_peer(net::Connections& with, const Peer& peer) {
  auto record = with.peer(peer);
  if (!record) return fail(ErrorCode::not_found, "the peer {} is not known", peer);
  return *std::move(record);
}

Result<std::vector<rpc::PeerInfo>> connected_peers(net::Connections& with) {
  std::vector<rpc::PeerInfo> out;
  for (auto& view : with.transport().peers()) out.push_back({std::move(view.id), std::move(view.addresses)});
  return out;
}

rpc::NetScopeStat count(const std::vector<net::PeerRecord>& peers) {
  rpc::NetScopeStat out;
  for (const auto& each : peers) {
    ++(each.direction == p2p::Direction::inbound ? out.num_conns_inbound : out.num_conns_outbound);
  }
  return out;
}

Result<rpc::NetStat> stat(net::Connections& with, const std::string& scope) {
  constexpr std::string_view kPeer = "peer:";
  rpc::NetStat out;
  const auto peers = with.peers();
  if (scope == "system" || scope == "all") out.system = count(peers);
  for (const auto& each : peers) {
    if (scope == "all" || scope == std::string(kPeer) + each.id) out.peers[each.id] = count({each});
  }
  if (scope == "system" || scope == "all" || scope.starts_with(kPeer)) return out;
  return fail(ErrorCode::unsupported, "there are no figures of the scope \"{}\"; there are system, peer:ID and all",
              scope);
}

Result<> check_scope(const std::string& scope) {
  if (scope == "system") return {};
  return fail(ErrorCode::unsupported, "the scope \"{}\" has no limit of its own; there is system", scope);
}

Result<> set_limit(net::Connections& with, const std::string& scope, const rpc::NetLimit& limit) {
  TRY(check_scope(scope));
  if (limit.conns < 1) return fail(ErrorCode::invalid, "a limit of {} connections", limit.conns);
  const auto high = static_cast<size_t>(limit.conns);
  with.set_limits(high - high / 6, high);
  return {};
}

rpc::NatInfo nat_info(p2p::Transport& transport) {
  switch (transport.reachability()) {
    case p2p::Reachability::reachable:
      return {rpc::NatReachability::public_, transport.listen_addresses()};
    case p2p::Reachability::unreachable:
      return {rpc::NatReachability::private_, {}};
    case p2p::Reachability::unknown:
      break;
  }
  return {};
}

void bind_peers(rpc::Server& server, net::Connections& with) {
  auto& transport = with.transport();
  server.bind(full::NetAddrsListen, [&]() -> Result<rpc::PeerInfo> {
    return rpc::PeerInfo{transport.id(), transport.listen_addresses()};
  });
  server.bind(full::NetPeers, [&] { return connected_peers(with); });
  server.bind(full::NetPeerInfo, [&](const Peer& peer) -> Result<rpc::ExtendedPeerInfo> {
    return describe(with, TRY(known_peer(with, peer)));
  });
  server.bind(full::NetAgentVersion, [&](const Peer& peer) -> Result<std::string> {
    auto agent = TRY(known_peer(with, peer)).agent;
    return agent.empty() ? "unknown" : agent;
  });
  server.bind(full::NetConnectedness, [&](const Peer& peer) -> Result<int64_t> {
    auto record = with.peer(peer);
    return record && record->connected ? 1 : 0;
  });
  server.bind(full::NetConnect, [&](const rpc::PeerInfo& peer) -> Result<> {
    TRY(transport.dial(peer.addrs, peer.id, kDialWait));
    return {};
  });
  server.bind(full::NetDisconnect, [&](const Peer& peer) -> Result<> {
    transport.disconnect(peer);
    return {};
  });
  server.bind(full::NetFindPeer, [&](const Peer& peer) -> Result<rpc::PeerInfo> {
    auto addresses = TRY(transport.find_peer(peer, kFindWait));
    return rpc::PeerInfo{peer, std::move(addresses)};
  });
  server.bind(full::NetPing, [&](const Peer& peer) -> Result<int64_t> {
    return std::chrono::nanoseconds(TRY(transport.ping(peer, kPingWait))).count();
  });
}

void bind_figures(rpc::Server& server, net::Connections& with) {
  auto& transport = with.transport();
  server.bind(full::NetPubsubScores, [&]() -> Result<std::vector<rpc::PubsubScore>> {
    std::vector<rpc::PubsubScore> out;
    for (const auto& each : transport.scores()) out.push_back({each.id, {each.score, each.application}});
    std::ranges::sort(out, std::greater(), &rpc::PubsubScore::id);
    return out;
  });
  server.bind(full::NetAutoNatStatus, [&]() -> Result<rpc::NatInfo> { return nat_info(transport); });
  server.bind(full::NetBandwidthStats, [&]() -> Result<rpc::BandwidthStats> {
    auto traffic = transport.traffic();
    return rpc::BandwidthStats{static_cast<int64_t>(traffic.total_in), static_cast<int64_t>(traffic.total_out),
                               traffic.rate_in, traffic.rate_out};
  });
  server.bind(full::NetStat, [&](const std::string& scope) { return stat(with, scope); });
  server.bind(full::NetLimit, [&](const std::string& scope) -> Result<rpc::NetLimit> {
    TRY(check_scope(scope));
    return rpc::NetLimit{static_cast<int64_t>(with.policy().high)};
  });
  server.bind(full::NetSetLimit,
              [&](const std::string& scope, const rpc::NetLimit& limit) { return set_limit(with, scope, limit); });
}

net::BlockList block_list(const rpc::NetBlockList& list) { return {list.peers, list.ip_addrs, list.ip_subnets}; }

void bind_lists(rpc::Server& server, net::Connections& with) {
  server.bind(full::NetBlockAdd, [&](const rpc::NetBlockList& list) { return with.block(block_list(list)); });
  server.bind(full::NetBlockRemove, [&](const rpc::NetBlockList& list) { return with.unblock(block_list(list)); });
  server.bind(full::NetBlockList, [&]() -> Result<rpc::NetBlockList> {
    auto list = with.barred();
    return rpc::NetBlockList{std::move(list.peers), std::move(list.addresses), std::move(list.subnets)};
  });
  auto protect = [&](bool on) {
    return [&with, on](const std::vector<Peer>& peers) -> Result<> {
      for (const auto& peer : peers) with.protect(peer, on);
      return {};
    };
  };
  server.bind(full::NetProtectAdd, protect(true));
  server.bind(full::NetProtectRemove, protect(false));
  server.bind(full::NetProtectList, [&]() -> Result<std::vector<Peer>> { return with.protected_peers(); });
}

}  // namespace

std::vector<rpc::PeerInfo> peers_to_report(net::Connections& with) {
  std::vector<rpc::PeerInfo> out{{with.transport().id(), with.transport().listen_addresses()}};
  for (auto& record : with.peers()) {
    if (record.connected) out.push_back({std::move(record.id), std::move(record.addresses)});
  }
  return out;
}

int64_t peers_to_publish_to(net::Connections& with) {
  const auto scores = with.transport().scores();
  return std::ranges::count_if(scores, [](const auto& each) { return each.score >= kPublishThreshold; });
}

void bind_net(rpc::Server& server, net::Connections& with) {
  bind_peers(server, with);
  bind_figures(server, with);
  bind_lists(server, with);
}

}  // namespace nelumbo::node
