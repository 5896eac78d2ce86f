#pragma once
// Where sealed sectors lie: storage folders as lotus lays them out (sealed/s-t0M-N, cache/s-t0M-N under each path).

#include <vector>

#include "engine/proofs.hpp"

namespace nelumbo::mining {

/// "s-t01000-7": the name of a sector's file or folder, the same on every network.
std::string sector_file_name(ActorId miner, SectorNumber number);

/// A storage folder has `sectorstore.json`; a repository lists its folders in `storage.json`
/// ({"StoragePaths": [{"Path": "…"}]}).
class SectorLocator {
 public:
  explicit SectorLocator(std::vector<fs::path> folders) : folders_(std::move(folders)) {}
  /// The folders that a miner repository's storage.json names; the repository itself when it names none.
  static Result<SectorLocator> of_repository(const fs::path& repository);
  /// Adds a folder to a repository's storage.json (once), writing its sectorstore.json when it has none.
  static Result<> attach(const fs::path& repository, const fs::path& folder);

  /// The replica and cache of a sector; not_found, naming the sector and what was looked for, when one of them is
  /// missing.
  Result<PrivateSectorInfo> locate(ActorId miner, const SectorInfo& sector) const;
  const std::vector<fs::path>& folders() const { return folders_; }

 private:
  std::vector<fs::path> folders_;
};

}  // namespace nelumbo::mining
