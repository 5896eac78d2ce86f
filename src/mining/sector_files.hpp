#pragma once
// The look into one sector's files.

#include "mining/sector_check.hpp"

namespace nelumbo::mining {

/// Reads from the files that a PoSt reads; the error names the file and what is wrong with it. May block for as long as
/// the file system does.
Result<> read_sector_files(const PrivateSectorInfo& sector, bool mock);

}  // namespace nelumbo::mining
