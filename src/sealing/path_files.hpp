#pragma once
// The small files that say which storage paths there are and what each is for.

#include "sealing/storage.hpp"

namespace nelumbo::sealing {

inline constexpr const char* kStorageFile = "storage.json";   ///< in the repository
inline constexpr const char* kMetaFile = "sectorstore.json";  ///< in each path
inline constexpr const char* kTrashFolder = ".trash";         ///< in each path: what was taken away
inline constexpr const char* kIncomingFolder = ".incoming";   ///< in each path: copies that are not whole yet

/// The folders that storage.json names; none when there is no such file.
Result<std::vector<fs::path>> read_storage_list(const fs::path& repository);
Result<> write_storage_list(const fs::path& repository, const std::vector<fs::path>& folders);

/// not_found: the folder or its sectorstore.json is not there.
Result<PathMeta> read_path_meta(const fs::path& folder);
Result<> write_path_meta(const fs::path& folder, const PathMeta& meta);

/// Reads "s-t01000-7"; nullopt for a name that is none.
std::optional<SectorFile> parse_sector_file_name(std::string_view name, FileType type);

/// "sector 7 of miner t01000"
std::string sector_text(ActorId miner, SectorNumber number);

/// Why files of this type and miner may not be made here; empty: they may.
std::string refusal(const PathMeta& meta, ActorId miner, FileType type, bool sealing);

}  // namespace nelumbo::sealing
