#include "chain/sync_manager.hpp"

#include <condition_variable>
#include <deque>
#include <future>
#include <thread>

#include "base/log.hpp"
#include "catch_up.hpp"
#include "chain/weight.hpp"
#include "lru.hpp"
#include "sync_targets.hpp"

namespace nelumbo::chain {

namespace {

using Kind = CatchUpFailure::Kind;

/// A node that stays forked away says so again when the other chain has grown by this many epochs.
constexpr ChainEpoch kSayAgain = 20;

/// A tipset that somebody waits for.
struct Wanted {
  TipsetPtr target;
  std::promise<Result<>> done;
};

/// What a head that was heard must beat.
struct Standing {
  TipsetPtr tipset;
  BigInt weight;
  StoragePower most_power;  ///< bounds what a tipset can add: power hardly changes within a finality
};

}  // namespace

struct SyncManager::State {
  State(Parts parts, SyncOptions options, HeaderLog log)
      : parts(std::move(parts)), options(options), log(std::move(log)) {}

  Parts parts;
  SyncOptions options;
  HeaderLog log;  ///< of the thread

  mutable std::mutex mutex;
  std::condition_variable_any changed;
  SyncTargets targets;
  bool news = false;  ///< something was heard since the last choice
  std::optional<SyncTargets::Time> first_heard;
  std::deque<Wanted> wanted;
  Lru<TipsetKey, bool> refused{1024};  ///< left out a checkpoint or split off too deep
  std::optional<ForkedAway> forked;
  ChainEpoch forked_said_at = 0;

  std::jthread thread;

  ChainStore& store() const { return parts.states->store(); }
  void run(std::stop_token stop);
  bool bootstrapped(SyncTargets::Time now) const;
  Result<TipsetPtr> choose(SyncTargets::Time now);
  Result<bool> may_win(const Tipset& tipset, const Standing& head);
  void catch_up(const TipsetPtr& target, std::promise<Result<>>* waiter, const std::stop_token& stop);
  void failed(const TipsetPtr& target, const CatchUpFailure& failure);
  void say_forked(const TipsetPtr& target, const CatchUpFailure& failure);
};

Result<std::shared_ptr<SyncManager>> SyncManager::make(Parts parts, SyncOptions options) {
  auto log = TRY_IN("loading what was being fetched", HeaderLog::open(parts.kv));
  auto state = std::make_unique<State>(std::move(parts), options, std::move(log));
  auto* work = state.get();
  auto manager = std::shared_ptr<SyncManager>(new SyncManager(std::move(state)));
  work->thread = std::jthread([work](std::stop_token stop) { work->run(stop); });
  return manager;
}

SyncManager::SyncManager(std::unique_ptr<State> state) : state_(std::move(state)) {}
SyncManager::~SyncManager() { stop(); }

void SyncManager::stop() {
  state_->thread.request_stop();
  if (state_->thread.joinable()) state_->thread.join();
  std::lock_guard lock(state_->mutex);
  for (auto& each : state_->wanted) each.done.set_value(fail(ErrorCode::cancelled, "the node is stopping"));
  state_->wanted.clear();
}

void SyncManager::head_heard(const std::string& peer, TipsetPtr head) {
  {
    std::lock_guard lock(state_->mutex);
    state_->targets.heard(peer, head);
    if (!state_->first_heard) state_->first_heard = std::chrono::steady_clock::now();
    state_->news = true;
  }
  state_->changed.notify_all();
}

void SyncManager::peer_gone(const std::string& peer) {
  std::lock_guard lock(state_->mutex);
  state_->targets.forget_peer(peer);
}

std::optional<ForkedAway> SyncManager::forked_away() const {
  std::lock_guard lock(state_->mutex);
  return state_->forked;
}

Result<> SyncManager::checkpoint(const TipsetKey& key) {
  auto& store = state_->store();
  auto here = store.load_tipset(key);
  if (here && TRY(store.is_validated(**here))) return store.set_checkpoint(*here);
  auto fetched = TRY_IN("fetching the checkpoint", state_->parts.source->headers(key, 1));
  auto target = fetched.front();
  if (target->key() != key) return fail(ErrorCode::unavailable, "asked for {}, got {}", key.str(), target->key().str());
  std::future<Result<>> done;
  {
    std::lock_guard lock(state_->mutex);
    if (state_->thread.get_stop_token().stop_requested()) return fail(ErrorCode::cancelled, "the node is stopping");
    auto& entry = state_->wanted.emplace_back(Wanted{target, {}});
    done = entry.done.get_future();
    state_->news = true;
  }
  state_->changed.notify_all();
  TRY_IN("catching up with the checkpoint", done.get());
  return store.set_checkpoint(target);
}

bool SyncManager::State::bootstrapped(SyncTargets::Time now) const {
  if (!first_heard) return false;
  return targets.peers() >= options.bootstrap_peers || now - *first_heard >= options.bootstrap_wait;
}

/// Could the chain of this tipset, valid, be heavier than the head?
Result<bool> SyncManager::State::may_win(const Tipset& tipset, const Standing& head) {
  if (tipset.key() == head.tipset->key() || refused.get(tipset.key())) return false;
  for (const auto& cid : tipset.cids()) {
    if (parts.syncer->bad_block(cid)) return false;
  }
  if (TRY(store().is_validated(tipset))) {
    const auto weight = TRY(store().weight(tipset));
    return weight > head.weight || (weight == head.weight && wins_tie(tipset, *head.tipset));
  }
  int64_t wins = 0;
  for (const auto& block : tipset.blocks()) wins += block.election_proof ? block.election_proof->win_count : 0;
  return weight_of(tipset.parent_weight(), head.most_power, wins) >= head.weight;
}

Result<TipsetPtr> SyncManager::State::choose(SyncTargets::Time now) {
  Standing head{store().heaviest(), 0, 0};
  if (!head.tipset) return TipsetPtr();
  head.weight = TRY(store().weight(*head.tipset));
  head.most_power = TRY(parts.states->power(head.tipset->parent_state(), Address())).total_quality_adjusted * 4;
  return targets.choose(
      [&](const TipsetPtr& each) {
        auto may = may_win(*each, head);
        if (!may) log_error("sync", "weighing the head {} that was heard: {}", each->key().str(), may.error().message);
        return may.value_or(false);
      },
      now);
}

void SyncManager::State::run(std::stop_token stop) {
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    news = false;
    const auto now = std::chrono::steady_clock::now();
    if (!wanted.empty()) {
      auto next = std::move(wanted.front());
      wanted.pop_front();
      lock.unlock();
      catch_up(next.target, &next.done, stop);
      lock.lock();
      continue;
    }
    if (bootstrapped(now)) {
      auto target = choose(now);
      if (!target) log_error("sync", "choosing what to catch up with: {}", target.error().message);
      if (target && *target) {
        lock.unlock();
        catch_up(*target, nullptr, stop);
        lock.lock();
        continue;
      }
    }
    auto until = bootstrapped(now) ? targets.next_time() : std::nullopt;
    if (!bootstrapped(now) && first_heard) until = *first_heard + options.bootstrap_wait;
    if (until) {
      until = std::max(*until, now + std::chrono::milliseconds(100));
      changed.wait_until(lock, stop, *until, [&] { return news; });
    } else {
      changed.wait(lock, stop, [&] { return news; });
    }
  }
}

