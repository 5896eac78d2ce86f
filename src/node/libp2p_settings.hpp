#pragma once
// What [Libp2p] of a config.toml means for the host of a program, whichever it is.

#include "net/policy.hpp"
#include "node/config.hpp"
#include "wallet/key_store.hpp"

namespace nelumbo::node {

/// The key that peers know the host by, made at first use. In the keystore as lotus keeps it: libp2p's protobuf under
/// "libp2p-host".
Result<Bytes> host_identity(wallet::KeyStore& keys);

/// The official list of an official network (lotus's build name), an asset.
Result<std::vector<std::string>> official_bootstrap_peers(const std::string& network);

/// Whom to know, keep and refuse; an option that cannot be meant is an error that names it.
Result<net::PeerPolicy> configured_policy(const Libp2pConfig& config);

/// Addresses, agent and limits. Left as they are, the addresses of a test network's host are this machine's alone.
void configure_host(p2p::HostConfig& host, const Libp2pConfig& config, const std::string& network, bool test_network);

}  // namespace nelumbo::node
