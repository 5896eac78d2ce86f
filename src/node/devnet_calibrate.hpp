#pragma once
// What real proofs need before a devnet can begin: their parameters, and how long a winning PoSt takes here.

#include "devnet_files.hpp"
#include "devnet_report.hpp"
#include "genesis/preseal.hpp"

namespace nelumbo::node {

/// Size of a devnet's sectors, bytes.
inline constexpr uint64_t kDevnetSectorSize = 2048;

/// Makes the PoSt parameters that are missing in the cache.
Result<> make_post_parameters(DevnetReport& report);

/// Seconds of one winning PoSt when each of these miners makes one at the same time, as they do at the start of an
/// epoch on one machine.
Result<double> measure_winning_post(const DevnetPaths& paths, const std::vector<genesis::PreSealed>& miners,
                                    DevnetReport& report);

/// The epoch's length for a machine that needs so long for a winning PoSt: 1.4 times as long in whole seconds, at
/// least 4. With several miners 2 times as long: part of the epoch is waiting for the others' blocks.
uint64_t epoch_seconds_for(double winning_post_seconds, size_t miners);

}  // namespace nelumbo::node
