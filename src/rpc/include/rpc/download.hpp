#pragma once
// Large files over HTTP, going on where an earlier try stopped.

#include <functional>

#include "base/file.hpp"

namespace nelumbo::rpc {

/// Fetches an http:// URL into `file`. What has arrived lies in "FILE.part" and is not asked for again; the file gets
/// its name when it is whole. Follows up to five redirects. `progress` is told bytes and total (0 when unknown).
Result<> download(std::string_view url, const fs::path& file,
                  const std::function<void(uint64_t done, uint64_t total)>& progress);

}  // namespace nelumbo::rpc
