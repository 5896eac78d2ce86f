#pragma once
// All methods as constants: rpc::full::ChainHead, rpc::common::Version, … (the miner's: rpc/miner_api.hpp).
// Each is a line `METHOD(permission, Name, Result(Type name, …))` of a table in rpc/methods/; dispatch, the typed
// client, the permission check and the OpenRPC document come from it.

#include "rpc/api_types.hpp"
#include "rpc/chain_store_types.hpp"
#include "rpc/fountain_types.hpp"
#include "rpc/message_types.hpp"
#include "rpc/method.hpp"
#include "rpc/miner_types.hpp"
#include "rpc/net_types.hpp"

#define NELUMBO_RPC_METHOD(endpoint_bits, perm, method_name, ...)                                  \
  struct method_name##_t : Method<__VA_ARGS__> {                                                   \
    static constexpr MethodInfo info{#method_name, Permission::perm, #__VA_ARGS__, endpoint_bits}; \
  };                                                                                               \
  inline constexpr method_name##_t method_name{};

namespace nelumbo::rpc {

/// Methods of every daemon.
namespace common {
#define METHOD(...) NELUMBO_RPC_METHOD(kEndpointV0 | kEndpointV1, __VA_ARGS__)
#include "rpc/methods/common.inc"
#undef METHOD
}  // namespace common

/// Methods of the full node.
namespace full {
#define METHOD(...) NELUMBO_RPC_METHOD(kEndpointV0 | kEndpointV1, __VA_ARGS__)
#include "rpc/methods/chain.inc"
#include "rpc/methods/net.inc"
#include "rpc/methods/node.inc"
#include "rpc/methods/state.inc"
#undef METHOD
}  // namespace full

/// Where /rpc/v0 has another signature than /rpc/v1, or a method that only it has.
namespace v0 {
#define METHOD(...) NELUMBO_RPC_METHOD(kEndpointV0, __VA_ARGS__)
#include "rpc/methods/v0.inc"
#undef METHOD
}  // namespace v0

/// Methods of /rpc/v2.
namespace v2 {
#define METHOD(...) NELUMBO_RPC_METHOD(kEndpointV2, __VA_ARGS__)
#include "rpc/methods/v2.inc"
#undef METHOD
}  // namespace v2

/// Methods of the message server.
namespace message {
#define METHOD(...) NELUMBO_RPC_METHOD(kEndpointV0 | kEndpointV1, __VA_ARGS__)
#include "rpc/methods/message.inc"
#undef METHOD
}  // namespace message

/// Methods of the faucet.
namespace fountain {
#define METHOD(...) NELUMBO_RPC_METHOD(kEndpointV0 | kEndpointV1, __VA_ARGS__)
#include "rpc/methods/fountain.inc"
#undef METHOD
}  // namespace fountain

}  // namespace nelumbo::rpc
