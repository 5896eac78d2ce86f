#include "open_network.hpp"

#include <sstream>

#include "base/log.hpp"
#include "node/version.hpp"

namespace nelumbo::node {

namespace {

/// A devnet's daemon is found on this machine only, unless the configuration says otherwise.
constexpr std::string_view kDevnetListen = "/ip4/127.0.0.1/tcp/0";
/// Connections beyond the limit at which trimming begins.
constexpr size_t kSpareConnections = 64;
constexpr size_t kMaxListBytes = 1 << 20;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty() && line.front() != '#') out.push_back(line);
  }
  return out;
}

Result<std::vector<std::string>> bootstrap_peers(const DaemonConfig& config, const DaemonOptions& options,
                                                 const NetworkParams& params) {
  if (!options.bootstrap) return std::vector<std::string>();
  if (!config.libp2p_bootstrap.empty()) return config.libp2p_bootstrap;
  if (options.network_file) return params.bootstrap_peers;
  return official_bootstrap_peers(params.name);
}

std::vector<std::string> listen_addresses(const DaemonConfig& config, const DaemonOptions& options) {
  const bool untouched = config.libp2p_listen == DaemonConfig().libp2p_listen;
  if (options.network_file && untouched) return {std::string(kDevnetListen)};
  return config.libp2p_listen;
}

Result<size_t> connection_count(int64_t value, std::string_view option) {
  if (value < 0 || value > 100'000) return fail(ErrorCode::invalid, "Libp2p.{}: {} connections", option, value);
  return static_cast<size_t>(value);
}

}  // namespace

Result<std::vector<std::string>> official_bootstrap_peers(const std::string& network) {
  auto file = cache_folder() / "assets" / "bootstrap" / (network + ".txt");
  auto text = read_text_file(file, kMaxListBytes);
  if (!text) {
    return fail(ErrorCode::not_found,
                "the list of bootstrap peers {} is missing: run `make assets` once to fetch the official files, name "
                "peers in Libp2p.BootstrapPeers, or start with --bootstrap=false",
                file.string());
  }
  return lines_of(*text);
}

Result<Bytes> host_identity(wallet::KeyStore& keys) {
  auto stored = keys.get(wallet::kLibp2pHostName);
  if (stored) return std::move(stored->private_key);
  if (stored.error().code != ErrorCode::not_found) return std::unexpected(std::move(stored).error());
  auto made = TRY(p2p::new_identity());
  TRY(keys.put(wallet::kLibp2pHostName, {std::string(wallet::kLibp2pHostType), made}));
  return made;
}

Result<net::PeerPolicy> peer_policy(const DaemonConfig& config, const DaemonOptions& options,
                                    const NetworkParams& params) {
  net::PeerPolicy policy;
  policy.bootstrap = TRY(bootstrap_peers(config, options, params));
  policy.whitelist = config.libp2p_whitelist;
  for (const auto& address : policy.whitelist) {
    if (!net::peer_of(address))
      return fail(ErrorCode::invalid, "Libp2p.WhitelistPeers: {} does not end in /p2p/ and a peer's id", address);
  }
  policy.blacklist = config.libp2p_blacklist;
  policy.protected_peers = config.libp2p_protected;
  policy.only_white = options.only_white_peer;
  if (policy.only_white && policy.whitelist.empty())
    return fail(ErrorCode::invalid, "--only-white-peer: Libp2p.WhitelistPeers names no peer");
  policy.low = TRY(connection_count(config.conn_mgr_low, "ConnMgrLow"));
  policy.high = TRY(connection_count(config.conn_mgr_high, "ConnMgrHigh"));
  if (policy.low > policy.high)
    return fail(ErrorCode::invalid, "Libp2p.ConnMgrLow is {}, above ConnMgrHigh, {}", policy.low, policy.high);
  policy.grace = config.conn_mgr_grace;
  return policy;
}

Result<std::shared_ptr<net::Network>> open_network(Context& context, const DaemonConfig& config,
                                                   const DaemonOptions& options, wallet::KeyStore& keys,
                                                   std::shared_ptr<KvStore> kv) {
  net::NetworkParts parts;
  parts.policy = TRY(peer_policy(config, options, context.params));
  auto host = net::host_config(context.store);
  host.identity = TRY_IN("the node's peer key", host_identity(keys));
  host.listen = listen_addresses(config, options);
  host.announce = config.libp2p_announce;
  host.agent = user_version(context.params.name);
  host.max_connections = static_cast<uint32_t>(parts.policy.high + kSpareConnections);
  host.private_network = options.network_file.has_value();
  parts.transport = TRY_IN("starting the peer-to-peer host", p2p::start_libp2p(std::move(host)));
  parts.store = context.store;
  parts.clock = context.clock;
  parts.kv = std::move(kv);
  parts.worker_of = net::worker_lookup(context.states);
  parts.accept_block = [syncer = context.syncer](const chain::FullBlock& block) -> Result<> {
    auto taken = syncer->accept(block);
    if (taken) return {};
    auto bad = syncer->bad_block(block.header.cid());
    if (bad && bad->by_operator) return fail(ErrorCode::permission, "{}", taken.error().message);
    return std::unexpected(std::move(taken).error());
  };
  parts.add_message = [pool = context.pool](const SignedMessage& message, pool::Refusal& refusal) {
    return pool->add(message, &refusal);
  };
  parts.find_message = [pool = context.pool](const Cid& cid) { return pool->find(cid); };
  parts.head_heard = [&context](const net::PeerId& peer, TipsetPtr head) {
    context.sync->head_heard(peer, std::move(head));
  };
  parts.peer_gone = [&context](const net::PeerId& peer) { context.sync->peer_gone(peer); };
  auto network = std::make_shared<net::Network>(std::move(parts));
  for (const auto& address : network->transport().listen_addresses())
    log_info("node", "peers reach this node at {}/p2p/{}", address, network->transport().id());
  return network;
}

}  // namespace nelumbo::node
