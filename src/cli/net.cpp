// net … of lotus and lotus-miner, and what of it lotus-message has: of the host of the program that is asked
#include <algorithm>
#include <chrono>
#include <ostream>
#include <thread>

#include "lookup.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

/// "/ip4/1.2.3.4/tcp/5/p2p/ID" as the peer and its address.
Result<rpc::PeerInfo> parse_peer(const std::string& text) {
  constexpr std::string_view kTag = "/p2p/";
  auto at = text.rfind(kTag);
  if (!text.starts_with('/') || at == std::string::npos || text.find('/', at + kTag.size()) != std::string::npos)
    return fail(ErrorCode::invalid, "{} is no multiaddress that ends in /p2p/ and a peer's id", text);
  return rpc::PeerInfo{text.substr(at + kTag.size()), {text.substr(0, at)}};
}

/// The peers that the arguments name: multiaddresses, or a miner's address, whose ID the chain knows and `host` finds.
Result<std::vector<rpc::PeerInfo>> peer_arguments(Context& context, rpc::Client& host) {
  std::vector<rpc::PeerInfo> out;
  for (const auto& each : context.args) {
    auto miner = Address::parse(each);
    if (!miner) {
      out.push_back(TRY(parse_peer(each)));
      continue;
    }
    auto* node = TRY(context.node());
    auto info = TRY_IN("getting miner info", node->call(full::StateMinerInfo, *miner, TipsetKey()));
    if (!info.peer_id) return fail(ErrorCode::not_found, "no PeerID for miner {}", each);
    auto found = TRY(host.call(full::NetFindPeer, *info.peer_id));
    context.print("{} -> {}", each, found.id);
    out.push_back(std::move(found));
  }
  return out;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& each : texts) out += (out.empty() ? "" : " ") + each;
  return out;
}

Result<> id(Context& context) {
  auto* host = TRY(context.own());
  auto own = TRY(host->call(full::ID));
  context.print("{}", context.json() ? json_string(own) : own);
  return {};
}

Result<> peers(Context& context) {
  auto* host = TRY(context.own());
  auto all = TRY(host->call(full::NetPeers));
  std::ranges::sort(all, std::greater(), &rpc::PeerInfo::id);
  if (context.json() && !context.on("extended")) {
    print_json(context, full::NetPeers, all);
    return {};
  }
  for (const auto& peer : all) {
    if (context.on("extended")) {
      auto info = TRY(host->call(full::NetPeerInfo, peer.id));
      context.print("{}", value_json(full::NetPeerInfo, info));
    } else if (context.on("agent")) {
      auto agent = TRY(host->call(full::NetAgentVersion, peer.id));
      context.print("{}, [{}], {}", peer.id, joined(peer.addrs), agent);
    } else {
      context.print("{}, [{}]", peer.id, joined(peer.addrs));
    }
  }
  return {};
}

Result<> listen(Context& context) {
  auto* host = TRY(context.own());
  auto own = TRY(host->call(full::NetAddrsListen));
  if (context.json()) {
    print_json(context, full::NetAddrsListen, own);
    return {};
  }
  for (const auto& each : own.addrs) context.print("{}/p2p/{}", each, own.id);
  return {};
}

Result<> connect(Context& context) {
  auto* host = TRY(context.own());
  for (const auto& peer : TRY(peer_arguments(context, *host))) {
    auto done = host->call(full::NetConnect, peer);
    context.print("connect {}: {}", peer.id, done ? "success" : "failure");
    TRY(std::move(done));
  }
  return {};
}

Result<> disconnect(Context& context) {
  auto* host = TRY(context.own());
  for (const auto& peer : context.args) {
    auto done = host->call(full::NetDisconnect, peer);
    context.print("disconnect {}: {}", peer, done ? "success" : "failure");
    TRY(std::move(done));
  }
  return {};
}

Result<> find_peer(Context& context) {
  auto* host = TRY(context.own());
  auto found = TRY(host->call(full::NetFindPeer, context.args[0]));
  if (context.json()) {
    print_json(context, full::NetFindPeer, found);
  } else {
    context.print("{{{}: [{}]}}", found.id, joined(found.addrs));
  }
  return {};
}

