#pragma once
// Making a devnet: parameters, sealed sectors, keys, genesis, repositories.

#include "devnet_files.hpp"
#include "devnet_report.hpp"
#include "node/devnet.hpp"

namespace nelumbo::node {

/// Does all that must be done once, telling of its progress. Network file and devnet file are written at the end.
Result<> prepare_devnet(const DevnetPaths& paths, const DevnetOptions& options, DevnetReport& report);

}  // namespace nelumbo::node
