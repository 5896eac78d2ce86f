#pragma once
// The miner's own libp2p host: peers find the miner under the ID that the chain was told.

#include <thread>

#include "miner_parts.hpp"
#include "net/connections.hpp"

namespace nelumbo::node {

/// Speaks no chain protocol: it listens, is in the network's DHT, and stays connected to the miner's node.
class MinerHost {
 public:
  static Result<std::unique_ptr<MinerHost>> start(MinerProcess& m);
  ~MinerHost();

  net::Connections& connections() { return connections_; }

 private:
  MinerHost(MinerProcess& m, net::ConnectionParts parts);
  void keep_to_node(std::stop_token stop);
  Result<> dial_node();

  MinerProcess& m_;
  net::Connections connections_;
  // Of the thread below.
  net::PeerId node_;
  std::string last_trouble_;
  std::jthread keeping_;
};

}  // namespace nelumbo::node
