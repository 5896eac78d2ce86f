#include "chain/wait.hpp"

#include <condition_variable>
#include <mutex>
#include <set>

namespace nelumbo::chain {

namespace {

/// One wait for one message.
class Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(std::shared_ptr<StateManager> states, ChainMessage message, uint64_t confidence, bool allow_replaced,
        std::function<void(Result<MessageLookup>)> done)
      : states_(std::move(states)),
        message_(std::move(message)),
        confidence_(confidence),
        allow_replaced_(allow_replaced),
        done_(std::move(done)) {}

  void on_changes(const std::vector<HeadChange>& changes) {
    std::unique_lock lock(mutex_);
    for (const auto& change : changes) {
      switch (change.type) {
        case HeadChange::Type::current:
          head_ = change.tipset;
          break;
        case HeadChange::Type::revert:
          reverted_.insert(change.tipset->key());
          if (candidate_ && candidate_->tipset->key() == change.tipset->key()) candidate_.reset();
          break;
        case HeadChange::Type::apply:
          reverted_.erase(change.tipset->key());
          head_ = change.tipset;
          if (!candidate_) {
            auto found = states_->executed_in(change.tipset, message_, allow_replaced_);
            if (!found) return finish(lock, std::unexpected(found.error()));
            candidate_ = *std::move(found);
          }
          break;
      }
    }
    finish_if_deep(lock);
  }

  /// Looks through the past, while changes of the head come in beside.
  void search(std::optional<ChainEpoch> limit) {
    TipsetPtr from;
    {
      std::lock_guard lock(mutex_);
      from = head_;
    }
    if (!from) return;
    auto found = states_->find_message(from, message_.cid, limit, allow_replaced_);
    std::unique_lock lock(mutex_);
    if (!found) return finish(lock, std::unexpected(found.error()));
    if (*found && !candidate_ && !reverted_.contains((*found)->tipset->key())) candidate_ = **found;
    finish_if_deep(lock);
  }

 private:
  void finish_if_deep(std::unique_lock<std::mutex>& lock) {
    if (!candidate_ || !head_) return;
    const ChainEpoch depth = head_->height() - candidate_->tipset->height();
    if (depth >= 0 && static_cast<uint64_t>(depth) >= confidence_) finish(lock, *candidate_);
  }
  void finish(std::unique_lock<std::mutex>& lock, Result<MessageLookup> result) {
    auto done = std::exchange(done_, nullptr);
    lock.unlock();
    if (done) done(std::move(result));
  }

  std::shared_ptr<StateManager> states_;
  ChainMessage message_;
  uint64_t confidence_;
  bool allow_replaced_;
  std::mutex mutex_;
  std::function<void(Result<MessageLookup>)> done_;
  std::optional<MessageLookup> candidate_;
  std::set<TipsetKey> reverted_;
  TipsetPtr head_;
};

}  // namespace

Subscription watch_message(std::shared_ptr<StateManager> states, const Cid& cid, uint64_t confidence,
                           std::optional<ChainEpoch> limit, bool allow_replaced,
                           std::function<void(Result<MessageLookup>)> done) {
  auto message = states->store().message(cid);
  if (!message) {
    done(std::unexpected(std::move(message).error()));
    return {};
  }
  auto& store = states->store();
  auto watch = std::make_shared<Watch>(states, *std::move(message), confidence, allow_replaced, std::move(done));
  auto subscription =
      store.subscribe([watch](const std::vector<HeadChange>& changes) { watch->on_changes(changes); }, true);
  watch->search(limit);
  return subscription;
}

Result<MessageLookup> wait_message(const std::shared_ptr<StateManager>& states, const Cid& message, uint64_t confidence,
                                   std::optional<ChainEpoch> limit, bool allow_replaced, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::optional<Result<MessageLookup>> result;
  auto subscription =
      watch_message(states, message, confidence, limit, allow_replaced, [&](Result<MessageLookup> found) {
        std::lock_guard lock(mutex);
        result = std::move(found);
        changed.notify_all();
      });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, stop, [&] { return result.has_value(); });
  }
  subscription.reset();  // afterwards nobody writes the result any more
  if (!result) return fail(ErrorCode::cancelled, "stopped waiting for message {}", message.str());
  return *std::move(result);
}

}  // namespace nelumbo::chain
