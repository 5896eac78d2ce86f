#include "mining/miner.hpp"

#include <cmath>

#include "base/log.hpp"
#include "mining/catch_up.hpp"
#include "round.hpp"

namespace nelumbo::mining {

namespace {

constexpr auto kErrorPause = std::chrono::seconds(1);
/// How long a submitted block may take to become the head before the next turn begins anyway.
constexpr auto kHeadPatience = std::chrono::seconds(60);
/// With `sparse` 0, catching up takes about this long.
constexpr double kCatchUpSeconds = 60;
/// How often a window PoSt that fails while catching up is tried at one head before blocks go on without it.
constexpr int kPostTries = 3;

TimePoint seconds_after(TimePoint from, double seconds) {
  return from + std::chrono::duration_cast<TimePoint::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

struct Miner::State {
  MinerConfig config;
  std::shared_ptr<NodeApi> node;
  std::shared_ptr<Prover> prover;
  std::shared_ptr<const sealing::Storage> storage;
  std::shared_ptr<SlashFilter> filter;
  std::shared_ptr<WindowPoster> window_post;
  std::shared_ptr<Clock> clock;

  TipsetKey base;             ///< the head of the last turn
  TimePoint base_since{};     ///< when it was first seen
  ChainEpoch lost_until = 0;  ///< epochs up to this one were tried on it in vain
  bool catching_up = false;
  bool on_my_own = false;  ///< the others were waited for in vain
  double seconds = 0;      ///< smoothed time of a round that made a block

  Result<TipsetPtr> see_head();
  Result<Round> turn(std::stop_token stop);
  Result<TipsetPtr> wait_for_others(TipsetPtr head, TimePoint genesis, std::stop_token stop);
  Result<Round> live_turn(TipsetPtr head, TimePoint genesis, std::stop_token stop);
  Result<std::optional<Round>> catch_up_turn(const TipsetPtr& head, ChainEpoch clock_epoch, std::stop_token stop);
  Result<> prove_due(const TipsetPtr& head, std::stop_token stop);
  ChainEpoch sparse(ChainEpoch behind) const;
  Result<> try_epoch(const TipsetPtr& head, Round& round, std::stop_token stop);
  Result<> submit(const BlockMessage& block, const Tipset& base, std::stop_token stop);
  /// Is it time for the next epoch's round?
  bool over(const Tipset& head, ChainEpoch epoch) const;
  void tell_lateness(Round& round, uint64_t timestamp) const;

  ChainEpoch epoch_now(TimePoint genesis) const {
    auto since = std::chrono::floor<std::chrono::seconds>(clock->now() - genesis).count();
    return since / static_cast<ChainEpoch>(config.block_delay);
  }
  TimePoint start_of(TimePoint genesis, ChainEpoch epoch) const {
    return genesis + std::chrono::seconds(epoch * static_cast<ChainEpoch>(config.block_delay));
  }
};

Miner::Miner(MinerConfig config, std::shared_ptr<NodeApi> node, std::shared_ptr<Prover> prover,
             std::shared_ptr<const sealing::Storage> storage, std::shared_ptr<SlashFilter> filter,
             std::shared_ptr<WindowPoster> window_post, std::shared_ptr<Clock> clock)
    : state_(std::make_unique<State>()) {
  state_->config = std::move(config);
  state_->node = std::move(node);
  state_->prover = std::move(prover);
  state_->storage = std::move(storage);
  state_->filter = std::move(filter);
  state_->window_post = std::move(window_post);
  state_->clock = std::move(clock);
}
Miner::~Miner() = default;

Result<> Miner::run(std::stop_token stop, std::function<void(const Round&)> on_round) {
  state_->window_post->pause(state_->config.catch_up);  // until the first turn has seen how far behind the chain is
  while (!stop.stop_requested()) {
    auto round = turn(stop);
    if (round) {
      if (on_round) on_round(*round);
    } else if (!stop.stop_requested()) {
      log_error("miner", "{}", round.error().message);
      state_->clock->wait_until(state_->clock->now() + kErrorPause, stop);
    }
  }
  return {};
}

Result<Round> Miner::turn(std::stop_token stop) { return state_->turn(stop); }

Result<TipsetPtr> Miner::State::see_head() {
  auto head = TRY_IN("head", node->head());
  if (head->key() != base) {
    base = head->key();
    base_since = clock->now();
    lost_until = head->height();
  }
  return head;
}

Result<Round> Miner::State::turn(std::stop_token stop) {
  auto head = TRY(see_head());
  auto genesis = from_unix_seconds(static_cast<int64_t>(head->min_timestamp()) -
                                   head->height() * static_cast<int64_t>(config.block_delay));
  if (config.others_patience > 0) head = TRY(wait_for_others(std::move(head), genesis, stop));
  const ChainEpoch clock_epoch = epoch_now(genesis);
  if (config.catch_up) {
    ChainEpoch behind = clock_epoch - head->height();
    if (!catching_up && behind > kCatchUpLag) {
      catching_up = true;
      log_info("miner", "the chain is {} epochs behind the clock: catching up", behind);
    }
    window_post->pause(catching_up);
    if (catching_up) {
      if (auto round = TRY(catch_up_turn(head, clock_epoch, stop))) return *round;
      catching_up = false;
      window_post->pause(false);
      log_info("miner", "caught up with the clock at epoch {}", head->height());
    }
  }
  return live_turn(head, genesis, stop);
}

Result<TipsetPtr> Miner::State::wait_for_others(TipsetPtr head, TimePoint genesis, std::stop_token stop) {
  constexpr auto kLook = std::chrono::seconds(1);
  TimePoint quiet_since = base_since;
  while (epoch_now(genesis) - head->height() > kCatchUpLag) {
    if (on_my_own || catching_up) return head;
    if (TRY_IN("sync state", node->syncing())) quiet_since = clock->now();
    auto patience_ends = seconds_after(std::max(base_since, quiet_since), config.others_patience);
    if (clock->now() >= patience_ends) {
      log_info("miner", "the chain ends at epoch {} and nobody goes on with it: this miner does", head->height());
      on_my_own = true;
      return head;
    }
    TRY(node->wait_head(head->key(), std::min(patience_ends, clock->now() + kLook), stop));
    head = TRY(see_head());
  }
  on_my_own = false;
  return head;
}

ChainEpoch Miner::State::sparse(ChainEpoch behind) const {
  ChainEpoch out = config.sparse;
  if (out == 0) out = static_cast<ChainEpoch>(std::ceil(static_cast<double>(behind) * seconds / kCatchUpSeconds));
  // Blocks that take longer than an epoch never reach the clock one by one.
  double epochs_per_block = seconds / static_cast<double>(config.block_delay);
  if (epochs_per_block >= 0.9) out = std::max(out, static_cast<ChainEpoch>(std::ceil(2 * epochs_per_block)));
  return std::max<ChainEpoch>(out, 1);
}

Result<> Miner::State::prove_due(const TipsetPtr& head, std::stop_token stop) {
  for (int attempt = 1;; ++attempt) {
    auto done = window_post->tick(head, true);
    if (done) return done;
    log_error("miner", "window PoSt while catching up: {}", done.error().message);
    if (attempt == kPostTries) return {};
    if (!clock->wait_until(clock->now() + kErrorPause, stop)) return fail(ErrorCode::cancelled, "stopped");
  }
}

Result<std::optional<Round>> Miner::State::catch_up_turn(const TipsetPtr& head, ChainEpoch clock_epoch,
                                                         std::stop_token stop) {
  TRY(prove_due(head, stop));
  CatchUpState plan{.head = head->height(),
                    .clock = clock_epoch,
                    .sparse = sparse(clock_epoch - head->height()),
                    .lost_until = lost_until};
  plan.deadlines = TRY(window_post->open_work(head, head->height() + std::min(plan.sparse, kMaxNullRounds)));
  auto epoch = next_epoch(plan);
  if (!epoch) return std::optional<Round>();
  Round round{.epoch = *epoch, .catching_up = true};
  TRY(try_epoch(head, round, stop));
  return std::optional(std::move(round));
}

Result<Round> Miner::State::live_turn(TipsetPtr head, TimePoint genesis, std::stop_token stop) {
  while (true) {
    ChainEpoch epoch = std::max(head->height(), lost_until) + 1;
    auto begin = seconds_after(start_of(genesis, epoch - 1), config.propagation_delay);
    if (!clock->wait_until(begin, stop)) return fail(ErrorCode::cancelled, "stopped");
    auto seen = TRY(see_head());
    if (seen->key() == head->key()) {
      Round round{.epoch = epoch};
      TRY(try_epoch(head, round, stop));
      return round;
    }
    head = seen;
  }
}

Result<> Miner::State::try_epoch(const TipsetPtr& head, Round& round, std::stop_token stop) {
  round.parents = head->key();
  // A block made on this base that the chain has not taken up: the process ended between signing and sending. Another
  // one must never be signed.
  if (auto unsent = TRY(filter->recorded_on(config.miner, head->key()))) {
    log_info("miner", "sending again the block {} of epoch {}", unsent->header.cid().str(), unsent->header.height);
    round.epoch = unsent->header.height;
    round.block = unsent->header.cid();
    return submit(*unsent, *head, stop);
  }
  // An own block of the head's epoch that did not get there: nothing may be built on the head without it, by nobody
  // else either where all others are away.
  if (auto own = TRY(filter->left_out(config.miner, *head))) {
    log_info("miner", "sending again the block {}, which the head of its epoch {} lacks", own->header.cid().str(),
             own->header.height);
    lost_until = round.epoch;
    return in_context(node->submit_block(*own), "submitting block " + own->header.cid().str());
  }
  RoundTools tools{config, *node, *prover, *storage, *clock};
  auto made =
      in_context(make_block(tools, head, round.epoch, base_since, stop, round), fmt::format("epoch {}", round.epoch));
  // The next epoch challenges other sectors: the miner must not stand on one whose sector it cannot read.
  if (!made && !round.unproven.empty() && over(*head, round.epoch)) {
    log_error("miner", "{}; the round is lost", made.error().message);
    lost_until = round.epoch;
    return {};
  }
  auto block = TRY(std::move(made));
  if (!block) {
    lost_until = round.epoch;
    return {};
  }
  seconds = seconds == 0 ? round.seconds : 0.8 * seconds + 0.2 * round.seconds;
  tell_lateness(round, block->header.timestamp);
  round.block = block->header.cid();
  return submit(*block, *head, stop);
}

bool Miner::State::over(const Tipset& head, ChainEpoch epoch) const {
  const auto ahead = static_cast<uint64_t>(epoch - head.height());
  const auto due = from_unix_seconds(static_cast<int64_t>(head.min_timestamp() + config.block_delay * ahead));
  return clock->now() >= seconds_after(due, config.propagation_delay);
}

void Miner::State::tell_lateness(Round& round, uint64_t timestamp) const {
  auto due = from_unix_seconds(static_cast<int64_t>(timestamp));
  round.late_seconds = std::chrono::duration<double>(clock->now() - due).count();
  if (round.catching_up || round.late_seconds <= 0) return;
  log_warn(
      "miner",
      "the block of epoch {} is {:.1f} s late: it took {:.1f} s ({:.1f} s of it the winning PoSt), an epoch has {} s{}",
      round.epoch, round.late_seconds, round.seconds, round.winning_post_seconds, config.block_delay,
      round.seconds > static_cast<double>(config.block_delay) ? "; this machine cannot keep up" : "");
}

Result<> Miner::State::submit(const BlockMessage& block, const Tipset& base_tipset, std::stop_token stop) {
  auto due = from_unix_seconds(static_cast<int64_t>(block.header.timestamp));
  if (!clock->wait_until(due, stop)) return fail(ErrorCode::cancelled, "stopped");
  if (auto recorded = filter->record(block, base_tipset); !recorded) {
    lost_until = std::max(lost_until, block.header.height);
    return in_context(std::move(recorded), "the block is not sent");
  }
  if (auto sent = node->submit_block(block); !sent) {
    // The node refuses its own block: on a network of its own nobody else has seen it, and no other block on this base
    // may be made while it is on record.
    if (config.catch_up && sent.error().code != ErrorCode::unavailable) TRY(filter->forget(block.header));
    return in_context(std::move(sent), "submitting block " + block.header.cid().str());
  }
  TRY_IN("waiting for the new head", node->wait_head(base_tipset.key(), clock->now() + kHeadPatience, stop));
  return {};
}

}  // namespace nelumbo::mining
