#include "engine_room.hpp"

#include "base/log.hpp"
#include "types/network.hpp"

namespace nelumbo::messager {

namespace {

/// After so long without a new head a node is asked anew for everything: its pool may have been lost.
constexpr std::chrono::seconds kHeadPatience{30};
constexpr std::chrono::milliseconds kFirstRetry{250};
constexpr int kMostDoublings = 4;  // 4 s
constexpr std::chrono::hours kPruneEvery{1};

}  // namespace

EngineRoom::EngineRoom(Core& core) : core_(core), gossiper_(core), peers_(core), confirmer_(core), replacer_(core) {
  for (size_t i = 0; i < core.nodes.size(); ++i) pushers_.push_back(std::make_unique<Pusher>(core, i));
}

void EngineRoom::start() {
  core_.refresh_ledger();
  auto run = [&](auto work) { threads_.emplace_back(std::move(work)); };
  for (size_t i = 0; i < core_.nodes.size(); ++i) {
    run([this, i](std::stop_token stop) { watch(i, stop); });
    run([this, i](std::stop_token stop) { pushers_[i]->run(stop); });
  }
  run([this](std::stop_token stop) { keep_ledger(stop); });
  run([this](std::stop_token stop) { lead(stop); });
  if (!core_.transport) return;
  run([this](std::stop_token stop) { peers_.drain(stop); });
  run([this](std::stop_token stop) { peers_.run(stop); });
  if (!core_.config.topic.empty()) run([this](std::stop_token stop) { gossiper_.run(stop); });
}

void EngineRoom::stop() {
  for (auto& thread : threads_) thread.request_stop();
  threads_.clear();
}

void EngineRoom::watch(size_t node, std::stop_token stop) {
  TipsetKey known;
  int failures = 0;
  while (!stop.stop_requested()) {
    auto head = core_.nodes.at(node).wait_head(known, core_.clock->now() + kHeadPatience, stop);
    if (stop.stop_requested()) return;
    if (!head) {
      core_.nodes.failed(node, head.error());
      core_.clock->wait_until(core_.clock->now() + kFirstRetry * (1 << std::min(failures++, kMostDoublings)), stop);
      continue;
    }
    failures = 0;
    known = (*head)->key();
    core_.nodes.heard(node, *std::move(head));
    core_.outlets[node]->inbox.everything();
    core_.gossip.inbox.everything();
    core_.news.tell();
  }
}

void EngineRoom::keep_ledger(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const auto seen = core_.news.count();
    core_.news.wait(seen, stop, kPoll);
    core_.refresh_ledger();
  }
}

void EngineRoom::lead(std::stop_token stop) {
  const auto rest = std::min<std::chrono::milliseconds>(core_.config.lease / 3, kPoll);
  while (!stop.stop_requested()) {
    const auto seen = core_.news.count();
    if (confirmer_.renew()) lead_once(stop);
    core_.news.wait(seen, stop, rest);
  }
  confirmer_.release();
}

void EngineRoom::lead_once(std::stop_token stop) {
  while (!stop.stop_requested()) {
    auto more = confirmer_.step();
    if (!more && confirming_ok_) log_warn("messager", "confirming: {}", more.error().message);
    confirming_ok_ = more.has_value();
    if (!more) return;
    if (!*more) break;
    if (!confirmer_.renew()) return;
  }
  auto head = core_.nodes.head();
  if (stop.stop_requested() || !head) return;
  if (head->key() != replaced_at_) {
    replaced_at_ = head->key();
    if (auto done = replacer_.round(); !done) log_warn("messager", "replacing by fee: {}", done.error().message);
  }
  prune_old();
}

void EngineRoom::prune_old() {
  if (core_.config.retention.count() <= 0 || core_.clock->now() - pruned_ < kPruneEvery) return;
  pruned_ = core_.clock->now();
  auto done = prune(core_, core_.config.retention);
  if (!done) log_warn("messager", "pruning: {}", done.error().message);
}

Result<uint64_t> prune(Core& core, std::chrono::seconds older_than) {
  auto cursor = TRY(core.book->cursor());
  if (!cursor || cursor->height <= kChainFinality) return 0;
  const auto count = TRY(
      core.book->prune(cursor->height - kChainFinality, core.now_ms() - std::chrono::milliseconds(older_than).count()));
  if (count > 0) log_info("messager", "{} messages on chain are removed from the table", count);
  return count;
}

}  // namespace nelumbo::messager
