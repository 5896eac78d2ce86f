#pragma once
// The peers of this process's libp2p host, as the API and the message server are told of them.

#include "net/connections.hpp"
#include "rpc/methods.hpp"
#include "rpc/server.hpp"

namespace nelumbo::node {

/// Net*, but for ID: a program may have an identity and no host.
void bind_net(rpc::Server& server, net::Connections& with);

/// This host and its peers, as the message server dials them.
std::vector<rpc::PeerInfo> peers_to_report(net::Connections& with);
/// Peers that a message published now reaches at once.
int64_t peers_to_publish_to(net::Connections& with);

}  // namespace nelumbo::node
