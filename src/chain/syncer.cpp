#include "chain/syncer.hpp"

#include <deque>

#include "base/log.hpp"
#include "lru.hpp"

namespace nelumbo::chain {

namespace {

struct AcceptedListeners {
  std::mutex mutex;
  std::vector<std::shared_ptr<std::function<void(const FullBlock&)>>> list;
};

constexpr size_t kKeptStatuses = 8;

}  // namespace

struct Syncer::State {
  State(std::shared_ptr<StateManager> states, std::shared_ptr<ThreadPool> pool, std::shared_ptr<Clock> clock)
      : states(states), clock(clock), validator(std::move(states), std::move(pool), std::move(clock)) {}

  std::shared_ptr<StateManager> states;
  std::shared_ptr<Clock> clock;
  BlockValidator validator;

  std::mutex accepting;  ///< one block after the other

  mutable std::mutex mutex;
  std::deque<SyncStatus> statuses;  ///< newest first
  uint64_t next_worker = 1;
  Lru<Cid, std::string> bad{16 << 10};
  Lru<Cid, bool> good{16 << 10};

  std::shared_ptr<AcceptedListeners> listeners = std::make_shared<AcceptedListeners>();

  void begin(const TipsetPtr& target) {
    std::lock_guard lock(mutex);
    SyncStatus status;
    status.worker_id = next_worker++;
    status.base = states->store().heaviest();
    status.target = target;
    status.stage = SyncStatus::Stage::messages;
    status.height = target->height();
    status.start = clock->unix_seconds();
    statuses.push_front(std::move(status));
    if (statuses.size() > kKeptStatuses) statuses.pop_back();
  }
  void end(const Result<TipsetPtr>& result) {
    std::lock_guard lock(mutex);
    auto& status = statuses.front();
    status.end = clock->unix_seconds();
    if (result) {
      status.stage = SyncStatus::Stage::complete;
      status.target = *result;
    } else {
      status.stage = SyncStatus::Stage::error;
      status.message = result.error().message;
    }
  }

  Result<TipsetPtr> take(const FullBlock& block, const Cid& cid) {
    auto& store = states->store();
    TRY(validator.validate(block));
    TRY(store.put_messages(std::span<const Message>(block.bls)));
    TRY(store.put_messages(std::span<const SignedMessage>(block.secp)));
    const auto listed = block.block_message();
    TRY(store.put_message_meta(listed.bls_messages, listed.secp_messages));
    TRY(store.put_block(block.header));
    store.track(block.header);
    {
      std::lock_guard lock(mutex);
      good.put(cid, true);
    }
    auto tipset = TRY(store.expand(block.header));
    TRY(store.consider(tipset));
    return tipset;
  }
};

Syncer::Syncer(std::shared_ptr<StateManager> states, std::shared_ptr<ThreadPool> pool, std::shared_ptr<Clock> clock)
    : state_(std::make_unique<State>(std::move(states), std::move(pool), std::move(clock))) {}
Syncer::~Syncer() = default;

Result<TipsetPtr> Syncer::accept(const FullBlock& block) {
  std::lock_guard accepting(state_->accepting);
  auto& store = state_->states->store();
  const Cid cid = block.header.cid();
  {
    std::lock_guard lock(state_->mutex);
    if (state_->good.get(cid)) return store.expand(block.header);
    if (auto reason = state_->bad.get(cid))
      return fail(ErrorCode::invalid, "block {} is known as bad: {}", cid.str(), *reason);
  }
  if (auto head = store.heaviest(); head && block.header.height < head->height() - kChainFinality) {
    return fail(ErrorCode::invalid, "block of epoch {} is older than finality", block.header.height);
  }
  if (!block.header.ticket) return fail(ErrorCode::invalid, "block {} has no ticket", cid.str());
  state_->begin(TRY(Tipset::make({block.header})));
  auto result = state_->take(block, cid);
  state_->end(result);
  if (!result) {
    if (result.error().code == ErrorCode::invalid) {
      log_warn("chain", "block {} of {} at epoch {} refused: {}", cid.str(), block.header.miner.str(),
               block.header.height, result.error().message);
      mark_bad(cid, result.error().message);
    }
    return result;
  }
  std::vector<std::shared_ptr<std::function<void(const FullBlock&)>>> listeners;
  {
    std::lock_guard lock(state_->listeners->mutex);
    listeners = state_->listeners->list;
  }
  for (const auto& each : listeners) (*each)(block);
  return result;
}

Result<TipsetPtr> Syncer::accept(const BlockMessage& block) {
  auto& store = state_->states->store();
  FullBlock full{.header = block.header};
  for (const auto& cid : block.bls_messages) {
    auto message = TRY(store.message(cid));
    if (message.signature)
      return fail(ErrorCode::invalid, "message {} stands among the BLS ones but is signed", cid.str());
    full.bls.push_back(std::move(message.message));
  }
  for (const auto& cid : block.secp_messages) {
    auto message = TRY(store.message(cid));
    if (!message.signature)
      return fail(ErrorCode::invalid, "message {} stands among the signed ones but is not", cid.str());
    full.secp.push_back({std::move(message.message), *std::move(message.signature)});
  }
  return accept(full);
}

std::vector<SyncStatus> Syncer::status() const {
  std::lock_guard lock(state_->mutex);
  return {state_->statuses.begin(), state_->statuses.end()};
}

std::optional<std::string> Syncer::bad_reason(const Cid& block) const {
  std::lock_guard lock(state_->mutex);
  return state_->bad.get(block);
}

void Syncer::mark_bad(const Cid& block, std::string reason) {
  std::lock_guard lock(state_->mutex);
  state_->good.erase(block);
  state_->bad.put(block, std::move(reason));
}

bool Syncer::unmark_bad(const Cid& block) {
  std::lock_guard lock(state_->mutex);
  return state_->bad.erase(block);
}

uint64_t Syncer::vm_applied() const { return state_->states->messages_applied(); }

Subscription Syncer::on_accepted(std::function<void(const FullBlock&)> callback) {
  auto listeners = state_->listeners;
  auto entry = std::make_shared<std::function<void(const FullBlock&)>>(std::move(callback));
  std::lock_guard lock(listeners->mutex);
  listeners->list.push_back(entry);
  return Subscription([listeners, entry] {
    std::lock_guard lock(listeners->mutex);
    std::erase(listeners->list, entry);
  });
}

}  // namespace nelumbo::chain
