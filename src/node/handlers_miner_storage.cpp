// Storage…: paths, what lies on them, who holds it.

#include <algorithm>

#include "miner_parts.hpp"
#include "rpc/jwt.hpp"

namespace nelumbo::node {

namespace {

namespace methods = rpc::miner;
using sealing::FileType;
using sealing::PathState;

constexpr size_t kLockTypes = 6;  ///< lotus counts pieces in the park as a sixth type

/// The types of a set of bits.
Result<std::set<FileType>> file_types(uint32_t bits) {
  std::set<FileType> out;
  for (auto type : sealing::kFileTypes) {
    if (bits & static_cast<uint32_t>(type)) out.insert(type);
    bits &= ~static_cast<uint32_t>(type);
  }
  if (bits != 0) return fail(ErrorCode::invalid, "{} is no set of sector file types", bits);
  return out;
}
Result<FileType> file_type(uint32_t bits) {
  auto types = TRY(file_types(bits));
  if (types.size() != 1) return fail(ErrorCode::invalid, "one type of file is needed, got {}", types.size());
  return *types.begin();
}

Result<PathState> path_of(const MinerProcess& m, const std::string& id) {
  for (auto& path : m.storage->paths()) {
    if (path.meta.id == id) return std::move(path);
  }
  return fail(ErrorCode::not_found, "there is no storage path {}", id);
}

std::vector<std::string> urls(const PathState& path) { return {"file://" + path.folder.string()}; }

rpc::StorageInfo api_path(const PathState& path) {
  const auto& meta = path.meta;
  return {.id = meta.id,
          .urls = urls(path),
          .weight = meta.weight,
          .max_storage = meta.max_storage,
          .can_seal = meta.can_seal,
          .can_store = meta.can_store,
          .groups = meta.groups,
          .allow_to = meta.allow_to,
          .allow_types = meta.allow_types,
          .deny_types = meta.deny_types,
          .allow_miners = meta.allow_miners,
          .deny_miners = meta.deny_miners};
}

rpc::SectorStorageInfo api_place(const PathState& path, bool has_file) {
  const auto& meta = path.meta;
  return {.id = meta.id,
          .urls = urls(path),
          .base_urls = urls(path),
          .weight = meta.weight,
          .can_seal = meta.can_seal,
          .can_store = meta.can_store,
          .primary = has_file,
          .allow_types = meta.allow_types,
          .deny_types = meta.deny_types,
          .allow_miners = meta.allow_miners,
          .deny_miners = meta.deny_miners};
}

rpc::FsStat api_stat(const sealing::FsStat& s) {
  return {s.capacity, s.available, s.fs_available, s.reserved, s.max, s.used};
}

Result<std::map<std::string, std::vector<rpc::StorageDecl>>> list(const MinerProcess& m) {
  std::map<std::string, std::vector<rpc::StorageDecl>> out;
  for (const auto& path : m.storage->paths()) out[path.meta.id];
  for (const auto& [id, files] : m.storage->list()) {
    std::map<std::pair<ActorId, SectorNumber>, uint32_t> types;
    for (const auto& file : files) types[{file.miner, file.number}] |= static_cast<uint32_t>(file.type);
    for (const auto& [sector, bits] : types) out[id].push_back({sector.first, sector.second, bits});
  }
  return out;
}

/// What may be kept on a path: while sealing, in the long term, or either ("").
bool takes(const PathState& path, std::string_view path_type) {
  if (!path.trouble.empty() || path.meta.read_only) return false;
  if (path_type == "sealing") return path.meta.can_seal;
  if (path_type == "storage") return path.meta.can_store;
  return path.meta.can_seal || path.meta.can_store;
}

/// Paths with room for the files, the best first: much free space by weight.
Result<std::vector<rpc::StorageInfo>> best(const MinerProcess& m, uint32_t bits, uint64_t sector_size,
                                           const std::string& path_type) {
  if (!path_type.empty() && path_type != "sealing" && path_type != "storage")
    return fail(ErrorCode::invalid, "the path type must be \"sealing\" or \"storage\", was \"{}\"", path_type);
  uint64_t need = 0;
  for (auto type : TRY(file_types(bits))) need += sealing::space_needed(type, sector_size, path_type == "sealing");
  auto paths = m.storage->paths();
  std::erase_if(paths, [&](const PathState& path) {
    return !takes(path, path_type) || path.stat.available < 0 || static_cast<uint64_t>(path.stat.available) < need;
  });
  std::ranges::sort(paths, std::greater(), [](const PathState& path) {
    return static_cast<double>(path.stat.available) * static_cast<double>(path.meta.weight);
  });
  if (paths.empty()) return fail(ErrorCode::exhausted, "no path has {} bytes free", need);
  std::vector<rpc::StorageInfo> out;
  for (const auto& path : paths) out.push_back(api_path(path));
  return out;
}

Result<std::vector<rpc::SectorStorageInfo>> find(const MinerProcess& m, const rpc::SectorId& sector, uint32_t bits,
                                                 bool allow_fetch) {
  std::set<std::string> known;
  std::vector<rpc::SectorStorageInfo> out;
  for (auto type : TRY(file_types(bits))) {
    for (const auto& path : m.storage->where(sector.miner, sector.number, type)) {
      if (known.insert(path.meta.id).second) out.push_back(api_place(path, true));
    }
  }
  if (!allow_fetch) return out;
  for (const auto& path : m.storage->paths()) {
    if (takes(path, "") && known.insert(path.meta.id).second) out.push_back(api_place(path, false));
  }
  return out;
}

Result<> declare(const MinerProcess& m, const std::string& id, const rpc::SectorId& sector, uint32_t bits) {
  auto type = TRY(file_type(bits));
  auto path = TRY(path_of(m, id));
  TRY(m.storage->redeclare(id, false));
  for (const auto& each : m.storage->where(sector.miner, sector.number, type)) {
    if (each.meta.id == id) return {};
  }
  return fail(ErrorCode::not_found, "{} has no {} file of sector {}", path.folder.string(), folder_name(type),
              sector.number);
}

bool conflicts(const sealing::Storage::LockState& held, const std::set<FileType>& read,
               const std::set<FileType>& write) {
  auto uses = [](const std::map<FileType, uint64_t>& counts, FileType type) {
    auto it = counts.find(type);
    return it != counts.end() && it->second > 0;
  };
  return std::ranges::any_of(read, [&](auto type) { return uses(held.writers, type); }) ||
         std::ranges::any_of(write, [&](auto type) { return uses(held.writers, type) || uses(held.readers, type); });
}

Result<bool> can_lock(const MinerProcess& m, const rpc::SectorId& sector, uint32_t read, uint32_t write) {
  auto reads = TRY(file_types(read));
  auto writes = TRY(file_types(write));
  for (const auto& held : m.storage->locks()) {
    if (held.miner == sector.miner && held.number == sector.number && conflicts(held, reads, writes)) return false;
  }
  return true;
}

rpc::SectorLocks locks(const MinerProcess& m) {
  rpc::SectorLocks out;
  auto counts = [](const std::map<FileType, uint64_t>& from) {
    std::vector<uint64_t> to(kLockTypes);
    for (size_t i = 0; i < std::size(sealing::kFileTypes); ++i) {
      if (auto it = from.find(sealing::kFileTypes[i]); it != from.end()) to[i] = it->second;
    }
    return to;
  };
  for (const auto& held : m.storage->locks())
    out.locks.push_back({{held.miner, held.number}, counts(held.writers), counts(held.readers)});
  return out;
}

void bind_paths(rpc::Server& server, MinerProcess& m) {
  server.bind(methods::StorageLocal, [&m]() -> Result<std::map<std::string, std::string>> {
    std::map<std::string, std::string> out;
    for (const auto& path : m.storage->paths()) out[path.meta.id] = path.folder.string();
    return out;
  });
  server.bind(methods::StorageInfo,
              [&m](const std::string& id) -> Result<rpc::StorageInfo> { return api_path(TRY(path_of(m, id))); });
  server.bind(methods::StorageStat, [&m](const std::string& id) -> Result<rpc::FsStat> {
    auto path = TRY(path_of(m, id));
    if (!path.trouble.empty()) return fail(ErrorCode::unavailable, "{}: {}", path.folder.string(), path.trouble);
    return api_stat(path.stat);
  });
  server.bind(methods::StorageTroubles, [&m]() -> Result<std::vector<rpc::StoragePathTrouble>> {
    std::vector<rpc::StoragePathTrouble> out;
    for (const auto& path : m.storage->paths()) {
      if (!path.trouble.empty()) out.push_back({path.meta.id, path.folder.string(), path.trouble});
    }
    return out;
  });
  server.bind(methods::StorageAddLocal,
              [&m](const std::string& path) { return m.storage->attach(expand_home(path), std::nullopt); });
  server.bind(methods::StorageDetachLocal,
              [&m](const std::string& path) { return m.storage->detach(expand_home(path)); });
  server.bind(methods::StorageDetach, [&m](const std::string& id, const std::string& url) -> Result<> {
    auto path = TRY(path_of(m, id));
    if (urls(path).front() != url) return fail(ErrorCode::not_found, "path {} has no URL {}", id, url);
    return m.storage->detach(path.folder);
  });
  server.bind(methods::StorageRedeclareLocal,
              [&m](const std::optional<std::string>& id, bool drop) { return m.storage->redeclare(id, drop); });
  server.bind(methods::StorageBestAlloc, [&m](uint32_t types, uint64_t sector_size, const std::string& path_type,
                                              uint64_t) { return best(m, types, sector_size, path_type); });
  server.bind(methods::StorageEmptyTrash, [&m](int64_t seconds) -> Result<uint64_t> {
    if (seconds < 0) return fail(ErrorCode::invalid, "an age must not be negative");
    return m.storage->empty_trash(std::chrono::seconds(seconds));
  });
}

void bind_files(rpc::Server& server, MinerProcess& m) {
  server.bind(methods::StorageList, [&m] { return list(m); });
  server.bind(methods::StorageDeclareSector, [&m](const std::string& id, const rpc::SectorId& sector, uint32_t type,
                                                  bool) { return declare(m, id, sector, type); });
  // What lies on the disk counts: a file that is still there is found again.
  server.bind(methods::StorageDropSector, [&m](const std::string& id, const rpc::SectorId&, uint32_t type) -> Result<> {
    TRY(file_type(type));
    TRY(path_of(m, id));
    return m.storage->redeclare(id, true);
  });
  server.bind(methods::StorageFindSector, [&m](const rpc::SectorId& sector, uint32_t types, uint64_t, bool fetch) {
    return find(m, sector, types, fetch);
  });
  // As in lotus a lock ends with the call that took it: the answer says that nobody held the files.
  server.bind(methods::StorageLock, [&m](const rpc::SectorId& sector, uint32_t read, uint32_t write) -> Result<> {
    auto reads = TRY(file_types(read));
    auto writes = TRY(file_types(write));
    m.storage->lock(sector.miner, sector.number, reads, writes);
    return {};
  });
  server.bind(methods::StorageTryLock, [&m](const rpc::SectorId& sector, uint32_t read, uint32_t write) {
    return can_lock(m, sector, read, write);
  });
  server.bind(methods::StorageGetLocks, [&m]() -> Result<rpc::SectorLocks> { return locks(m); });
}

}  // namespace

void bind_miner_storage(rpc::Server& server, MinerProcess& m) {
  bind_paths(server, m);
  bind_files(server, m);
}

}  // namespace nelumbo::node
