#pragma once
// A miner's storage paths and where each sector's files lie on them: lotus's layout (sectorstore.json in each path,
// storage.json in the repository; unsealed|sealed|cache|update|update-cache/s-t0M-N).

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/sector_files.hpp"
#include "sealing/work.hpp"

namespace nelumbo::sealing {

/// Bits, as lotus counts them.
enum class FileType : uint32_t { unsealed = 1, sealed = 2, cache = 4, update = 8, update_cache = 16 };
inline constexpr FileType kFileTypes[] = {FileType::unsealed, FileType::sealed, FileType::cache, FileType::update,
                                          FileType::update_cache};
/// "unsealed", "sealed", "cache", "update", "update-cache": also the names in AllowTypes and DenyTypes.
std::string_view folder_name(FileType type);
/// Bytes that a sector of this size needs of a file type, while it is sealed or once it is stored.
uint64_t space_needed(FileType type, uint64_t sector_size, bool sealing);

/// sectorstore.json: a path says itself what it is for.
struct PathMeta {
  std::string id;  ///< a UUID
  uint64_t weight = 10;
  bool can_seal = false;
  bool can_store = false;
  uint64_t max_storage = 0;  ///< bytes, 0: no limit
  bool read_only = false;    ///< not in lotus: files are read and none are made, moved or taken away
  std::vector<std::string> groups, allow_to, allow_types, deny_types, allow_miners, deny_miners;
  static constexpr auto fields =
      nelumbo::fields(field("ID", &PathMeta::id), field("Weight", &PathMeta::weight),
                      field("CanSeal", &PathMeta::can_seal), field("CanStore", &PathMeta::can_store),
                      field("MaxStorage", &PathMeta::max_storage), field("ReadOnly", &PathMeta::read_only),
                      field("Groups", &PathMeta::groups), field("AllowTo", &PathMeta::allow_to),
                      field("AllowTypes", &PathMeta::allow_types), field("DenyTypes", &PathMeta::deny_types),
                      field("AllowMiners", &PathMeta::allow_miners), field("DenyMiners", &PathMeta::deny_miners));
};

/// Bytes. `available` is what new files may take: less what is reserved, and within MaxStorage; `used` is counted where
/// there is a MaxStorage.
struct FsStat {
  int64_t capacity = 0, available = 0, fs_available = 0, reserved = 0, max = 0, used = 0;
};

struct PathState {
  PathMeta meta;
  fs::path folder;
  std::string trouble;  ///< why it cannot be used now ("the folder is not there"); empty: it is fine
  FsStat stat;
};

struct SectorFile {
  ActorId miner = 0;
  SectorNumber number = 0;
  FileType type{};
  auto operator<=>(const SectorFile&) const = default;
};

class Storage;
/// Space set aside on a path, or a file that nobody else may write or move, until it is let go.
class Hold {
 public:
  Hold() = default;
  explicit Hold(std::function<void()> release) : release_(std::move(release)) {}
  Hold(Hold&& other) noexcept : release_(std::exchange(other.release_, nullptr)) {}
  Hold& operator=(Hold&& other) noexcept {
    std::swap(release_, other.release_);
    return *this;
  }
  ~Hold() { let_go(); }
  void let_go() {
    if (auto release = std::exchange(release_, nullptr)) release();
  }

 private:
  std::function<void()> release_;
};

/// Thread-safe. What lies on the disks counts; what was last seen is kept for paths that are away.
class Storage {
 public:
  /// The paths that the repository's storage.json names; a path that is away is kept, with its trouble.
  static Result<std::shared_ptr<Storage>> open(const fs::path& repository);
  virtual ~Storage() = default;

  /// Adds a path to storage.json; nothing to do when it is there. `init` makes its sectorstore.json (a missing id is
  /// drawn; exists: it has one); without it the folder must have one (not_found).
  virtual Result<> attach(const fs::path& folder, const std::optional<PathMeta>& init) = 0;
  /// Takes it out of storage.json; its files stay. not_found: it is not there.
  virtual Result<> detach(const fs::path& folder) = 0;
  virtual std::vector<PathState> paths() const = 0;
  /// Reads sectorstore.json and what lies on one path, or on all, again. A named path that is away is `unavailable`,
  /// unless drop_missing: then what it had is forgotten.
  virtual Result<> redeclare(const std::optional<std::string>& path_id, bool drop_missing) = 0;
  /// Which files of which sectors each path has, by its id (its folder while that is not known).
  virtual std::map<std::string, std::vector<SectorFile>> list() const = 0;

  /// The file or folder of a sector that is there and can be read. The error names the sector, the type, and paths that
  /// are away: `unavailable` when one of those had it or may have it, else not_found.
  virtual Result<fs::path> find(ActorId miner, SectorNumber number, FileType type) const = 0;
  /// All places of a file, those of paths that are away too.
  virtual std::vector<PathState> where(ActorId miner, SectorNumber number, FileType type) const = 0;
  /// A place for files that are to be made, all on one path (the best: free space by weight), with the space held; the
  /// place the sector has already when it has one. `exhausted` says what each path lacks; `unavailable`: one of the
  /// files is on a path that is away.
  struct Place {
    std::map<FileType, fs::path> files;
    Hold space;
  };
  virtual Result<Place> allocate(ActorId miner, SectorNumber number, SealProof proof, const std::set<FileType>& types,
                                 bool sealing) = 0;
  /// Moves files of a sector to a path for long storage (none when they are on one); copied, synced, then renamed, so
  /// that a crash leaves one whole copy at least.
  virtual Result<> move_to_store(ActorId miner, SectorNumber number, SealProof proof,
                                 const std::set<FileType>& types) = 0;
  /// Moves a file or folder to the trash of its path, from every path; nothing when there is none. unavailable: a path
  /// that had it is away.
  virtual Result<> trash(ActorId miner, SectorNumber number, FileType type) = 0;
  /// Deletes what has been in a trash folder for longer than this. Gives bytes freed.
  virtual Result<uint64_t> empty_trash(std::chrono::seconds older_than) = 0;

  /// Waits for files of a sector, all at once: shared for reading, alone for writing. Within this process.
  virtual Hold lock(ActorId miner, SectorNumber number, const std::set<FileType>& read,
                    const std::set<FileType>& write) = 0;
  struct LockState {
    ActorId miner = 0;
    SectorNumber number = 0;
    std::map<FileType, uint64_t> readers, writers;
  };
  virtual std::vector<LockState> locks() const = 0;
};

}  // namespace nelumbo::sealing
