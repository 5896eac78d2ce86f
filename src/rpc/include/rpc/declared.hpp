#pragma once
// The method tables as lists, for those who need all of them: the check that a program answers every method it declares,
// and the node that passes on what it does not answer itself.

#include "rpc/method.hpp"

namespace nelumbo::rpc {

/// Methods of the daemon on all its endpoints, with those that every program has.
std::vector<MethodInfo> daemon_methods();
/// Methods of the miner, with those that every program has.
std::vector<MethodInfo> miner_methods();

}  // namespace nelumbo::rpc
