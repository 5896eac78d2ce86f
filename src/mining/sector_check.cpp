#include "mining/sector_check.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "sector_files.hpp"

namespace nelumbo::mining {

namespace {

using Moment = std::chrono::steady_clock::time_point;

/// One call of check: its threads take sectors from it until none is left or it is closed.
struct Round {
  std::mutex mutex;
  std::condition_variable change;
  std::deque<ProvenSector> waiting;
  std::map<SectorNumber, Moment> running;
  CheckedSectors out;
  bool closed = false;
};

std::string seconds_text(std::chrono::milliseconds limit) {
  return fmt::format("{:.0f} s", std::chrono::duration<double>(limit).count());
}

}  // namespace

struct SectorChecker::State {
  std::shared_ptr<const sealing::Storage> storage;
  ActorId miner = 0;
  CheckLimits limits;
  std::mutex mutex;
  std::map<SectorNumber, int> hanging;  ///< threads that an earlier call gave up

  Result<PrivateSectorInfo> locate(const ProvenSector& sector) const {
    return sealing::provable_files(*storage, miner, sector.info, sector.updated);
  }
  Result<PrivateSectorInfo> check_one(const ProvenSector& sector) const {
    auto found = TRY(locate(sector));
    TRY(read_sector_files(found, limits.mock));
    return found;
  }
  bool hangs(SectorNumber number) {
    std::lock_guard lock(mutex);
    return hanging.contains(number);
  }
  void gave_up(SectorNumber number) {
    std::lock_guard lock(mutex);
    ++hanging[number];
  }
  void came_back(SectorNumber number) {
    std::lock_guard lock(mutex);
    if (--hanging[number] <= 0) hanging.erase(number);
  }
};

namespace {

void take_turns(const std::shared_ptr<SectorChecker::State>& state, const std::shared_ptr<Round>& round) {
  std::unique_lock lock(round->mutex);
  while (!round->closed && !round->waiting.empty()) {
    auto sector = std::move(round->waiting.front());
    round->waiting.pop_front();
    const auto number = sector.info.number;
    round->running[number] = std::chrono::steady_clock::now();
    round->change.notify_all();  // the time of this one runs
    lock.unlock();
    auto checked = state->check_one(sector);
    lock.lock();
    if (round->running.erase(number) == 0) {  // given up: another thread has taken this one's place
      state->came_back(number);
      return;
    }
    if (checked) {
      round->out.good.emplace(number, *std::move(checked));
    } else {
      round->out.bad.emplace(number, checked.error().message);
    }
    round->change.notify_all();
  }
}

/// Not joined: a thread that reads from a dead mount may never come back, and all that it touches it shares.
void start_thread(const std::shared_ptr<SectorChecker::State>& state, const std::shared_ptr<Round>& round) {
  std::thread([state, round] { take_turns(state, round); }).detach();
}

/// Gives up what has run for too long; gives how many threads that lost.
size_t give_up_before(SectorChecker::State& state, Round& round, Moment started, const std::string& reason) {
  size_t lost = 0;
  for (auto it = round.running.begin(); it != round.running.end();) {
    if (it->second > started) {
      ++it;
      continue;
    }
    state.gave_up(it->first);
    round.out.bad.emplace(it->first, reason);
    it = round.running.erase(it);
    ++lost;
  }
  return lost;
}

}  // namespace

ProvenSector proven_sector(const rpc::SectorOnChainInfo& sector) {
  return {{sector.seal_proof, sector.sector_number, sector.sealed_cid}, sector.sector_key_cid.has_value()};
}

SectorChecker::SectorChecker(std::shared_ptr<const sealing::Storage> storage, ActorId miner, CheckLimits limits)
    : state_(std::make_shared<State>()) {
  state_->storage = std::move(storage);
  state_->miner = miner;
  state_->limits = limits;
}

CheckedSectors SectorChecker::check(const std::vector<ProvenSector>& sectors) const {
  auto round = std::make_shared<Round>();
  for (const auto& sector : sectors) {
    if (state_->hangs(sector.info.number)) {
      round->out.bad.emplace(sector.info.number, "an earlier look at its files has not come back yet");
    } else {
      round->waiting.push_back(sector);
    }
  }
  const auto& limits = state_->limits;
  const auto end = std::chrono::steady_clock::now() + limits.all;
  const size_t threads =
      limits.parallel == 0 ? round->waiting.size() : std::min(limits.parallel, round->waiting.size());
  for (size_t i = 0; i < threads; ++i) start_thread(state_, round);

  std::unique_lock lock(round->mutex);
  while (!round->waiting.empty() || !round->running.empty()) {
    auto until = end;
    for (const auto& [number, since] : round->running) until = std::min(until, since + limits.single);
    round->change.wait_until(lock, until);
    const auto now = std::chrono::steady_clock::now();
    if (now >= end) break;
    auto lost = give_up_before(*state_, *round, now - limits.single,
                               "its files do not answer within " + seconds_text(limits.single));
    for (size_t i = 0; i < lost; ++i) start_thread(state_, round);
  }
  round->closed = true;
  give_up_before(*state_, *round, Moment::max(), "its files do not answer within " + seconds_text(limits.all));
  for (const auto& sector : round->waiting)
    round->out.bad.emplace(sector.info.number, "its turn did not come within " + seconds_text(limits.all));
  round->waiting.clear();
  return std::move(round->out);
}

CheckedSectors SectorChecker::locate(const std::vector<ProvenSector>& sectors) const {
  CheckedSectors out;
  for (const auto& sector : sectors) {
    auto found = state_->locate(sector);
    if (found) {
      out.good.emplace(sector.info.number, *std::move(found));
    } else {
      out.bad.emplace(sector.info.number, found.error().message);
    }
  }
  return out;
}

}  // namespace nelumbo::mining
