#include "rpc/declared.hpp"

#include "rpc/miner_api.hpp"

namespace nelumbo::rpc {

namespace {

template <class M>
DeclaredMethod declared(const M&) {
  return {M::info, M::kIsStream, detail::schemas_of<M>};
}

}  // namespace

std::vector<DeclaredMethod> daemon_methods() {
  return {
#define METHOD(permission, name, ...) declared(common::name),
#include "rpc/methods/common.inc"
#undef METHOD
#define METHOD(permission, name, ...) declared(full::name),
#include "rpc/methods/chain.inc"
#include "rpc/methods/node.inc"
#include "rpc/methods/state.inc"
#undef METHOD
#define METHOD(permission, name, ...) declared(v0::name),
#include "rpc/methods/v0.inc"
#undef METHOD
#define METHOD(permission, name, ...) declared(v2::name),
#include "rpc/methods/v2.inc"
#undef METHOD
  };
}

std::vector<DeclaredMethod> miner_methods() {
  return {
#define METHOD(permission, name, ...) declared(common::name),
#include "rpc/methods/common.inc"
#undef METHOD
#define METHOD(permission, name, ...) declared(miner::name),
#include "rpc/methods/miner.inc"
#undef METHOD
  };
}

std::vector<DeclaredMethod> message_methods() {
  return {
#define METHOD(permission, name, ...) declared(common::name),
#include "rpc/methods/common.inc"
#undef METHOD
#define METHOD(permission, name, ...) declared(message::name),
#include "rpc/methods/message.inc"
#undef METHOD
  };
}

std::vector<DeclaredMethod> fountain_methods() {
  return {
#define METHOD(permission, name, ...) declared(fountain::name),
#include "rpc/methods/fountain.inc"
#include "rpc/methods.hpp"
#undef METHOD
  };
}

std::vector<DeclaredMethod> unanswered(const Server& server, const std::vector<DeclaredMethod>& methods) {
  std::vector<DeclaredMethod> out;
  for (const auto& method : methods) {
    if (!server.answers(method.info)) out.push_back(method);
  }
  return out;
}

}  // namespace nelumbo::rpc
