#pragma once
// Making a devnet: parameters, sealed sectors, keys, genesis, repositories.

#include "devnet_files.hpp"
#include "devnet_report.hpp"
#include "node/devnet.hpp"

namespace nelumbo::node {

/// Does all that must be done once, telling of its progress. Network file and devnet file are written at the end.
Result<> prepare_devnet(const DevnetPaths& paths, const DevnetOptions& options, DevnetReport& report);

/// The epoch's length for a machine that needs so long for a winning PoSt: 1.4 times as long in whole seconds, at
/// least 4.
uint64_t epoch_seconds_for(double winning_post_seconds);

}  // namespace nelumbo::node
