#include "engine/parameter_check.hpp"

#include <mutex>
#include <tuple>

#include <sys/stat.h>

#include "base/file.hpp"
#include "codec/json.hpp"
#include "crypto/file_digest.hpp"

namespace nelumbo::parameters {
namespace {

constexpr uint64_t kOwnSize = 2048;  ///< of test networks, whose parameters each machine makes, under official names

/// Tells a file from a later one in its place: device, inode, size, and time of the last change.
using Identity = std::tuple<uint64_t, uint64_t, int64_t, int64_t, int64_t>;

Result<Identity> identity(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    return fail(ErrorCode::not_found, "proof parameters: no file {}", path.string());
  return Identity{info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

std::vector<fs::path> files_of(const Names& names) {
  const auto folder = parameter_cache_folder();
  return {folder / names.parameters, folder / names.verifying_key};
}

fs::path note_of(const fs::path& path) { return path.string() + ".digest"; }

/// nullopt: nobody has noted it.
std::optional<std::string> known_digest(const fs::path& path, uint64_t sector_size) {
  if (sector_size == kOwnSize) {
    auto text = read_text_file(note_of(path));
    return text ? std::optional(*text) : std::nullopt;
  }
  auto text = read_text_file(cache_folder() / "assets" / "parameters.json");
  if (!text) return std::nullopt;
  auto manifest = parse_json(*text);
  if (!manifest || !manifest->is_object()) return std::nullopt;
  const auto entry = manifest->find(path.filename().string());
  if (entry == manifest->end() || !entry->contains("digest") || !(*entry)["digest"].is_string()) return std::nullopt;
  return (*entry)["digest"].get<std::string>();
}

/// What was found whole, by path.
struct Checked {
  std::mutex mutex;
  std::map<fs::path, Identity> files;
};
Checked& checked() {
  static Checked all;
  return all;
}

}  // namespace

Result<> check_whole(Kind kind, uint64_t sector_size) {
  const auto files = files_of(TRY(names(kind, sector_size)));
  std::lock_guard lock(checked().mutex);
  bool by_structure = false;
  for (const auto& path : files) {
    const auto now = TRY(identity(path));
    if (auto before = checked().files.find(path); before != checked().files.end() && before->second == now) continue;
    if (auto known = known_digest(path, sector_size)) {
      const auto digest = TRY(file_digest(path));
      if (digest != *known)
        return fail(ErrorCode::invalid, "the proof parameters {} are damaged: their digest is {}, not {}",
                    path.string(), digest, *known);
    } else {
      by_structure = true;
    }
  }
  if (by_structure) TRY(check(kind, sector_size));
  for (const auto& path : files) checked().files[path] = TRY(identity(path));
  return {};
}

Result<> note_whole(Kind kind, uint64_t sector_size) {
  if (sector_size != kOwnSize) return {};
  for (const auto& path : files_of(TRY(names(kind, sector_size)))) {
    if (fs::exists(note_of(path))) continue;
    const auto digest = TRY(file_digest(path));
    TRY(write_file(note_of(path), digest));
  }
  return {};
}

}  // namespace nelumbo::parameters
