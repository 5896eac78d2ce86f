#pragma once
// The daemon over JSON-RPC.

#include "mining/node_api.hpp"
#include "rpc/client.hpp"
#include "rpc/methods.hpp"
#include "rpc/message_route.hpp"

namespace nelumbo::mining {

/// With a route, messages of senders that it has go through it, and it is asked what became of them.
std::shared_ptr<NodeApi> make_rpc_node(std::shared_ptr<rpc::Client> client,
                                       std::shared_ptr<rpc::MessageRoute> route = nullptr);

}  // namespace nelumbo::mining
