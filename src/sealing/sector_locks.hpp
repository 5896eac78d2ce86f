#pragma once
// Who reads and who writes which files of a sector, in this process.

#include <condition_variable>
#include <memory>

#include "sealing/storage.hpp"

namespace nelumbo::sealing {

/// Thread-safe.
class SectorLocks : public std::enable_shared_from_this<SectorLocks> {
 public:
  Hold lock(ActorId miner, SectorNumber number, const std::set<FileType>& read, const std::set<FileType>& write);
  std::vector<Storage::LockState> all() const;

 private:
  using Key = std::pair<ActorId, SectorNumber>;
  struct State {
    std::map<FileType, uint64_t> readers, writers;
    bool allows(const std::set<FileType>& read, const std::set<FileType>& write) const;
  };
  void let_go(const Key& key, const std::set<FileType>& read, const std::set<FileType>& write);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Key, State> states_;
};

}  // namespace nelumbo::sealing
