#pragma once
// The daemon's place among peers: its identity, its addresses, whom it is told to know.

#include "context.hpp"
#include "net/network.hpp"
#include "node/config.hpp"
#include "node/daemon.hpp"
#include "wallet/key_store.hpp"

namespace nelumbo::node {

/// The key that peers know the node by, made at first use. In the keystore as lotus keeps it: libp2p's protobuf under
/// "libp2p-host".
Result<Bytes> host_identity(wallet::KeyStore& keys);

/// The official list of an official network (lotus's build name), an asset.
Result<std::vector<std::string>> official_bootstrap_peers(const std::string& network);

/// What the configuration and the flags say about peers. Bootstrap peers of the official networks are assets.
Result<net::PeerPolicy> peer_policy(const DaemonConfig& config, const DaemonOptions& options,
                                    const NetworkParams& params);

/// Starts the host and makes the network over the context's chain and pool; it begins with Network::start.
Result<std::shared_ptr<net::Network>> open_network(Context& context, const DaemonConfig& config,
                                                   const DaemonOptions& options, wallet::KeyStore& keys,
                                                   std::shared_ptr<KvStore> kv);

}  // namespace nelumbo::node
