#pragma once
// The method tables as lists, for those who need all of them: the check that a program answers every method it
// declares, and the node that passes on what it does not answer itself.

#include "rpc/server.hpp"

namespace nelumbo::rpc {

/// One method of a table without its types.
struct DeclaredMethod {
  MethodInfo info;
  bool is_stream;
  Server::Schemas (*schemas)();
};

/// Methods of the daemon on all its endpoints, with those that every program has.
std::vector<DeclaredMethod> daemon_methods();
/// Methods of the miner, with those that every program has.
std::vector<DeclaredMethod> miner_methods();
/// Methods of the message server, with those that every program has.
std::vector<DeclaredMethod> message_methods();
/// Methods of the faucet.
std::vector<DeclaredMethod> fountain_methods();

/// Those of them that the server has no handler for on one of their endpoints.
std::vector<DeclaredMethod> unanswered(const Server& server, const std::vector<DeclaredMethod>& methods);

}  // namespace nelumbo::rpc
