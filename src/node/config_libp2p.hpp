#pragma once
// The options of [Libp2p], the same for every program with a host of its own.

#include "node/config.hpp"

namespace nelumbo::node {

/// A program's own options and after them those of its host.
template <class C>
std::vector<ConfigOption<C>> with_libp2p(std::vector<ConfigOption<C>> options) {
  const ConfigOption<C> more[] = {
      {"Libp2p", "ListenAddresses",
       "Where peers connect to (multiaddresses; port 0 takes any). Left as it is, a test network's host takes "
       "/ip4/127.0.0.1/tcp/0",
       &C::libp2p_listen},
      {"Libp2p", "AnnounceAddresses", "Told to peers instead of the addresses listened on, unless empty",
       &C::libp2p_announce},
      {"Libp2p", "BootstrapPeers",
       "Peers to stay connected to (multiaddresses). For a daemon instead of the network's own list",
       &C::libp2p_bootstrap},
      {"Libp2p", "ProtectedPeers", "Peers whose connections are never closed for being too many (peer IDs)",
       &C::libp2p_protected},
      {"Libp2p", "WhitelistPeers",
       "Trusted peers to stay connected to (multiaddresses that end in /p2p/ID). A daemon with --only-white-peer takes "
       "chain "
       "data from them and gives it to them alone",
       &C::libp2p_whitelist},
      {"Libp2p", "BlacklistPeers", "Peers that cannot connect (peer IDs)", &C::libp2p_blacklist},
      {"Libp2p", "ConnMgrLow", "Connections that are left when there were too many", &C::conn_mgr_low},
      {"Libp2p", "ConnMgrHigh", "Connections above which the least useful are closed", &C::conn_mgr_high},
      {"Libp2p", "ConnMgrGrace", "How long a new connection is left in peace", &C::conn_mgr_grace},
  };
  options.insert(options.end(), std::begin(more), std::end(more));
  return options;
}

}  // namespace nelumbo::node
