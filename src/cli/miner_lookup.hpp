#pragma once
// What several commands of lotus-miner ask.

#include "command.hpp"
#include "rpc/miner_api.hpp"

namespace nelumbo::cli {

/// The actor of --actor, else the one the running miner mines for.
Result<Address> actor_of(Context& context);

}  // namespace nelumbo::cli
