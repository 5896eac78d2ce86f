#include "mining/window_post.hpp"

#include <atomic>
#include <deque>

#include "base/log.hpp"
#include "post_declare.hpp"
#include "post_disputes.hpp"
#include "post_prover.hpp"

namespace nelumbo::mining {

namespace {

constexpr size_t kSubmissionsKept = 100;
constexpr auto kHeadPatience = std::chrono::minutes(10);
constexpr auto kErrorPause = std::chrono::seconds(5);
/// How long a proof that is ready waits for the loop to look at it, when no new head comes.
constexpr auto kLook = std::chrono::seconds(5);

enum class Mode { wait, background };

}  // namespace

struct WindowPoster::State {
  WindowPostConfig config;
  std::shared_ptr<NodeApi> node;
  SectorChecker checker;
  PostSender sender;
  PostJobs jobs;
  PostProver prover;
  Disputes disputes;
  Declarations declarations;

  std::mutex work;  ///< held by tick and step
  std::atomic<bool> paused{false};
  ChainEpoch disputes_seen = -1;  ///< opening of the deadline in which they were looked for last
  mutable std::mutex mutex;
  std::deque<Submission> sent;

  State(WindowPostConfig c, std::shared_ptr<NodeApi> n, std::shared_ptr<Prover> p,
        std::shared_ptr<const sealing::Storage> files, std::shared_ptr<KvStore> store)
      : config(std::move(c)),
        node(std::move(n)),
        checker(std::move(files), must(config.miner.id()), config.checks),
        sender(config, node),
        jobs(std::move(store)),
        prover(config, node, std::move(p), checker),
        declarations(config, node, sender, checker) {}

