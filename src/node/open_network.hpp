#pragma once
// The daemon's place among peers.

#include "context.hpp"
#include "libp2p_settings.hpp"
#include "net/network.hpp"
#include "node/config.hpp"
#include "node/daemon.hpp"

namespace nelumbo::node {

/// What the configuration and the flags say about peers. Bootstrap peers of the official networks are assets.
Result<net::PeerPolicy> peer_policy(const DaemonConfig& config, const DaemonOptions& options,
                                    const NetworkParams& params);

/// Starts the host and makes the network over the context's chain and pool; it begins with Network::start.
Result<std::shared_ptr<net::Network>> open_network(Context& context, const DaemonConfig& config,
                                                   const DaemonOptions& options, wallet::KeyStore& keys,
                                                   std::shared_ptr<KvStore> kv);

}  // namespace nelumbo::node
