#pragma once
// How the official manifests of proof parameters name a file's content.

#include "base/file.hpp"

namespace nelumbo {

/// The first 16 bytes of the blake2b-512 of a file, as hex. Reads it piece by piece.
Result<std::string> file_digest(const fs::path& path);

}  // namespace nelumbo
