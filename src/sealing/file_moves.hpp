#pragma once
// Files and folders of gigabytes, moved so that a crash at any point leaves one whole copy at least.

#include "base/file.hpp"

namespace nelumbo::sealing {

/// Bytes that a file or folder takes on its disk; 0 when there is none.
uint64_t disk_usage(const fs::path& path);
/// Bytes that it holds (a sparse file counts in full); 0 when there is none.
uint64_t content_size(const fs::path& path);
/// Same files of the same sizes.
bool same_shape(const fs::path& a, const fs::path& b);

/// fsync of a file, or of a folder (its names) without what is in it.
Result<> sync_path(const fs::path& path);

/// Renames `from` to `to`; between file systems copies to `incoming` (which is emptied first), syncs, renames to `to`,
/// and only then removes `from`. Parents are made. `to` must not be there.
Result<> move_entry(const fs::path& from, const fs::path& to, const fs::path& incoming);

}  // namespace nelumbo::sealing
