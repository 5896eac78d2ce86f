// Prunes: when asked, and by themselves.

#include "base/log.hpp"
#include "chain_jobs.hpp"
#include "ipld/kv_maintenance.hpp"

namespace nelumbo::node {

Result<> ChainJobs::begin_prune(std::string_view step) {
  std::lock_guard lock(mutex_);
  if (stopping_) return fail(ErrorCode::unavailable, "the daemon is stopping");
  if (prune_.running) return fail(ErrorCode::unavailable, "the store is being pruned already");
  if (exports_ > 0) return fail(ErrorCode::unavailable, "an export is running: try again when it is done");
  prune_ = {.running = true, .step = std::string(step)};
  return {};
}

void ChainJobs::end_prune(const Result<>& result) {
  std::lock_guard lock(mutex_);
  prune_.running = false;
  if (result) {
    prune_.step = "done";
    prune_.part = 1;
    return;
  }
  prune_.error = result.error().message;
  log_warn("node", "pruning the store: {}", prune_.error);
}

chain::PruneOptions ChainJobs::prune_options(std::function<bool()> stopped) {
  chain::PruneOptions out;
  out.keep_states = parts_.policy.keep_states;
  out.keep_messages = parts_.policy.keep_messages;
  out.keep = parts_.keep();
  out.stopped = std::move(stopped);
  out.progress = [this](std::string_view step, double part) {
    std::lock_guard lock(mutex_);
    prune_.step = step;
    prune_.part = part;
  };
  return out;
}

void ChainJobs::run_prune(chain::PruneOptions options) {
  auto report = chain::prune_chain(*parts_.states, *parts_.blocks, options);
  if (report) {
    std::lock_guard lock(mutex_);
    prune_.blocks = report->removed;
    prune_.bytes = report->bytes_after;
  }
  end_prune(report ? Result<>() : Result<>(std::unexpected(report.error())));
}

Result<> ChainJobs::prune(const rpc::PruneOpts& options) {
  auto with = prune_options([this] { return stopping_.load(); });
  with.rewrite_all = options.moving_gc;
  constexpr int64_t kMostFinalities = 1'000'000;
  if (options.retain_state < 0) {
    with.keep_states = chain::PruneOptions::kAll;
  } else {
    with.keep_states += std::min(options.retain_state, kMostFinalities) * kChainFinality;
  }
  TRY(begin_prune("marking"));
  std::lock_guard lock(mutex_);
  pruner_ = std::jthread([this, with = std::move(with)] { run_prune(with); });
  return {};
}

Result<> ChainJobs::collect(const rpc::HotGCOpts& options, std::stop_token stop) {
  TRY(begin_prune("compacting"));
  auto work = [&]() -> Result<> {
    auto with = prune_options([&] { return stopping_ || stop.stop_requested(); });
    auto& blocks = *parts_.blocks;
    if (options.moving) return chain::compact_chain(blocks, true, with);
    constexpr int kMostRounds = 8;  // should removals come as fast as compactions
    for (int i = 0; i < (options.periodic ? kMostRounds : 1); ++i) {
      if (TRY(chain::removed_share(blocks)) < options.threshold) return {};
      TRY(chain::compact_chain(blocks, false, with));
    }
    return {};
  };
  auto result = work();
  end_prune(result);
  return result;
}

rpc::ChainJobStatus ChainJobs::prune_status() const {
  std::lock_guard lock(mutex_);
  return prune_;
}

bool ChainJobs::prune_is_due(ChainEpoch head) {
  if (head >= pruned_ + kChainFinality) return true;
  constexpr ChainEpoch kBreath = 100;  // what a prune cannot free, the next one cannot either
  if (parts_.policy.most_bytes == 0 || head < pruned_ + kBreath) return false;
  auto size = maintenance_of(parts_.blocks->kv()).size(parts_.blocks->space());
  return size && size->bytes > parts_.policy.most_bytes;
}

/// A thread that waits for the head to come far enough.
void ChainJobs::follow_head() {
  if (auto head = parts_.store->heaviest()) head_ = pruned_ = head->height();
  subscription_ = parts_.store->subscribe([this](const std::vector<chain::HeadChange>& changes) {
    std::lock_guard lock(mutex_);
    head_ = changes.back().tipset->height();
    changed_.notify_all();
  });
  follower_ = std::jthread([this] {
    std::unique_lock lock(mutex_);
    ChainEpoch seen = head_;
    while (true) {
      changed_.wait(lock, [&] { return stopping_ || head_ > seen; });
      if (stopping_) return;
      seen = head_;
      lock.unlock();
      if (prune_is_due(seen) && begin_prune("marking")) {
        pruned_ = seen;
        auto options = prune_options([this] { return stopping_.load(); });
        options.rewrite_all = parts_.policy.rewrite_every > 0 && ++prunes_ % parts_.policy.rewrite_every == 0;
        run_prune(std::move(options));
      }
      lock.lock();
    }
  });
}

}  // namespace nelumbo::node
