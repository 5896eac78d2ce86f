#include <algorithm>

#include "crypto/uuid.hpp"
#include "storage_impl.hpp"

namespace nelumbo::sealing {
namespace {

fs::path whole(const fs::path& folder) {
  std::error_code error;
  auto out = fs::weakly_canonical(fs::absolute(folder, error), error);
  return error ? folder : out;
}

std::string name_of(StoragePath& path) {
  auto meta = path.meta();
  return meta.id.empty() ? path.folder().string() : meta.id;
}

}  // namespace

Result<std::shared_ptr<Storage>> Storage::open(const fs::path& repository) {
  std::vector<PathPtr> paths;
  for (const auto& folder : TRY(read_storage_list(repository))) {
    auto path = std::make_shared<StoragePath>(whole(folder));
    auto same = [&](const PathPtr& other) { return other->folder() == path->folder(); };
    if (std::none_of(paths.begin(), paths.end(), same)) paths.push_back(std::move(path));
  }
  return std::make_shared<PathStorage>(repository, std::move(paths));
}

std::vector<PathPtr> PathStorage::all() const {
  std::lock_guard lock(mutex_);
  return paths_;
}

Result<> PathStorage::attach(const fs::path& folder, const std::optional<PathMeta>& init) {
  const auto at = whole(folder);
  std::lock_guard lock(mutex_);
  for (const auto& path : paths_) {
    if (path->folder() == at) return {};
  }
  if (init) {
    TRY(make_folder(at));
    if (fs::exists(at / kMetaFile)) {
      return fail(ErrorCode::exists, "{} is a storage path already (it has a {}): attach it as it is", at.string(),
                  kMetaFile);
    }
    auto meta = *init;
    if (meta.id.empty()) meta.id = new_uuid();
    TRY(write_path_meta(at, meta));
  }
  auto meta = TRY_IN(at.string(), read_path_meta(at));
  for (const auto& path : paths_) {
    if (path->meta().id == meta.id) {
      return fail(ErrorCode::exists, "{} has the ID of {}, which is attached: is it a copy?", at.string(),
                  path->folder().string());
    }
  }
  std::vector<fs::path> folders;
  for (const auto& path : paths_) folders.push_back(path->folder());
  folders.push_back(at);
  TRY(write_storage_list(repository_, folders));
  paths_.push_back(std::make_shared<StoragePath>(at));
  return {};
}

Result<> PathStorage::detach(const fs::path& folder) {
  const auto at = whole(folder);
  std::lock_guard lock(mutex_);
  std::vector<fs::path> kept;
  for (const auto& path : paths_) {
    if (path->folder() != at) kept.push_back(path->folder());
  }
  if (kept.size() == paths_.size()) return fail(ErrorCode::not_found, "{} is not attached", at.string());
  TRY(write_storage_list(repository_, kept));
  std::erase_if(paths_, [&](const PathPtr& path) { return path->folder() == at; });
  return {};
}

std::vector<PathState> PathStorage::paths() const {
  std::vector<PathState> out;
  for (const auto& path : all()) out.push_back(path->state());
  return out;
}

Result<> PathStorage::redeclare(const std::optional<std::string>& path_id, bool drop_missing) {
  bool found = false;
  for (const auto& path : all()) {
    if (path_id && path->meta().id != *path_id) continue;
    found = true;
    if (path->refresh()) {
      path->files();
    } else if (drop_missing) {
      path->forget();
    } else if (path_id) {
      return fail(ErrorCode::unavailable, "{}: {}", path->folder().string(), path->trouble());
    }
  }
  if (path_id && !found) return fail(ErrorCode::not_found, "there is no storage path {}", *path_id);
  return {};
}

std::map<std::string, std::vector<SectorFile>> PathStorage::list() const {
  std::map<std::string, std::vector<SectorFile>> out;
  for (const auto& path : all()) {
    auto files = path->files();
    out[name_of(*path)] = {files.begin(), files.end()};
  }
  return out;
}

std::vector<PathPtr> PathStorage::having(const SectorFile& file) const {
  std::vector<PathPtr> out;
  for (auto& path : all()) {
    if (path->has(file)) out.push_back(path);
  }
  std::stable_partition(out.begin(), out.end(), [](const PathPtr& path) { return path->meta().can_store; });
  return out;
}

Result<fs::path> PathStorage::find(ActorId miner, SectorNumber number, FileType type) const {
  const SectorFile file{miner, number, type};
  auto places = having(file);
  if (!places.empty()) return places.front()->file(file);
  const auto paths = all();
  std::string away;
  bool may_come_back = false;
  for (const auto& path : paths) {
    auto trouble = path->trouble();
    if (trouble.empty()) continue;
    // Of one that was away from the start on nobody knows what it has.
    may_come_back |= path->had(file) || path->meta().id.empty();
    away += fmt::format("; {} is away{}: {}", path->folder().string(), path->had(file) ? " and had it" : "", trouble);
  }
  return fail(may_come_back ? ErrorCode::unavailable : ErrorCode::not_found,
              "{}: no {}/{} in any of {} storage paths{}", sector_text(miner, number), folder_name(type),
              sector_file_name(miner, number), paths.size(), away);
}

std::vector<PathState> PathStorage::where(ActorId miner, SectorNumber number, FileType type) const {
  const SectorFile file{miner, number, type};
  std::vector<PathState> out;
  for (const auto& path : all()) {
    if (path->has(file) || (!path->trouble().empty() && path->had(file))) out.push_back(path->state());
  }
  return out;
}

}  // namespace nelumbo::sealing
