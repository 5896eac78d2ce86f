#pragma once
// The web pages of the programs, compiled in from web/ (cmake/pages.cmake).

#include "rpc/pages.hpp"

namespace nelumbo::node {

/// Of the message server: wallets, waiting messages, history, gaps, nodes. Speaks to /rpc/v1 of the same server.
rpc::Pages message_pages();
/// Of the miner: power, sectors with what they wait for, deadlines, messages, storage. Speaks to /rpc/v0.
rpc::Pages miner_pages();
/// Of the faucet: asks for a grant and follows it.
rpc::Pages fountain_pages();

}  // namespace nelumbo::node
