// The queue of one machine's tasks: four lanes, each with as many threads as it may run tasks at a time.

#include "sealing/local_sealer.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <list>
#include <thread>
#include <tuple>

#include "base/log.hpp"
#include "crypto/uuid.hpp"
#include "sector_tasks.hpp"

namespace nelumbo::sealing {
namespace {

enum class Lane : size_t { pre_commit_1, pre_commit_2, commit_2, other };
constexpr size_t kLanes = 4;

Lane lane_of(const Task& task) {
  if (std::holds_alternative<PreCommit1>(task)) return Lane::pre_commit_1;
  if (std::holds_alternative<PreCommit2>(task) || std::holds_alternative<ReplicaUpdate>(task)) {
    return Lane::pre_commit_2;
  }
  if (std::holds_alternative<Commit2>(task) || std::holds_alternative<ProveReplicaUpdate2>(task)) {
    return Lane::commit_2;
  }
  return Lane::other;
}

struct Entry {
  Job job;
  SectorRef sector;
  Task task;
  Sealer::Done done;
  Lane lane;
  TaskWatch watch;
};
using EntryPtr = std::shared_ptr<Entry>;

class LocalSealer final : public Sealer {
 public:
  LocalSealer(const SealerConfig& config, std::unique_ptr<SectorTasks> tasks)
      : limits_{config.max_pre_commit_1, config.max_pre_commit_2, config.max_commit_2, config.max_other},
        tasks_(std::move(tasks)) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      limits_[lane] = std::max<size_t>(1, limits_[lane]);
      for (size_t i = 0; i < limits_[lane]; ++i) {
        threads_.emplace_back([this, lane](std::stop_token stop) { work(static_cast<Lane>(lane), stop); });
      }
    }
  }

  /// Takes no more up; what runs is told to end and waited for, and nobody hears of it.
  ~LocalSealer() override {
    for (auto& thread : threads_) thread.request_stop();
    {
      std::lock_guard lock(mutex_);
      for (const auto& entry : running_) entry->watch.abort();
    }
    threads_.clear();
  }

  JobId start(const SectorRef& sector, Task task, Done done) override {
    auto entry = std::make_shared<Entry>();
    entry->lane = lane_of(task);
    entry->job = {
        .id = new_uuid(), .sector = sector, .task = std::string(short_name(task)), .since = system_clock()->now()};
    entry->sector = sector;
    entry->task = std::move(task);
    entry->done = std::move(done);
    auto id = entry->job.id;
    {
      std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(entry));
    }
    changed_.notify_all();
    return id;
  }

  std::vector<Job> jobs() const override {
    std::lock_guard lock(mutex_);
    std::vector<Job> out;
    for (const auto& entry : running_) {
      out.push_back(entry->job);
      std::tie(out.back().step, out.back().part) = entry->watch.now();
      if (entry->watch.aborted()) out.back().step += " (is told to end)";
    }
    std::array<size_t, kLanes> ahead{};
    for (const auto& entry : waiting_) {
      out.push_back(entry->job);
      const auto lane = static_cast<size_t>(entry->lane);
      out.back().step =
          fmt::format("waits for its turn: {} at a time, {} waiting before it", limits_[lane], ahead[lane]++);
    }
    return out;
  }

  Result<> abort(const JobId& id) override {
    const auto is = [&](const EntryPtr& entry) { return entry->job.id == id; };
    EntryPtr taken;
    {
      std::lock_guard lock(mutex_);
      if (auto found = std::find_if(running_.begin(), running_.end(), is); found != running_.end()) {
        (*found)->watch.abort();
        return {};
      }
      auto found = std::find_if(waiting_.begin(), waiting_.end(), is);
      if (found == waiting_.end()) return fail(ErrorCode::not_found, "there is no job {}", id);
      taken = *found;
      waiting_.erase(found);
    }
    taken->done(fail(ErrorCode::cancelled, "aborted before it began"));
    return {};
  }

 private:
  EntryPtr take(Lane lane, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    const auto mine = [&](const EntryPtr& entry) { return entry->lane == lane; };
    auto found = waiting_.end();
    changed_.wait(lock, stop, [&] {
      found = std::find_if(waiting_.begin(), waiting_.end(), mine);
      return found != waiting_.end();
    });
    if (stop.stop_requested() || found == waiting_.end()) return nullptr;
    auto entry = *found;
    waiting_.erase(found);
    entry->job.running = true;
    entry->job.since = system_clock()->now();
    running_.push_back(entry);
    return entry;
  }

  Result<TaskOutput> run(Entry& entry) {
    try {
      auto result = tasks_->run(entry.sector, entry.task, entry.watch);
      if (entry.watch.aborted()) return fail(ErrorCode::cancelled, "aborted");
      return result;
    } catch (const std::exception& broken) {
      return fail(ErrorCode::failed, "{}", broken.what());
    }
  }

  void work(Lane lane, std::stop_token stop) {
    while (auto entry = take(lane, stop)) {
      auto result = run(*entry);
      {
        std::lock_guard lock(mutex_);
        running_.remove(entry);
      }
      if (stop.stop_requested()) return;
      if (!result) {
        log_warn("sealing", "{} of sector {}: {}", entry->job.task, entry->sector.number, result.error().message);
      }
      entry->done(std::move(result));
    }
  }

  std::array<size_t, kLanes> limits_;
  const std::unique_ptr<SectorTasks> tasks_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::list<EntryPtr> waiting_, running_;
  std::vector<std::jthread> threads_;
};

}  // namespace

std::shared_ptr<Sealer> make_local_sealer(SealerConfig config, std::shared_ptr<Storage> storage) {
  auto tasks = config.mock ? make_mock_tasks(std::move(storage))
                           : make_real_tasks(std::move(storage), config.generate_parameters);
  return std::make_shared<LocalSealer>(config, std::move(tasks));
}

}  // namespace nelumbo::sealing
