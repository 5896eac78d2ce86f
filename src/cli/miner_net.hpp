#pragma once
// lotus-miner net …

#include "command.hpp"

namespace nelumbo::cli {

std::vector<Command> miner_net_commands();

}  // namespace nelumbo::cli
