#include "storage_path.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>

#include <sys/statvfs.h>
#include <unistd.h>

#include "base/log.hpp"
#include "file_moves.hpp"

namespace nelumbo::sealing {
namespace {

constexpr std::chrono::seconds kIncomingPatience = std::chrono::hours(24);

bool is_folder(FileType type) { return type == FileType::cache || type == FileType::update_cache; }

}  // namespace

fs::path StoragePath::incoming(const SectorFile& file) const {
  return folder_ / kIncomingFolder / folder_name(file.type) / sector_file_name(file.miner, file.number);
}

bool StoragePath::refresh() {
  std::error_code error;
  const auto written = fs::last_write_time(folder_ / kMetaFile, error);
  std::lock_guard lock(mutex_);
  if (!error && trouble_.empty() && written == read_at_) return true;
  const auto before = std::exchange(trouble_, {});
  auto meta = read_path_meta(folder_);
  if (!meta) {
    trouble_ = meta.error().message;
  } else if (!meta_.id.empty() && meta_.id != meta->id) {
    trouble_ = fmt::format("another disk is there: its ID is {}, not {}", meta->id, meta_.id);
  } else {
    // A file system that is mounted read-only says so by itself.
    if (::access(folder_.c_str(), W_OK) != 0) meta->read_only = true;
    meta_ = *std::move(meta);
    read_at_ = written;
    seen_ = scan();
  }
  if (trouble_ != before) {
    if (trouble_.empty()) {
      log_info("storage", "{}: {} files of sectors", folder_.string(), seen_.size());
    } else {
      log_warn("storage", "{} cannot be used: {}", folder_.string(), trouble_);
    }
  }
  return trouble_.empty();
}

PathMeta StoragePath::meta() const {
  std::lock_guard lock(mutex_);
  return meta_;
}

std::string StoragePath::trouble() const {
  std::lock_guard lock(mutex_);
  return trouble_;
}

std::set<SectorFile> StoragePath::scan() const {
  std::set<SectorFile> out;
  for (auto type : kFileTypes) {
    std::error_code error;
    for (auto it = fs::directory_iterator(folder_ / folder_name(type), error); !error && it != fs::directory_iterator();
         it.increment(error)) {
      auto file = parse_sector_file_name(it->path().filename().string(), type);
      std::error_code ignored;
      if (file && it->is_directory(ignored) == is_folder(type)) out.insert(*file);
    }
  }
  return out;
}

bool StoragePath::has(const SectorFile& file) {
  if (!refresh()) return false;
  std::error_code error;
  const auto path = this->file(file);
  const bool there = is_folder(file.type) ? fs::is_directory(path, error) : fs::is_regular_file(path, error);
  std::lock_guard lock(mutex_);
  if (there) {
    seen_.insert(file);
  } else {
    seen_.erase(file);
  }
  return there;
}

bool StoragePath::had(const SectorFile& file) const {
  std::lock_guard lock(mutex_);
  return seen_.contains(file);
}

std::set<SectorFile> StoragePath::files() {
  const bool usable = refresh();
  std::lock_guard lock(mutex_);
  if (usable) seen_ = scan();
  return seen_;
}

void StoragePath::forget() {
  std::lock_guard lock(mutex_);
  seen_.clear();
}

uint64_t StoragePath::reserved() const {
  std::map<SectorFile, uint64_t> reservations;
  {
    std::lock_guard lock(mutex_);
    reservations = reservations_;
  }
  uint64_t sum = 0;
  for (const auto& [file, bytes] : reservations) sum += bytes - std::min(bytes, disk_usage(this->file(file)));
  return sum;
}

FsStat StoragePath::stat() const {
  FsStat out;
  struct statvfs info {};
  if (::statvfs(folder_.c_str(), &info) != 0) return out;
  const auto block = static_cast<int64_t>(info.f_frsize);
  out.capacity = static_cast<int64_t>(info.f_blocks) * block;
  out.fs_available = static_cast<int64_t>(info.f_bavail) * block;
  out.reserved = static_cast<int64_t>(reserved());
  out.available = out.fs_available;
  if (auto max = meta().max_storage; max > 0) {
    out.max = static_cast<int64_t>(std::min<uint64_t>(max, INT64_MAX));
    out.used = static_cast<int64_t>(disk_usage(folder_));
    out.available = std::min(out.available, out.max - out.used);
  }
  out.available = std::max<int64_t>(0, out.available - out.reserved);
  return out;
}

PathState StoragePath::state() {
  const bool usable = refresh();
  return {meta(), folder_, trouble(), usable ? stat() : FsStat()};
}

void StoragePath::reserve(const SectorFile& file, uint64_t bytes) {
  std::lock_guard lock(mutex_);
  reservations_[file] += bytes;
}

void StoragePath::release(const SectorFile& file, uint64_t bytes) {
  std::lock_guard lock(mutex_);
  if ((reservations_[file] -= bytes) == 0) reservations_.erase(file);
}

Result<> StoragePath::trash(const SectorFile& file) {
  const auto from = this->file(file);
  const auto trash = folder_ / kTrashFolder;
  TRY(make_folder(trash));
  fs::path to;
  for (int number = 0; to.empty() || fs::exists(to); ++number) {
    to = trash /
         fmt::format("{}.{}.{}.{}", std::time(nullptr), number, folder_name(file.type), from.filename().string());
  }
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return fail(ErrorCode::failed, "moving {} to the trash: {}", from.string(), error.message());
  std::lock_guard lock(mutex_);
  seen_.erase(file);
  return {};
}

Result<uint64_t> StoragePath::empty_trash(std::chrono::seconds older_than) {
  const auto oldest_kept = std::time(nullptr) - older_than.count();
  std::vector<fs::path> old;
  std::error_code error;
  for (const auto& each : fs::directory_iterator(folder_ / kTrashFolder, error)) {
    const auto name = each.path().filename().string();
    int64_t time = 0;
    auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), time);
    if (wrong == std::errc() && time <= oldest_kept) old.push_back(each.path());
  }
  // Copies that a crash cut off; their sources are whole. Another process may be at one that is younger.
  const auto newest = fs::file_time_type::clock::now() - std::max(older_than, kIncomingPatience);
  for (const auto& each : fs::recursive_directory_iterator(folder_ / kIncomingFolder, error)) {
    if (each.is_regular_file(error) && each.last_write_time(error) < newest) old.push_back(each.path());
  }
  uint64_t freed = 0;
  for (const auto& path : old) {
    const auto bytes = disk_usage(path);
    fs::remove_all(path, error);
    if (error) return fail(ErrorCode::failed, "deleting {}: {}", path.string(), error.message());
    freed += bytes;
  }
  return freed;
}

}  // namespace nelumbo::sealing
