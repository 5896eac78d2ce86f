#pragma once
// The chain over a daemon's JSON-RPC.

#include "rpc/client.hpp"
#include "rpc/methods.hpp"
#include "rpc/message_route.hpp"
#include "sealing/chain_api.hpp"

namespace nelumbo::sealing {

/// With a route, messages of senders that it has go through it, and it is asked what became of them.
std::shared_ptr<ChainApi> make_rpc_chain(std::shared_ptr<rpc::Client> client,
                                         std::shared_ptr<rpc::MessageRoute> route = nullptr);

}  // namespace nelumbo::sealing
