#include "mining/window_post.hpp"

#include <atomic>
#include <deque>
#include <map>
#include <set>

#include "base/log.hpp"
#include "crypto/uuid.hpp"
#include "post_job.hpp"

namespace nelumbo::mining {

namespace {

constexpr size_t kSubmissionsKept = 100;
constexpr auto kHeadPatience = std::chrono::minutes(10);
constexpr auto kErrorPause = std::chrono::seconds(5);

}  // namespace

struct WindowPoster::State {
  WindowPostConfig config;
  std::shared_ptr<NodeApi> node;
  std::shared_ptr<Prover> prover;
  std::shared_ptr<const sealing::Storage> storage;
  PostJobs jobs;
  ActorId miner_id = 0;
  Bytes entropy;  ///< the miner's address in CBOR

  std::mutex work;  ///< held by tick
  std::atomic<bool> paused{false};
  mutable std::mutex mutex;
  std::deque<Submission> sent;
  std::map<Cid, ChainEpoch> absent;    ///< sent messages that left the pool unexecuted, and the head then
  ChainEpoch recoveries_checked = -1;  ///< opening of the deadline in which faults were looked at last
  ChainEpoch recoveries_sent = -1;     ///< head at which recoveries were declared last

  State(WindowPostConfig c, std::shared_ptr<NodeApi> n, std::shared_ptr<Prover> p,
        std::shared_ptr<const sealing::Storage> files, std::shared_ptr<KvStore> store)
      : config(std::move(c)),
        node(std::move(n)),
        prover(std::move(p)),
        storage(std::move(files)),
        jobs(std::move(store)) {
    miner_id = must(config.miner.id());
    entropy = to_cbor(config.miner);
  }

  Result<> tick(TipsetPtr head, bool at_once);
  Result<> deadline(const TipsetPtr& head, const actors::DeadlineInfo& d, bool at_once);
  Result<> batch(const TipsetPtr& head, const actors::DeadlineInfo& d, const std::vector<NumberedPartition>& partitions,
                 const rpc::MinerInfo& info, bool at_once);
  Result<PostJob> prove(const TipsetPtr& head, const actors::DeadlineInfo& d,
                        const std::vector<NumberedPartition>& partitions, const rpc::MinerInfo& info, Bytes randomness);
  Result<> send(const TipsetPtr& head, const actors::DeadlineInfo& d, uint64_t first, PostJob& job,
                const rpc::MinerInfo& info);
  enum class Fate { on_its_way, succeeded, failed, lost };
  Result<Fate> fate(const Cid& message, const TipsetPtr& head);

