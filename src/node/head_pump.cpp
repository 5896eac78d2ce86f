#include "head_pump.hpp"

#include "base/log.hpp"

namespace nelumbo::node {

namespace {
/// Epochs between two rounds of republishing.
constexpr ChainEpoch kRepublishEpochs = 10;
}  // namespace

HeadPump::HeadPump(chain::ChainStore& store, std::shared_ptr<pool::MessagePool> pool) : pool_(std::move(pool)) {
  thread_ = std::thread([this] { run(); });
  subscription_ = store.subscribe([this](const std::vector<chain::HeadChange>& changes) {
    {
      std::lock_guard lock(mutex_);
      waiting_.push_back(changes);
    }
    wake_.notify_one();
  });
}

void HeadPump::stop() {
  subscription_.reset();
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void HeadPump::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    auto changes = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    bring(changes);
    lock.lock();
  }
}

void HeadPump::bring(const std::vector<chain::HeadChange>& changes) {
  std::vector<TipsetPtr> reverted, applied;
  for (const auto& change : changes) {
    (change.type == chain::HeadChange::Type::revert ? reverted : applied).push_back(change.tipset);
  }
  if (auto done = pool_->head_change(reverted, applied); !done) {
    log_error("pool", "following the head: {}", done.error().message);
  }
  if (auto pruned = pool_->prune(); !pruned) log_error("pool", "pruning: {}", pruned.error().message);
  ChainEpoch height = applied.empty() ? 0 : applied.back()->height();
  if (height < republished_ + kRepublishEpochs) return;
  republished_ = height;
  if (auto sent = pool_->republish(); !sent) log_error("pool", "republishing: {}", sent.error().message);
}

}  // namespace nelumbo::node
