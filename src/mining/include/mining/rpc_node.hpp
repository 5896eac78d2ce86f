#pragma once
// The daemon over JSON-RPC.

#include "mining/node_api.hpp"
#include "rpc/client.hpp"

namespace nelumbo::mining {

std::shared_ptr<NodeApi> make_rpc_node(std::shared_ptr<rpc::Client> client);

}  // namespace nelumbo::mining