  /// Partitions of a deadline that have something to prove and are not yet proven in the window that is open.
  Result<std::vector<NumberedPartition>> unproven(const TipsetPtr& head, const actors::DeadlineInfo& d);
  Result<> declare_recoveries(const TipsetPtr& head, const actors::DeadlineInfo& current);
  Result<BitField> readable(const TipsetPtr& head, const BitField& sectors);
  /// The same parameters on the same occasion are one message, however often it is asked for.
  Result<SignedMessage> push(MethodNum method, Bytes params, const rpc::MinerInfo& info, std::string_view occasion);
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
  return state_->tick(head, at_once);
}

Result<> WindowPoster::State::tick(TipsetPtr head, bool at_once) {
  auto info = TRY_IN("proving deadline", node->proving_deadline(config.miner, head->key()));
  // A message can be on chain at the next epoch at the earliest: that decides which deadline is current.
  auto current = actors::current_deadline(info.period_start, head->height() + 1);
  // Proofs of what is not faulty do not wait for recoveries.
  if (auto done = declare_recoveries(head, current); !done) log_error("wdpost", "{}", done.error().message);
  TRY_IN(fmt::format("deadline {}", current.index), deadline(head, current, at_once));
  auto next = actors::current_deadline(info.period_start, current.close);
  if (!at_once && head->height() >= next.challenge + config.challenge_confidence) {
    TRY_IN(fmt::format("deadline {}", next.index), deadline(head, next, at_once));
  }
  return jobs.drop_before(config.miner, current.open - actors::kProvingPeriod);
}

Result<std::vector<NumberedPartition>> WindowPoster::State::unproven(const TipsetPtr& head,
                                                                     const actors::DeadlineInfo& d) {
  std::vector<NumberedPartition> out;
  if (d.challenge < 0) return out;  // before the chain there was no randomness to prove against
  auto partitions = TRY_IN("partitions", node->partitions(config.miner, d.index, head->key()));
  for (uint64_t i = 0; i < partitions.size(); ++i) {
    NumberedPartition one{i, std::move(partitions[i])};
    if (!one.to_prove().empty()) out.push_back(std::move(one));
  }
  if (out.empty() || head->height() < d.open) return out;
  auto deadlines = TRY_IN("deadlines", node->deadlines(config.miner, head->key()));
  if (d.index >= deadlines.size())
    return fail(ErrorCode::invalid, "{} deadlines, expected more than {}", deadlines.size(), d.index);
  std::erase_if(out, [&](const auto& one) { return deadlines[d.index].post_submissions.contains(one.index); });
  return out;
}

Result<> WindowPoster::State::deadline(const TipsetPtr& head, const actors::DeadlineInfo& d, bool at_once) {
  ChainEpoch from = d.challenge + (at_once ? 0 : config.challenge_confidence);
  if (head->height() < from) return {};
  auto partitions = TRY(unproven(head, d));
  if (partitions.empty()) return {};
  auto info = TRY_IN("miner info", node->miner_info(config.miner, head->key()));
  uint64_t limit = std::min(
      actors::kPoStedPartitionsMax,
      std::max<uint64_t>(1, actors::kAddressedSectorsMax / std::max<uint64_t>(1, info.window_post_partition_sectors)));
  if (config.max_partitions_per_message > 0) limit = std::min(limit, config.max_partitions_per_message);
  // Batches are cut by partition number, so that a proven partition does not move the others to another batch.
  std::map<uint64_t, std::vector<NumberedPartition>> batches;
  for (auto& partition : partitions) batches[partition.index / limit].push_back(std::move(partition));
  Result<> first_error;
  for (const auto& [number, members] : batches) {
    auto done = batch(head, d, members, info, at_once);
    if (!done && first_error) first_error = std::move(done);
  }
  return first_error;
}

Result<> WindowPoster::State::batch(const TipsetPtr& head, const actors::DeadlineInfo& d,
                                    const std::vector<NumberedPartition>& partitions, const rpc::MinerInfo& info,
                                    bool at_once) {
  uint64_t first = partitions.front().index;
  auto randomness = TRY_IN("challenge randomness", node->window_post_randomness(d.challenge, entropy, head->key()));
  auto job = TRY(jobs.load(config.miner, d.open, first));
  uint64_t attempt = job ? job->attempt : 0;
  if (job && job->message) {
    switch (TRY(fate(*job->message, head))) {
      case Fate::on_its_way:
      case Fate::succeeded:
        return {};
      case Fate::failed:
        // Whatever made it fail, a fresh proof on today's chain is the best answer.
        log_warn("wdpost", "message {} of deadline {} failed: proving again", job->message->str(), d.index);
        job.reset();
        ++attempt;
        break;
      case Fate::lost:
        log_warn("wdpost", "message {} of deadline {} was lost: sending again", job->message->str(), d.index);
        job->message.reset();
        job->attempt = ++attempt;
        break;
    }
  }
  if (!job || job->randomness != randomness) {
    job = TRY(prove(head, d, partitions, info, std::move(randomness)));
    job->attempt = attempt;
    TRY(jobs.save(config.miner, first, *job));
  }
  TipsetPtr now = at_once ? head : TRY(node->head());  // proving may have taken many epochs
  ChainEpoch earliest = d.open + (at_once ? 0 : config.submit_confidence);
  if (now->height() < earliest) return {};  // the node estimates gas at the head's own epoch: it must be open there
  if (now->height() + 1 >= d.close) return fail(ErrorCode::exhausted, "too late: it closed at {}", d.close);
  return send(now, d, first, *job, info);
}

Result<PostJob> WindowPoster::State::prove(const TipsetPtr& head, const actors::DeadlineInfo& d,
                                           const std::vector<NumberedPartition>& partitions, const rpc::MinerInfo& info,
                                           Bytes randomness) {
  BitField wanted;
  for (const auto& partition : partitions) wanted = wanted | partition.to_prove();
  auto sectors = TRY_IN("sectors", node->sectors(config.miner, wanted, head->key()));
  ProofInput input{miner_id, info.window_post_proof_type, randomness, partitions, std::move(sectors)};
  PostJob job{.open = d.open,
              .deadline = d.index,
              .randomness = std::move(randomness),
              .partitions = {},
              .proofs = {},
              .message = {},
              .attempt = 0};
  TRY(prove_partitions(input, *prover, *storage, job));
  log_info("wdpost", "proved deadline {} ({} sectors in {} partitions, {} skipped) in {:.1f} s", d.index,
           wanted.count(), job.partitions.size(), job.skipped(), job.seconds);
  return job;
}

Result<> WindowPoster::State::send(const TipsetPtr& head, const actors::DeadlineInfo& d, uint64_t first, PostJob& job,
                                   const rpc::MinerInfo& info) {
  auto commit = TRY_IN("commit randomness", node->chain_commit_randomness(d.challenge, head->key()));
  actors::SubmitWindowedPoStParams params{.deadline = d.index,
                                          .partitions = job.partitions,
                                          .proofs = job.proofs,
                                          .chain_commit_epoch = d.challenge,
                                          .chain_commit_rand = std::move(commit)};
  const auto occasion = fmt::format("window PoSt {} {} {}", d.open, first, job.attempt);
  auto message =
      TRY_IN("sending the window PoSt", push(actors::methods::kSubmitWindowedPoSt, to_cbor(params), info, occasion));
  job.message = message.cid();
  TRY(jobs.save(config.miner, first, job));
  log_info("wdpost", "sent window PoSt of deadline {} (open {} to {}) at epoch {}: {}", d.index, d.open, d.close - 1,
           head->height(), job.message->str());
  std::lock_guard lock(mutex);
  sent.push_back({d.open, d.index, job.partition_indexes(), job.skipped(), *job.message, job.seconds});
  if (sent.size() > kSubmissionsKept) sent.pop_front();
  return {};
}

Result<SignedMessage> WindowPoster::State::push(MethodNum method, Bytes params, const rpc::MinerInfo& info,
                                                std::string_view occasion) {
  auto name = to_bytes(fmt::format("{} {} {} ", occasion, config.miner.str(), method));
  name.insert(name.end(), params.begin(), params.end());
  Message message;
  message.to = config.miner;
  message.from = config.sender.defined() ? config.sender : info.worker;
  message.method = method;
  message.params = std::move(params);
  rpc::MessageSendSpec spec;
  spec.max_fee = config.max_fee;
  spec.maximize_fee_cap = config.maximize_fee_cap;
  spec.msg_uuid = named_uuid(name);
  auto out = node->push_message(message, spec);
  if (out || !spec.maximize_fee_cap) return out;
  // The sender may not have the whole allowance: what is needed now may still be there.
  log_warn("wdpost", "{}: trying with an estimated fee", out.error().message);
  spec.maximize_fee_cap = false;
  return node->push_message(message, spec);
}

Result<WindowPoster::State::Fate> WindowPoster::State::fate(const Cid& message, const TipsetPtr& head) {
  auto found = node->search_message(message, head->key());
  if (!found && found.error().code == ErrorCode::unavailable) return std::unexpected(std::move(found).error());
  if (!found) {
    // The node has an answer, and it is not the message: another one has its nonce.
    log_warn("wdpost", "{}", found.error().message);
    return Fate::lost;
  }
  if (*found) {
    absent.erase(message);
    return (*found)->receipt.exit_code == 0 ? Fate::succeeded : Fate::failed;
  }
  if (TRY(node->is_pending(message))) return Fate::on_its_way;
  // Neither pending nor executed: the head's own messages are executed only by the next tipset. Lost if a later head
  // does not show it either.
  auto [there, first_time] = absent.emplace(message, head->height());
  return first_time || there->second >= head->height() ? Fate::on_its_way : Fate::lost;
}

Result<BitField> WindowPoster::State::readable(const TipsetPtr& head, const BitField& sectors) {
  BitField out;
  for (const auto& sector : TRY(node->sectors(config.miner, sectors, head->key()))) {
    SectorInfo info{sector.seal_proof, sector.sector_number, sector.sealed_cid};
    if (sealing::provable_files(*storage, miner_id, info, sector.sector_key_cid.has_value())) out.set(info.number);
  }
  return out;
}

Result<> WindowPoster::State::declare_recoveries(const TipsetPtr& head, const actors::DeadlineInfo& current) {
  if (recoveries_checked == current.open) return {};
  actors::DeclareFaultsRecoveredParams params;
  for (uint64_t step = 1; step < actors::kDeadlines; ++step) {
    auto d = actors::current_deadline(current.period_start,
                                      current.open + static_cast<ChainEpoch>(step) * actors::kChallengeWindow);
    // The message needs an epoch or two; the actor refuses declarations from the cutoff on.
    if (d.fault_cutoff <= head->height() + 2) continue;
    auto partitions = TRY_IN("partitions", node->partitions(config.miner, d.index, head->key()));
    for (uint64_t i = 0; i < partitions.size(); ++i) {
      auto faulty = partitions[i].faulty_sectors - partitions[i].recovering_sectors;
      if (faulty.empty()) continue;
      auto good = TRY(readable(head, faulty));
      if (!good.empty()) params.recoveries.push_back({d.index, i, good});
    }
  }
  if (!params.recoveries.empty()) {
    auto info = TRY_IN("miner info", node->miner_info(config.miner, head->key()));
    auto message = TRY_IN("declaring recoveries", push(actors::methods::kDeclareFaultsRecovered, to_cbor(params), info,
                                                       fmt::format("recoveries {}", current.open)));
    log_info("wdpost", "declared faulty sectors of {} partitions recovered: {}", params.recoveries.size(),
             message.cid().str());
    recoveries_sent = head->height();
  }
  recoveries_checked = current.open;
  return {};
}

Result<std::vector<OpenWork>> WindowPoster::open_work(const TipsetPtr& head, ChainEpoch until) {
  std::lock_guard lock(state_->work);
  auto info = TRY_IN("proving deadline", state_->node->proving_deadline(state_->config.miner, head->key()));
  std::vector<OpenWork> out;
  auto d = actors::current_deadline(info.period_start, head->height() + 1);
  while (d.open <= until) {
    if (!TRY(state_->unproven(head, d)).empty()) out.push_back({d.open, d.close});
    d = actors::current_deadline(info.period_start, d.close);
  }
  // Declared recoveries must be on chain before the cutoffs: the next block takes them.
  if (state_->recoveries_sent == head->height()) out.push_back({head->height(), head->height() + 2});
  return out;
}

void WindowPoster::run(std::stop_token stop, const Clock& clock) {
  TipsetKey known;
  while (!stop.stop_requested()) {
    auto head = state_->node->wait_head(known, clock.now() + kHeadPatience, stop);
    if (head && !state_->paused) {
      known = (*head)->key();
      if (auto done = tick(*head, false); !done) log_error("wdpost", "{}", done.error().message);
    } else if (head) {
      known = (*head)->key();
    } else if (!stop.stop_requested()) {
      log_error("wdpost", "{}", head.error().message);
      clock.wait_until(clock.now() + kErrorPause, stop);
    }
  }
}

}  // namespace nelumbo::mining
