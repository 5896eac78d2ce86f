#pragma once
// One task at a time on a sector's files, with real proofs or mock ones. Each begins by making sure of what it builds
// on, and may be run again after it was cut off at any point.

#include <atomic>

#include "sealing/local_sealer.hpp"

namespace nelumbo::sealing {

/// How a running task says what it is doing, and hears that it shall end. Thread-safe.
class TaskWatch {
 public:
  void step(std::string text, double part) {
    std::lock_guard lock(mutex_);
    text_ = std::move(text);
    part_ = part;
  }
  std::pair<std::string, double> now() const {
    std::lock_guard lock(mutex_);
    return {text_, part_};
  }
  void abort() { aborted_ = true; }
  bool aborted() const { return aborted_; }
  /// cancelled once it shall end.
  Result<> go_on() const {
    if (aborted_) return fail(ErrorCode::cancelled, "aborted");
    return {};
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
  double part_ = 0;
  std::atomic<bool> aborted_ = false;
};

/// Thread-safe: tasks of several sectors run beside each other.
class SectorTasks {
 public:
  virtual ~SectorTasks() = default;
  virtual Result<TaskOutput> run(const SectorRef& sector, const Task& task, TaskWatch& watch) = 0;
};

/// `generate_parameters`: C2 makes parameters that are missing.
std::unique_ptr<SectorTasks> make_real_tasks(std::shared_ptr<Storage> storage, bool generate_parameters);
/// For the bundle "testing-fake-proofs", whose verifiers take any proof: commitments are hashes, files are small.
std::unique_ptr<SectorTasks> make_mock_tasks(std::shared_ptr<Storage> storage);

// What both do.

/// unavailable: the sector's data is, or may be, on a path that is away, and what was sealed of it too.
Result<> begun_here(Storage& storage, const SectorRef& sector);
/// Moves what a stored sector needs to a path for long storage; the unsealed file to the trash unless it is kept.
Result<> store_sector(Storage& storage, const SectorRef& sector, bool keep_unsealed, TaskWatch& watch);
/// All files of the sector to the trash of their paths.
Result<> remove_sector(Storage& storage, const SectorRef& sector);
/// After a snap: update and caches to a path for long storage; the sealed file, which the update replaces, to the
/// trash.
Result<> store_update(Storage& storage, const SectorRef& sector, TaskWatch& watch);

}  // namespace nelumbo::sealing
