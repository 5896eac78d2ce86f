#pragma once
// Is there room on the disk of a database?

#include "base/file.hpp"

namespace nelumbo {

/// exhausted, with what is free, when the folder's file system has less than this for us, in bytes.
Result<> check_room(const fs::path& folder, uint64_t least);

}  // namespace nelumbo