  Result<> advance(const TipsetPtr& head, Mode mode, bool at_once);
  Result<> deadline(const TipsetPtr& head, const actors::DeadlineInfo& d, Mode mode, bool at_once);
  Result<> batch(const TipsetPtr& head, const Batch& batch, Mode mode, bool at_once);
  /// Whether the batch's proof is on its way or on the chain; what failed is taken out of the job.
  Result<bool> settled(const TipsetPtr& head, std::optional<PostJob>& job);
  Result<> send(const TipsetPtr& head, const Batch& batch, PostJob& job);
  void look_for_disputes(const TipsetPtr& head, const actors::DeadlineInfo& current);
};

WindowPoster::WindowPoster(WindowPostConfig config, std::shared_ptr<NodeApi> node, std::shared_ptr<Prover> prover,
                           std::shared_ptr<const sealing::Storage> storage, std::shared_ptr<KvStore> store)
    : state_(std::make_unique<State>(std::move(config), std::move(node), std::move(prover), std::move(storage),
                                     std::move(store))) {}
WindowPoster::~WindowPoster() = default;

void WindowPoster::pause(bool paused) { state_->paused = paused; }

std::vector<WindowPoster::Submission> WindowPoster::submissions() const {
  std::lock_guard lock(state_->mutex);
  return {state_->sent.begin(), state_->sent.end()};
}

Result<> WindowPoster::tick(const TipsetPtr& head, bool at_once) {
  std::lock_guard lock(state_->work);
  return state_->advance(head, Mode::wait, at_once);
}

Result<> WindowPoster::step(const TipsetPtr& head) {
  std::lock_guard lock(state_->work);
  return state_->advance(head, Mode::background, false);
}

Result<> WindowPoster::State::advance(const TipsetPtr& head, Mode mode, bool at_once) {
  auto info = TRY_IN("proving deadline", node->proving_deadline(config.miner, head->key()));
  // A message can be on chain at the next epoch at the earliest: that decides which deadline is current.
  auto current = actors::current_deadline(info.period_start, head->height() + 1);
  // Proofs do not wait for declarations that fail.
  if (auto done = declarations.advance(head, current, mode == Mode::wait, at_once); !done)
    log_error("wdpost", "{}", done.error().message);
  look_for_disputes(head, current);
  auto done = in_context(deadline(head, current, mode, at_once), fmt::format("deadline {}", current.index));
  auto next = actors::current_deadline(info.period_start, current.close);
  if (!at_once && head->height() >= next.challenge + config.challenge_confidence) {
    auto next_done = in_context(deadline(head, next, mode, at_once), fmt::format("deadline {}", next.index));
    if (done) done = std::move(next_done);
  }
  TRY(std::move(done));
  return jobs.drop_before(config.miner, current.open - actors::kProvingPeriod);
}

void WindowPoster::State::look_for_disputes(const TipsetPtr& head, const actors::DeadlineInfo& current) {
  if (disputes_seen == current.open) return;
  auto found = disputes.look(*node, config.miner, head, current.period_start);
  if (found) disputes_seen = current.open;
  if (!found) log_error("wdpost", "looking for disputes: {}", found.error().message);
}

Result<> WindowPoster::State::deadline(const TipsetPtr& head, const actors::DeadlineInfo& d, Mode mode, bool at_once) {
  if (head->height() < d.challenge + (at_once ? 0 : config.challenge_confidence)) return {};
  auto partitions = TRY(unproven_partitions(*node, config.miner, head, d));
  if (partitions.empty()) return {};
  auto info = TRY_IN("miner info", node->miner_info(config.miner, head->key()));
  Result<> first_error;
  for (const auto& each : batches_of(config, std::move(partitions), info, d)) {
    auto done = batch(head, each, mode, at_once);
    if (!done && first_error) first_error = std::move(done);
  }
  return first_error;
}

Result<bool> WindowPoster::State::settled(const TipsetPtr& head, std::optional<PostJob>& job) {
  using enum PostSender::Fate;
  if (!job || !job->message) return false;
  switch (TRY(sender.fate(*job->message, head))) {
    case on_its_way:
    case succeeded:
      return true;
    case failed:
      // Whatever made it fail, a fresh proof on today's chain is the best answer.
      log_warn("wdpost", "message {} of deadline {} failed: proving again", job->message->str(), job->deadline);
      job->randomness.clear();
      break;
    case lost:
      log_warn("wdpost", "message {} of deadline {} was lost: sending again", job->message->str(), job->deadline);
      break;
  }
  job->message.reset();
  ++job->attempt;
  return false;
}

Result<> WindowPoster::State::batch(const TipsetPtr& head, const Batch& batch, Mode mode, bool at_once) {
  const auto& d = batch.deadline;
  auto randomness = TRY_IN("challenge randomness", prover.randomness(d, head));
  auto job = TRY(jobs.load(config.miner, d.open, batch.first()));
  if (TRY(settled(head, job))) return {};
  if (!job || job->randomness != randomness) {
    const auto attempt = job ? job->attempt : 0;
    job = TRY(prover.prove(head, batch, randomness, mode == Mode::wait));
    if (!job) return {};  // being made
    job->attempt = attempt;
    TRY(jobs.save(config.miner, batch.first(), *job));
  }
  TipsetPtr now = at_once ? head : TRY(node->head());  // proving may have taken many epochs
  ChainEpoch earliest = d.open + (at_once ? 0 : config.submit_confidence);
  if (now->height() < earliest) return {};  // the node estimates gas at the head's own epoch: it must be open there
  if (now->height() + 1 >= d.close) return fail(ErrorCode::exhausted, "too late: it closed at {}", d.close);
  return send(now, batch, *job);
}

Result<> WindowPoster::State::send(const TipsetPtr& head, const Batch& batch, PostJob& job) {
  const auto& d = batch.deadline;
  auto commit = TRY_IN("commit randomness", node->chain_commit_randomness(d.challenge, head->key()));
  actors::SubmitWindowedPoStParams params{.deadline = d.index,
                                          .partitions = job.partitions,
                                          .proofs = job.proofs,
                                          .chain_commit_epoch = d.challenge,
                                          .chain_commit_rand = std::move(commit)};
  const auto occasion = fmt::format("window PoSt {} {} {}", d.open, batch.first(), job.attempt);
  job.message = TRY_IN("sending the window PoSt",
                       sender.push(actors::methods::kSubmitWindowedPoSt, to_cbor(params), batch.info, occasion));
  TRY(jobs.save(config.miner, batch.first(), job));
  log_info("wdpost", "sent window PoSt of deadline {} (open {} to {}) at epoch {}: {}", d.index, d.open, d.close - 1,
           head->height(), job.message->str());
  std::lock_guard lock(mutex);
  sent.push_back({d.open, d.index, job.partition_indexes(), job.skipped(), *job.message, job.seconds});
  if (sent.size() > kSubmissionsKept) sent.pop_front();
  return {};
}

Result<std::vector<OpenWork>> WindowPoster::open_work(const TipsetPtr& head, ChainEpoch until) {
  std::lock_guard lock(state_->work);
  auto& s = *state_;
  auto info = TRY_IN("proving deadline", s.node->proving_deadline(s.config.miner, head->key()));
  std::vector<OpenWork> out;
  auto d = actors::current_deadline(info.period_start, head->height() + 1);
  while (d.open <= until) {
    if (!TRY(unproven_partitions(*s.node, s.config.miner, head, d)).empty()) out.push_back({d.open, d.close});
    d = actors::current_deadline(info.period_start, d.close);
  }
  // Declarations must be on chain before the cutoffs: the next block takes them.
  if (s.declarations.last_sent() == head->height()) out.push_back({head->height(), head->height() + 2});
  return out;
}

void WindowPoster::run(std::stop_token stop, const Clock& clock) {
  TipsetKey known;
  while (!stop.stop_requested()) {
    const bool busy = state_->prover.busy();
    auto head = state_->node->wait_head(known, clock.now() + (busy ? TimePoint::duration(kLook) : kHeadPatience), stop);
    if (head) {
      known = (*head)->key();
      if (state_->paused) continue;
      if (auto done = step(*head); !done) log_error("wdpost", "{}", done.error().message);
    } else if (!stop.stop_requested()) {
      log_error("wdpost", "{}", head.error().message);
      clock.wait_until(clock.now() + kErrorPause, stop);
    }
  }
  state_->prover.wait();
}

CheckedSectors WindowPoster::check(const std::vector<ProvenSector>& sectors) const {
  return state_->checker.check(sectors);
}

Result<std::vector<actors::SubmitWindowedPoStParams>> WindowPoster::compute(uint64_t deadline, const TipsetPtr& head) {
  return state_->prover.compute(deadline, head);
}

Result<std::vector<Cid>> WindowPoster::recover(const std::vector<SectorNumber>& sectors, const TipsetPtr& head) {
  std::lock_guard lock(state_->work);
  return state_->declarations.recover(sectors, head);
}

}  // namespace nelumbo::mining
