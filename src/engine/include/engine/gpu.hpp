#pragma once
// Graphics cards under the proofs.

#include <string_view>

#include "base/file.hpp"

namespace nelumbo::gpu {

/// What the proofs were built for: "CUDA", "OpenCL" or both; empty: they run on the processor alone.
std::string_view support();

/// Does the system show a card with a driver that such a build can use? `root`: of the file system.
bool device_present(const fs::path& root = "/");

}  // namespace nelumbo::gpu