void SyncManager::State::catch_up(const TipsetPtr& target, std::promise<Result<>>* waiter,
                                  const std::stop_token& stop) {
  auto outvoted = [&] {
    std::lock_guard lock(mutex);
    return waiter == nullptr && targets.outvoted(target->key());
  };
  const ChainEpoch behind = target->height() - store().heaviest()->height();
  if (behind > 10) log_info("sync", "catching up {} epochs, to epoch {}", behind, target->height());
  CatchUp run({*parts.states, *parts.syncer, *parts.source, log, *parts.clock, options, stop, outvoted}, target,
              waiter != nullptr);
  auto result = run.run();
  if (waiter != nullptr) {
    waiter->set_value(result ? Result<>() : Result<>(std::unexpected(result.error())));
    return;
  }
  if (!result) {
    failed(target, run.failure());
    return;
  }
  if (behind > 10) log_info("sync", "caught up to epoch {}", target->height());
  std::lock_guard lock(mutex);
  targets.forget(target->key());
  if (!forked) return;
  const auto tellers = targets.tellers(target->key());
  for (const auto& peer : tellers) {
    if (std::ranges::find(forked->peers, peer) != forked->peers.end()) forked.reset();
    if (!forked) break;
  }
}

void SyncManager::State::failed(const TipsetPtr& target, const CatchUpFailure& failure) {
  std::vector<std::string> blamed;
  {
    std::lock_guard lock(mutex);
    const auto tellers = targets.tellers(target->key());
    switch (failure.kind) {
      case Kind::bad_chain:
        blamed = tellers;
        for (const auto& peer : tellers) targets.forget_peer(peer);
        break;
      case Kind::known_bad:
        targets.forget(target->key());
        break;
      case Kind::refused:
        refused.put(target->key(), true);
        targets.forget(target->key());
        break;
      case Kind::forked:
        say_forked(target, failure);
        refused.put(target->key(), true);
        targets.forget(target->key());
        break;
      case Kind::incomplete:
      case Kind::outvoted:
        targets.postpone(target->key(), std::chrono::steady_clock::now());
        break;
      case Kind::stopped:
        return;
    }
  }
  log_warn("sync", "epoch {} ({}): {}", target->height(), target->key().str(), failure.reason);
  if (!parts.on_bad_peer) return;
  for (const auto& peer : blamed) parts.on_bad_peer(peer, failure.reason);
}

void SyncManager::State::say_forked(const TipsetPtr& target, const CatchUpFailure& failure) {
  ForkedAway now{target, failure.split, failure.below, targets.backers(*target)};
  const bool again = forked && forked->split == now.split && forked->peers == now.peers &&
                     target->height() < forked_said_at + kSayAgain;
  if (!again) {
    std::string peers;
    for (const auto& peer : now.peers) peers += (peers.empty() ? "" : ", ") + peer;
    log_error(
        "sync",
        "this node has forked away: the chain of {} at epoch {} and ours (epoch {}) split {} epoch {}, deeper than "
        "{} epochs; which is right is for the operator to say (lotus sync checkpoint, lotus chain sethead)",
        peers, target->height(), store().heaviest()->height(), now.below ? "below" : "at", now.split, options.finality);
    forked_said_at = target->height();
  }
  forked = std::move(now);
}

}  // namespace nelumbo::chain
