#pragma once
// Which vectors need the verifying keys of mainnet's ceremony, and whether those keys are here.

#include <set>
#include <string>

#include "base/file.hpp"

namespace nelumbo::vectors {

/// The paths in needs-mainnet-keys.txt, relative to the folder.
std::set<std::string> needing_keys(const fs::path& folder);
/// True when every official verifying key of 32 and 64 GiB sectors and the aggregation's reference string lie in the
/// parameter cache with the digests of the official manifest.
bool have_mainnet_keys();

}  // namespace nelumbo::vectors
