// Finding room, and moving files between paths.

#include <algorithm>
#include <tuple>

#include "base/log.hpp"
#include "file_moves.hpp"
#include "storage_impl.hpp"

namespace nelumbo::sealing {
namespace {

/// Why a path cannot take files that need these bytes; empty: it can.
std::string lack(StoragePath& path, const std::map<SectorFile, uint64_t>& needs, uint64_t bytes, bool sealing,
                 int64_t available) {
  if (auto trouble = path.trouble(); !trouble.empty()) return "is away: " + trouble;
  const auto meta = path.meta();
  for (const auto& [file, ignored] : needs) {
    if (auto why = refusal(meta, file.miner, file.type, sealing); !why.empty()) return why;
  }
  if (available < static_cast<int64_t>(bytes)) return fmt::format("has {} free", size_string(available));
  return {};
}

}  // namespace

Result<PathPtr> PathStorage::choose(const std::map<SectorFile, uint64_t>& needs, bool sealing,
                                    const PathPtr& preferred) const {
  uint64_t bytes = 0;
  for (const auto& [file, each] : needs) bytes += each;
  PathPtr best;
  BigInt best_rank = -1;
  std::string lacks;
  for (const auto& path : all()) {
    const bool usable = path->refresh();
    const auto available = usable ? path->stat().available : 0;
    if (auto why = lack(*path, needs, bytes, sealing, available); !why.empty()) {
      lacks += fmt::format("; {} {}", path->folder().string(), why);
      continue;
    }
    if (path == preferred) return path;
    BigInt rank = BigInt(available) * BigInt(path->meta().weight);
    if (rank > best_rank) {
      best = path;
      best_rank = rank;
    }
  }
  if (best) return best;
  const auto& first = needs.begin()->first;
  std::string names;
  for (const auto& [file, each] : needs)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", folder_name(file.type));
  if (lacks.empty()) lacks = "; none is attached";
  return fail(ErrorCode::exhausted, "no storage path takes {} for {} {} of {}{}", size_string(bytes),
              sealing ? "sealing" : "storing", names, sector_text(first.miner, first.number), lacks);
}

Result<> PathStorage::not_away(const SectorFile& file) const {
  for (const auto& path : all()) {
    if (path->has(file) || path->trouble().empty() || !path->had(file)) continue;
    return fail(ErrorCode::unavailable, "{} has {} of {} and is away: {}", path->folder().string(),
                folder_name(file.type), sector_text(file.miner, file.number), path->trouble());
  }
  return {};
}

Result<Storage::Place> PathStorage::allocate(ActorId miner, SectorNumber number, SealProof proof,
                                             const std::set<FileType>& types, bool sealing) {
  const auto size = TRY(seal_proof_info(proof)).sector_size;
  std::lock_guard lock(allocating_);
  Place out;
  std::vector<std::tuple<PathPtr, SectorFile, uint64_t>> reservations;
  std::map<SectorFile, uint64_t> to_place;
  PathPtr home;
  for (auto type : types) {
    const SectorFile file{miner, number, type};
    const auto bytes = space_needed(type, size, sealing);
    PathPtr at;
    for (const auto& path : having(file)) {
      if (!at && refusal(path->meta(), miner, type, sealing).empty()) at = path;
    }
    if (!at) {
      TRY(not_away(file));  // a second one elsewhere would be in the way when the path is back
      to_place[file] = bytes;
      continue;
    }
    const auto missing = bytes - std::min(bytes, disk_usage(at->file(file)));
    if (auto free = at->stat().available; free < static_cast<int64_t>(missing)) {
      return fail(ErrorCode::exhausted, "{} needs {} more for its {} on {}, which has {} free",
                  sector_text(miner, number), size_string(missing), folder_name(type), at->folder().string(),
                  size_string(free));
    }
    reservations.emplace_back(at, file, bytes);
    home = at;
  }
  if (!to_place.empty()) {
    auto path = TRY(choose(to_place, sealing, home));
    for (const auto& [file, bytes] : to_place) reservations.emplace_back(path, file, bytes);
  }
  for (const auto& [path, file, bytes] : reservations) {
    out.files[file.type] = path->file(file);
    TRY(make_folder(path->file(file).parent_path()));
  }
  for (const auto& [path, file, bytes] : reservations) path->reserve(file, bytes);
  out.space = Hold([reservations = std::move(reservations)] {
    for (const auto& [path, file, bytes] : reservations) path->release(file, bytes);
  });
  return out;
}

/// One file or folder to a path for long storage; `store` is where the sector's other files went, if they did.
Result<> PathStorage::store_one(const SectorFile& file, PathPtr& store) {
  auto places = having(file);
  if (places.empty()) return std::unexpected(find(file.miner, file.number, file.type).error());
  const auto source = places.front();
  if (source->meta().can_store) {
    // What a crash between the last rename and the removal left behind.
    for (const auto& other : places) {
      if (other->meta().can_store || other->meta().read_only) continue;
      if (!same_shape(source->file(file), other->file(file))) {
        TRY(other->trash(file));
        continue;
      }
      std::error_code error;
      fs::remove_all(other->file(file), error);
      if (error) return fail(ErrorCode::failed, "removing {}: {}", other->file(file).string(), error.message());
    }
    store = source;
    return {};
  }
  Hold room;
  PathPtr target;
  const auto bytes = content_size(source->file(file));
  {
    std::lock_guard lock(allocating_);
    target = TRY(choose({{file, bytes}}, false, store));
    target->reserve(file, bytes);
    room = Hold([target, file, bytes] { target->release(file, bytes); });
  }
  log_info("storage", "{}: {} goes from {} to {}", sector_text(file.miner, file.number), folder_name(file.type),
           source->folder().string(), target->folder().string());
  TRY(move_entry(source->file(file), target->file(file), target->incoming(file)));
  store = target;
  return {};
}

Result<> PathStorage::move_to_store(ActorId miner, SectorNumber number, SealProof proof,
                                    const std::set<FileType>& types) {
  TRY(seal_proof_info(proof));
  PathPtr store;
  for (auto type : types) {
    TRY_IN(fmt::format("storing {}", sector_text(miner, number)), store_one({miner, number, type}, store));
  }
  return {};
}

Result<> PathStorage::trash(ActorId miner, SectorNumber number, FileType type) {
  const SectorFile file{miner, number, type};
  for (const auto& path : all()) {
    if (!path->has(file)) continue;
    if (path->meta().read_only) {
      return fail(ErrorCode::permission, "{} is read-only: {} stays", path->folder().string(),
                  path->file(file).string());
    }
    TRY(path->trash(file));
  }
  return not_away(file);
}

Result<uint64_t> PathStorage::empty_trash(std::chrono::seconds older_than) {
  uint64_t freed = 0;
  for (const auto& path : all()) {
    if (path->refresh() && !path->meta().read_only) freed += TRY(path->empty_trash(older_than));
  }
  return freed;
}

}  // namespace nelumbo::sealing
