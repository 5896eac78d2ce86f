#pragma once
// The miner's methods as constants: rpc::miner::SectorsList, … (see rpc/methods.hpp). Apart from the others', so that
// what does not speak to a miner does not depend on its types.

#include "rpc/methods.hpp"
#include "rpc/proving_types.hpp"

namespace nelumbo::rpc::miner {
#define METHOD(...) NELUMBO_RPC_METHOD(kEndpointV0, __VA_ARGS__)
#include "rpc/methods/miner.inc"
#undef METHOD
}  // namespace nelumbo::rpc::miner
