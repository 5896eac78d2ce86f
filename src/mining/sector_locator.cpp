#include "mining/sector_locator.hpp"

#include "codec/json.hpp"
#include "crypto/uuid.hpp"

namespace nelumbo::mining {

namespace {

constexpr const char* kStorageFile = "storage.json";
constexpr const char* kFolderFile = "sectorstore.json";

struct StoragePath {
  std::string path;
  static constexpr auto fields = nelumbo::fields(field("Path", &StoragePath::path));
};
struct StorageConfig {
  std::vector<StoragePath> storage_paths;
  static constexpr auto fields = nelumbo::fields(field("StoragePaths", &StorageConfig::storage_paths));
};

/// What lotus writes into a storage folder.
struct FolderMeta {
  std::string id;
  uint64_t weight = 10;
  bool can_seal = true;
  bool can_store = true;
  uint64_t max_storage = 0;
  static constexpr auto fields = nelumbo::fields(
      field("ID", &FolderMeta::id), field("Weight", &FolderMeta::weight), field("CanSeal", &FolderMeta::can_seal),
      field("CanStore", &FolderMeta::can_store), field("MaxStorage", &FolderMeta::max_storage));
};

Result<StorageConfig> read_storage(const fs::path& repository) {
  auto text = read_text_file(repository / kStorageFile);
  if (!text && text.error().code == ErrorCode::not_found) return StorageConfig{};
  if (!text) return std::unexpected(std::move(text).error());
  auto parsed = TRY_IN((repository / kStorageFile).string(), parse_json(*text));
  return in_context(from_json<StorageConfig>(parsed), (repository / kStorageFile).string());
}

}  // namespace

std::string sector_file_name(ActorId miner, SectorNumber number) { return fmt::format("s-t0{}-{}", miner, number); }

Result<SectorLocator> SectorLocator::of_repository(const fs::path& repository) {
  std::vector<fs::path> folders;
  for (const auto& storage : TRY(read_storage(repository)).storage_paths) folders.push_back(expand_home(storage.path));
  if (folders.empty()) folders.push_back(repository);
  return SectorLocator(std::move(folders));
}

Result<> SectorLocator::attach(const fs::path& repository, const fs::path& folder) {
  TRY(make_folder(folder));
  std::error_code error;
  auto whole = fs::weakly_canonical(folder, error);
  if (error) return fail(ErrorCode::failed, "storage folder {}: {}", folder.string(), error.message());
  if (!fs::exists(whole / kFolderFile)) {
    TRY(write_file(whole / kFolderFile, to_json(FolderMeta{.id = new_uuid()}).dump(2)));
  }
  auto config = TRY(read_storage(repository));
  for (const auto& storage : config.storage_paths) {
    if (fs::weakly_canonical(expand_home(storage.path), error) == whole) return {};
  }
  config.storage_paths.push_back({whole.string()});
  return write_file(repository / kStorageFile, to_json(config).dump(2));
}

Result<PrivateSectorInfo> SectorLocator::locate(ActorId miner, const SectorInfo& sector) const {
  auto name = sector_file_name(miner, sector.number);
  fs::path cache, sealed;
  std::error_code ignored;
  for (const auto& folder : folders_) {
    if (cache.empty() && fs::is_directory(folder / "cache" / name, ignored)) cache = folder / "cache" / name;
    if (sealed.empty() && fs::is_regular_file(folder / "sealed" / name, ignored)) sealed = folder / "sealed" / name;
  }
  if (cache.empty() || sealed.empty()) {
    return fail(ErrorCode::not_found, "sector {} of miner {}: no {}/{} in any of {} storage folders", sector.number,
                Address::from_id(miner).str(), cache.empty() ? "cache" : "sealed", name, folders_.size());
  }
  return PrivateSectorInfo{sector, cache, sealed};
}

}  // namespace nelumbo::mining