Result<> ping(Context& context) {
  auto* host = TRY(context.own());
  const auto count = TRY(context.number("count", 10));
  const auto interval = TRY(parse_duration(context.text("interval")));
  for (const auto& peer : TRY(peer_arguments(context, *host))) {
    TRY_IN("connect", host->call(full::NetConnect, peer));
    context.print("PING {}", peer.id);
    std::chrono::nanoseconds sum{0};
    int64_t answers = 0;
    for (int64_t i = 0; i < count && !interrupted(); ++i) {
      const auto next = std::chrono::steady_clock::now() + interval;
      if (auto took = host->call(full::NetPing, peer.id)) {
        context.print("Pong received: time={:.3f}ms", static_cast<double>(*took) / 1e6);
        sum += std::chrono::nanoseconds(*took);
        ++answers;
      } else {
        context.err << "Ping failed: " << took.error().message << "\n";
      }
      context.out.flush();
      if (i + 1 < count) std::this_thread::sleep_until(next);
    }
    if (answers == 0) return fail(ErrorCode::unavailable, "the peer {} did not answer", peer.id);
    context.print("Average latency: {:.3f}ms", static_cast<double>(sum.count()) / 1e6 / static_cast<double>(answers));
  }
  return {};
}

Result<> scores(Context& context) {
  auto* host = TRY(context.own());
  auto all = TRY(host->call(full::NetPubsubScores));
  if (context.json() || context.on("extended")) {
    print_json(context, full::NetPubsubScores, all);
    return {};
  }
  for (const auto& each : all) context.print("{}, {:.6f}", each.id, each.score.score);
  return {};
}

Result<> reachability(Context& context) {
  auto* host = TRY(context.own());
  auto info = TRY(host->call(full::NetAutoNatStatus));
  if (context.json()) {
    print_json(context, full::NetAutoNatStatus, info);
    return {};
  }
  static constexpr std::string_view kNames[] = {"Unknown", "Public", "Private"};
  const auto index = static_cast<size_t>(info.reachability);
  context.print("AutoNAT status:  {}", index < std::size(kNames) ? kNames[index] : kNames[0]);
  if (!info.public_addrs.empty()) context.print("Public address: [{}]", joined(info.public_addrs));
  return {};
}

Result<> bandwidth(Context& context) {
  auto* host = TRY(context.own());
  auto stats = TRY(host->call(full::NetBandwidthStats));
  if (context.json()) {
    print_json(context, full::NetBandwidthStats, stats);
    return {};
  }
  Table table({"Segment", "TotalIn", "TotalOut", "RateIn", "RateOut"});
  auto rate = [](double bytes) { return byte_size(BigInt(static_cast<int64_t>(bytes))) + "/s"; };
  table.add({{"Segment", "Total"},
             {"TotalIn", byte_size(stats.total_in)},
             {"TotalOut", byte_size(stats.total_out)},
             {"RateIn", rate(stats.rate_in)},
             {"RateOut", rate(stats.rate_out)}});
  table.print(context.out);
  return {};
}

/// Changes one kind of entry of the block list to hold the arguments.
auto change_blocked(bool add, std::vector<std::string> rpc::NetBlockList::*kind) {
  return [add, kind](Context& context) -> Result<> {
    auto* host = TRY(context.own());
    rpc::NetBlockList list;
    list.*kind = context.args;
    return add ? host->call(full::NetBlockAdd, list) : host->call(full::NetBlockRemove, list);
  };
}

Result<> list_blocked(Context& context) {
  auto* host = TRY(context.own());
  auto list = TRY(host->call(full::NetBlockList));
  if (context.json()) {
    print_json(context, full::NetBlockList, list);
    return {};
  }
  auto show = [&](std::string_view title, const std::vector<std::string>& entries) {
    if (!entries.empty()) context.print("{}", title);
    for (const auto& each : entries) context.print("\t{}", each);
  };
  show("Blocked Peers:", list.peers);
  show("Blocked IPs:", list.ip_addrs);
  show("Blocked Subnets:", list.ip_subnets);
  return {};
}

Result<> stat(Context& context) {
  auto* host = TRY(context.own());
  auto found = TRY(host->call(full::NetStat, context.args[0]));
  if (context.json()) {
    print_json(context, full::NetStat, found);
    return {};
  }
  auto show = [&](const std::string& scope, const rpc::NetScopeStat& each) {
    context.print("{}\n\tconn in:     {}\n\tconn out:    {}\n", scope, each.num_conns_inbound, each.num_conns_outbound);
  };
  if (found.system) show("system", *found.system);
  for (const auto& [peer, each] : found.peers) show("peer:" + peer, each);
  return {};
}

Result<> limit(Context& context) {
  auto* host = TRY(context.own());
  if (context.on("set")) {
    if (context.args.size() != 2) return fail(ErrorCode::invalid, "must specify exactly a scope and a limit");
    auto wanted = TRY_IN("decoding limit", rpc::MethodCodec<full::NetLimit_t>::get_value(context.args[1]));
    return host->call(full::NetSetLimit, context.args[0], wanted);
  }
  print_json(context, full::NetLimit, TRY(host->call(full::NetLimit, context.args[0])));
  return {};
}

