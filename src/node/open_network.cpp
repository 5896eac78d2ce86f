#include "open_network.hpp"

#include "base/log.hpp"

namespace nelumbo::node {

namespace {

Result<std::vector<std::string>> bootstrap_peers(const DaemonConfig& config, const DaemonOptions& options,
                                                 const NetworkParams& params) {
  if (!options.bootstrap) return std::vector<std::string>();
  if (!config.libp2p_bootstrap.empty()) return config.libp2p_bootstrap;
  if (options.network_file) return params.bootstrap_peers;
  return official_bootstrap_peers(params.name);
}

}  // namespace

Result<net::PeerPolicy> peer_policy(const DaemonConfig& config, const DaemonOptions& options,
                                    const NetworkParams& params) {
  auto policy = TRY(configured_policy(config));
  policy.bootstrap = TRY(bootstrap_peers(config, options, params));
  policy.only_white = options.only_white_peer;
  if (policy.only_white && policy.whitelist.empty())
    return fail(ErrorCode::invalid, "--only-white-peer: Libp2p.WhitelistPeers names no peer");
  return policy;
}

Result<std::shared_ptr<net::Network>> open_network(Context& context, const DaemonConfig& config,
                                                   const DaemonOptions& options, wallet::KeyStore& keys,
                                                   std::shared_ptr<KvStore> kv) {
  net::NetworkParts parts;
  parts.policy = TRY(peer_policy(config, options, context.params));
  auto host = net::host_config(context.store);
  host.identity = TRY_IN("the node's peer key", host_identity(keys));
  configure_host(host, config, context.params.name, options.network_file.has_value());
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
  auto& transport = network->connections().transport();
  for (const auto& address : transport.listen_addresses())
    log_info("node", "peers reach this node at {}/p2p/{}", address, transport.id());
  return network;
}

}  // namespace nelumbo::node
