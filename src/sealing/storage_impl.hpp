#pragma once
// The paths of one repository. Decisions that take several paths into account are made one at a time.

#include "sector_locks.hpp"
#include "storage_path.hpp"

namespace nelumbo::sealing {

using PathPtr = std::shared_ptr<StoragePath>;

class PathStorage final : public Storage {
 public:
  PathStorage(fs::path repository, std::vector<PathPtr> paths)
      : repository_(std::move(repository)), paths_(std::move(paths)) {}

  Result<> attach(const fs::path& folder, const std::optional<PathMeta>& init) override;
  Result<> detach(const fs::path& folder) override;
  std::vector<PathState> paths() const override;
  Result<> redeclare(const std::optional<std::string>& path_id, bool drop_missing) override;
  std::map<std::string, std::vector<SectorFile>> list() const override;
  Result<fs::path> find(ActorId miner, SectorNumber number, FileType type) const override;
  std::vector<PathState> where(ActorId miner, SectorNumber number, FileType type) const override;
  Result<Place> allocate(ActorId miner, SectorNumber number, SealProof proof, const std::set<FileType>& types,
                         bool sealing) override;
  Result<> move_to_store(ActorId miner, SectorNumber number, SealProof proof, const std::set<FileType>& types) override;
  Result<> trash(ActorId miner, SectorNumber number, FileType type) override;
  Result<uint64_t> empty_trash(std::chrono::seconds older_than) override;
  Hold lock(ActorId miner, SectorNumber number, const std::set<FileType>& read,
            const std::set<FileType>& write) override {
    return locks_->lock(miner, number, read, write);
  }
  std::vector<LockState> locks() const override { return locks_->all(); }

 private:
  std::vector<PathPtr> all() const;
  /// Those that have the file now; the ones for long storage first.
  std::vector<PathPtr> having(const SectorFile& file) const;
  /// The best path for files that need these bytes; `exhausted` says what each path lacks. `preferred` wins when it
  /// will do.
  Result<PathPtr> choose(const std::map<SectorFile, uint64_t>& needs, bool sealing, const PathPtr& preferred) const;
  /// unavailable: a path that had the file is away.
  Result<> not_away(const SectorFile& file) const;
  Result<> store_one(const SectorFile& file, PathPtr& store);

  const fs::path repository_;
  const std::shared_ptr<SectorLocks> locks_ = std::make_shared<SectorLocks>();
  std::mutex allocating_;  ///< from looking at the room to reserving it
  mutable std::mutex mutex_;
  std::vector<PathPtr> paths_;
};

}  // namespace nelumbo::sealing