Result<> protect(Context& context) {
  auto* host = TRY(context.own());
  TRY(host->call(full::NetProtectAdd, context.args));
  context.print("added to protected peers:");
  for (const auto& each : context.args) context.print(" {}", each);
  return {};
}

Result<> unprotect(Context& context) {
  auto* host = TRY(context.own());
  TRY(host->call(full::NetProtectRemove, context.args));
  context.print("removed from protected peers:");
  for (const auto& each : context.args) context.print(" {}", each);
  return {};
}

Result<> list_protected(Context& context) {
  auto* host = TRY(context.own());
  auto all = TRY(host->call(full::NetProtectList));
  if (context.json()) {
    print_json(context, full::NetProtectList, all);
    return {};
  }
  for (const auto& each : all) context.print("{}", each);
  return {};
}

constexpr size_t kMany = 1000;

std::vector<Command> block_commands() {
  using List = rpc::NetBlockList;
  return {
      {"net block add peer", "<Peer> ...", "Block a peer", {}, 1, kMany, change_blocked(true, &List::peers)},
      {"net block add ip", "<IP> ...", "Block an IP address", {}, 1, kMany, change_blocked(true, &List::ip_addrs)},
      {"net block add subnet",
       "<CIDR> ...",
       "Block an IP subnet",
       {},
       1,
       kMany,
       change_blocked(true, &List::ip_subnets)},
      {"net block remove peer", "<Peer> ...", "Unblock a peer", {}, 1, kMany, change_blocked(false, &List::peers)},
      {"net block remove ip",
       "<IP> ...",
       "Unblock an IP address",
       {},
       1,
       kMany,
       change_blocked(false, &List::ip_addrs)},
      {"net block remove subnet",
       "<CIDR> ...",
       "Unblock an IP subnet",
       {},
       1,
       kMany,
       change_blocked(false, &List::ip_subnets)},
      {"net block list", "", "list connection gating rules", {toggle("--json", "print JSON")}, 0, 0, list_blocked},
  };
}

}  // namespace

std::vector<Command> net_basic_commands() {
  const auto json = toggle("--json", "print JSON");
  return {
      {"net peers", "", "Print peers", {json}, 0, 0, peers},
      {"net connect", "[peerMultiaddr]", "Connect to a peer", {}, 1, kMany, connect},
      {"net listen", "", "List listen addresses", {json}, 0, 0, listen},
      {"net id", "", "Get the peer ID", {json}, 0, 0, id},
  };
}

std::vector<Command> net_commands() {
  const auto json = toggle("--json", "print JSON");
  std::vector<Command> out{
      {"net peers",
       "",
       "Print peers",
       {toggle("--agent,-a", "Print agent name"), toggle("--extended,-x", "Print extended peer information in json"),
        json},
       0,
       0,
       peers},
      {"net ping",
       "[peerMultiaddr]",
       "Ping peers",
       {number("--count,-c", "specify the number of times it should ping", "10"),
        text("--interval,-i", "minimum time between pings", "1s")},
       1,
       1,
       ping},
      {"net connect", "[peerMultiaddr|minerActorAddress]", "Connect to a peer", {}, 1, kMany, connect},
      {"net disconnect", "[peerID]", "Disconnect from a peer", {}, 1, kMany, disconnect},
      {"net listen", "", "List listen addresses", {json}, 0, 0, listen},
      {"net id", "", "Get node identity", {json}, 0, 0, id},
      {"net find-peer|findpeer", "[peerId]", "Find the addresses of a given peerID", {json}, 1, 1, find_peer},
      {"net scores",
       "",
       "Print peers' pubsub scores",
       {toggle("--extended,-x", "print extended peer scores in json"), json},
       0,
       0,
       scores},
      {"net reachability", "", "Print information about reachability from the internet", {json}, 0, 0, reachability},
      {"net bandwidth", "", "Print bandwidth usage information", {json}, 0, 0, bandwidth},
      {"net stat", "system|peer:<peer>|all", "Report connections of a scope", {json}, 1, 1, stat},
      {"net limit",
       "system [limit]",
       "Get or set the limit of connections (JSON, {\"Conns\": 180})",
       {toggle("--set", "set the limit for a scope")},
       1,
       2,
       limit},
      {"net protect",
       "<peer-id> [<peer-id>...]",
       "Add one or more peer IDs to the list of protected peer connections",
       {},
       1,
       kMany,
       protect},
      {"net unprotect",
       "<peer-id> [<peer-id>...]",
       "Remove one or more peer IDs from the list of protected peer connections",
       {},
       1,
       kMany,
       unprotect},
      {"net list-protected", "", "List the peer IDs with protected connection", {json}, 0, 0, list_protected},
  };
  for (auto& each : block_commands()) out.push_back(std::move(each));
  return out;
}

}  // namespace nelumbo::cli
