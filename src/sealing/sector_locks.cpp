#include "sector_locks.hpp"

#include <algorithm>

namespace nelumbo::sealing {
namespace {

void add(std::map<FileType, uint64_t>& counts, const std::set<FileType>& types) {
  for (auto type : types) ++counts[type];
}

void take(std::map<FileType, uint64_t>& counts, const std::set<FileType>& types) {
  for (auto type : types) {
    if (--counts[type] == 0) counts.erase(type);
  }
}

}  // namespace

bool SectorLocks::State::allows(const std::set<FileType>& read, const std::set<FileType>& write) const {
  const auto written = [&](FileType type) { return writers.contains(type); };
  const auto used = [&](FileType type) { return writers.contains(type) || readers.contains(type); };
  return std::none_of(read.begin(), read.end(), written) && std::none_of(write.begin(), write.end(), used);
}

Hold SectorLocks::lock(ActorId miner, SectorNumber number, const std::set<FileType>& read,
                       const std::set<FileType>& write) {
  const Key key{miner, number};
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    auto found = states_.find(key);
    return found == states_.end() || found->second.allows(read, write);
  });
  auto& state = states_[key];
  add(state.readers, read);
  add(state.writers, write);
  return Hold([self = shared_from_this(), key, read, write] { self->let_go(key, read, write); });
}

void SectorLocks::let_go(const Key& key, const std::set<FileType>& read, const std::set<FileType>& write) {
  {
    std::lock_guard lock(mutex_);
    auto& state = states_[key];
    take(state.readers, read);
    take(state.writers, write);
    if (state.readers.empty() && state.writers.empty()) states_.erase(key);
  }
  changed_.notify_all();
}

std::vector<Storage::LockState> SectorLocks::all() const {
  std::lock_guard lock(mutex_);
  std::vector<Storage::LockState> out;
  for (const auto& [key, state] : states_) out.push_back({key.first, key.second, state.readers, state.writers});
  return out;
}

}  // namespace nelumbo::sealing
