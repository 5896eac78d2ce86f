#include "path_files.hpp"

#include <algorithm>
#include <charconv>

#include "codec/json.hpp"
#include "types/address.hpp"

namespace nelumbo::sealing {
namespace {

struct ListedPath {
  std::string path;
  static constexpr auto fields = nelumbo::fields(field("Path", &ListedPath::path));
};
struct StorageList {
  std::vector<ListedPath> storage_paths;
  static constexpr auto fields = nelumbo::fields(field("StoragePaths", &StorageList::storage_paths));
};

/// Tenths of a sector's size. While sealing a cache holds eleven layers, the data tree (twice a sector) and the
/// replica's trees; once stored about a tenth at most (lotus FSOverheadSeal, FsOverheadFinalized).
constexpr uint64_t tenths(FileType type, bool sealing) {
  switch (type) {
    case FileType::cache:
      return sealing ? 141 : 1;
    case FileType::update_cache:
      return sealing ? 21 : 1;
    case FileType::unsealed:
    case FileType::sealed:
    case FileType::update:
      return 10;
  }
  return 10;
}

template <class T>
bool take_number(std::string_view& text, T& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end == text.data()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

bool names(const std::vector<std::string>& miners, ActorId miner) {
  return std::any_of(miners.begin(), miners.end(), [&](const std::string& text) {
    auto address = Address::parse(text);
    return address && address->id() == miner;
  });
}

}  // namespace

std::string_view folder_name(FileType type) {
  switch (type) {
    case FileType::unsealed:
      return "unsealed";
    case FileType::sealed:
      return "sealed";
    case FileType::cache:
      return "cache";
    case FileType::update:
      return "update";
    case FileType::update_cache:
      return "update-cache";
  }
  return "";
}

std::string sector_text(ActorId miner, SectorNumber number) {
  return fmt::format("sector {} of miner {}", number, Address::from_id(miner).str());
}

uint64_t space_needed(FileType type, uint64_t sector_size, bool sealing) {
  return sector_size * tenths(type, sealing) / 10;
}

std::optional<SectorFile> parse_sector_file_name(std::string_view name, FileType type) {
  SectorFile out{.type = type};
  if (!name.starts_with("s-t0")) return std::nullopt;
  name.remove_prefix(4);
  if (!take_number(name, out.miner) || !name.starts_with('-')) return std::nullopt;
  name.remove_prefix(1);
  if (!take_number(name, out.number) || !name.empty()) return std::nullopt;
  return out;
}

Result<std::vector<fs::path>> read_storage_list(const fs::path& repository) {
  const auto file = repository / kStorageFile;
  auto text = read_text_file(file);
  if (!text && text.error().code == ErrorCode::not_found) return std::vector<fs::path>();
  if (!text) return std::unexpected(std::move(text).error());
  auto parsed = TRY_IN(file.string(), parse_json(*text));
  auto list = TRY_IN(file.string(), from_json<StorageList>(parsed));
  std::vector<fs::path> out;
  for (const auto& each : list.storage_paths) out.push_back(expand_home(each.path));
  return out;
}

Result<> write_storage_list(const fs::path& repository, const std::vector<fs::path>& folders) {
  StorageList list;
  for (const auto& folder : folders) list.storage_paths.push_back({folder.string()});
  return write_file(repository / kStorageFile, to_json(list).dump(2));
}

Result<PathMeta> read_path_meta(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return fail(ErrorCode::not_found, "the folder is not there");
  const auto file = folder / kMetaFile;
  auto text = read_text_file(file);
  if (!text && text.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::not_found, "there is no {} in it (is the disk mounted?)", kMetaFile);
  }
  if (!text) return std::unexpected(std::move(text).error());
  auto parsed = TRY_IN(kMetaFile, parse_json(*text));
  auto meta = TRY_IN(kMetaFile, from_json<PathMeta>(parsed));
  if (meta.id.empty()) return fail(ErrorCode::invalid, "{} gives no ID", kMetaFile);
  return meta;
}

Result<> write_path_meta(const fs::path& folder, const PathMeta& meta) {
  auto json = to_json(meta);
  if (!meta.read_only) json.erase("ReadOnly");
  return write_file(folder / kMetaFile, json.dump(2));
}

std::string refusal(const PathMeta& meta, ActorId miner, FileType type, bool sealing) {
  if (meta.read_only) return "is read-only";
  if (sealing && !meta.can_seal) return "is not for sealing";
  if (!sealing && !meta.can_store) return "is not for storing";
  const auto holds = [&](const std::vector<std::string>& list) {
    return std::find(list.begin(), list.end(), folder_name(type)) != list.end();
  };
  if ((!meta.allow_types.empty() && !holds(meta.allow_types)) || holds(meta.deny_types)) {
    return fmt::format("is not for {} files", folder_name(type));
  }
  if ((!meta.allow_miners.empty() && !names(meta.allow_miners, miner)) || names(meta.deny_miners, miner)) {
    return "is not for this miner";
  }
  return {};
}

}  // namespace nelumbo::sealing
