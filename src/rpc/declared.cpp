#include "rpc/declared.hpp"

#include "rpc/methods.hpp"

namespace nelumbo::rpc {

std::vector<MethodInfo> daemon_methods() {
  return {
#define METHOD(permission, name, ...) common::name.info,
#include "rpc/methods/common.inc"
#undef METHOD
#define METHOD(permission, name, ...) full::name.info,
#include "rpc/methods/chain.inc"
#include "rpc/methods/node.inc"
#include "rpc/methods/state.inc"
#undef METHOD
#define METHOD(permission, name, ...) v0::name.info,
#include "rpc/methods/v0.inc"
#undef METHOD
#define METHOD(permission, name, ...) v2::name.info,
#include "rpc/methods/v2.inc"
#undef METHOD
  };
}

std::vector<MethodInfo> miner_methods() {
  return {
#define METHOD(permission, name, ...) common::name.info,
#include "rpc/methods/common.inc"
#undef METHOD
#define METHOD(permission, name, ...) miner::name.info,
#include "rpc/methods/miner.inc"
#undef METHOD
  };
}

}  // namespace nelumbo::rpc
