#pragma once
// One storage path: whether it can be used now, what lies on it, and how much room there is.

#include <chrono>

#include "path_files.hpp"

namespace nelumbo::sealing {

/// Thread-safe. What asks the disk looks first whether the path is still, or again, the one it was.
class StoragePath {
 public:
  explicit StoragePath(fs::path folder) : folder_(std::move(folder)) { refresh(); }

  const fs::path& folder() const { return folder_; }
  fs::path file(const SectorFile& file) const {
    return folder_ / folder_name(file.type) / sector_file_name(file.miner, file.number);
  }
  fs::path incoming(const SectorFile& file) const;

  /// Reads sectorstore.json when it changed; when the path has come back, what lies on it. True: it can be used.
  bool refresh();
  PathMeta meta() const;
  std::string trouble() const;
  FsStat stat() const;
  PathState state();

  /// Is it there now?
  bool has(const SectorFile& file);
  /// Was it there when it was last looked for?
  bool had(const SectorFile& file) const;
  /// All that is there now; of a path that is away what was last seen.
  std::set<SectorFile> files();
  void forget();

  /// Sets bytes aside for a file (what it takes on the disk already counts towards them) until let go of.
  void reserve(const SectorFile& file, uint64_t bytes);
  void release(const SectorFile& file, uint64_t bytes);

  /// Renames into the trash of the path.
  Result<> trash(const SectorFile& file);
  Result<uint64_t> empty_trash(std::chrono::seconds older_than);

 private:
  std::set<SectorFile> scan() const;
  uint64_t reserved() const;

  const fs::path folder_;
  mutable std::mutex mutex_;
  PathMeta meta_;
  std::string trouble_ = "it has not been looked at";
  fs::file_time_type read_at_{};
  std::set<SectorFile> seen_;
  std::map<SectorFile, uint64_t> reservations_;
};

}  // namespace nelumbo::sealing
