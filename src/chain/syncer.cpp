#include "chain/syncer.hpp"

#include "base/log.hpp"
#include "lru.hpp"
#include "sync_statuses.hpp"

namespace nelumbo::chain {

namespace {

struct AcceptedListeners {
  std::mutex mutex;
  std::vector<std::shared_ptr<std::function<void(const FullBlock&)>>> list;
};

}  // namespace

struct Syncer::State {
  State(std::shared_ptr<StateManager> states, std::shared_ptr<ThreadPool> pool, std::shared_ptr<Clock> clock)
      : states(states),
        statuses(std::make_shared<SyncStatuses>(clock)),
        validator(std::move(states), std::move(pool), std::move(clock)) {}

  std::shared_ptr<StateManager> states;
  std::shared_ptr<SyncStatuses> statuses;
  BlockValidator validator;

  std::mutex accepting;  ///< one tipset after the other

  mutable std::mutex mutex;  ///< of `bad`
  Lru<Cid, BadBlock> bad{16 << 10};

  std::shared_ptr<AcceptedListeners> listeners = std::make_shared<AcceptedListeners>();

  std::optional<BadBlock> find_bad(const Cid& block) const {
    std::lock_guard lock(mutex);
    return bad.peek(block);
  }
  void put_bad(const Cid& block, BadBlock why) {
    std::lock_guard lock(mutex);
    bad.put(block, std::move(why));
  }

  /// Refuses a bad block, and one whose parent is bad.
  Result<> check_bad(const BlockHeader& header, const Cid& cid) {
    if (auto why = find_bad(cid))
      return fail(ErrorCode::invalid, "block {} is known as bad: {}", cid.str(), why->reason);
    for (const auto& parent : header.parents) {
      auto why = find_bad(parent);
      if (!why) continue;
      why->reason = fmt::format("its parent {} is bad: {}", parent.str(), why->reason);
      put_bad(cid, *why);
      return fail(ErrorCode::invalid, "block {}: {}", cid.str(), why->reason);
    }
    return {};
  }

  Result<> keep(const FullBlock& block) {
    auto& store = states->store();
    TRY(store.put_messages(std::span<const Message>(block.bls)));
    TRY(store.put_messages(std::span<const SignedMessage>(block.secp)));
    const auto listed = block.block_message();
    TRY(store.put_message_meta(listed.bls_messages, listed.secp_messages));
    TRY(store.put_block(block.header));
    TRY(store.set_validated(std::span(&block.header, 1)));
    store.track(block.header);
    return {};
  }

  Result<TipsetPtr> take_in(std::span<const FullBlock> blocks) {
    std::vector<BlockHeader> headers;
    std::vector<FullBlock> new_ones;
    for (const auto& block : blocks) {
      headers.push_back(block.header);
      const Cid cid = block.header.cid();
      TRY(check_bad(block.header, cid));
      if (!TRY(states->store().is_validated(cid))) new_ones.push_back(block);
    }
    auto tipset = TRY(Tipset::make(std::move(headers)));
    if (new_ones.empty()) return tipset;
    auto results = validator.validate(new_ones);
    for (size_t i = 0; i < new_ones.size(); ++i) {
      if (!results[i]) refused(new_ones[i].header, results[i].error());
    }
    for (auto& result : results) TRY(std::move(result));
    for (const auto& block : new_ones) TRY_IN("storing a block", keep(block));
    return tipset;
  }

  void refused(const BlockHeader& header, const Error& error) {
    if (error.code != ErrorCode::invalid) return;
    const Cid cid = header.cid();
    log_warn("chain", "block {} of {} at epoch {} refused: {}", cid.str(), header.miner.str(), header.height,
             error.message);
    put_bad(cid, {error.message, false, cid});
  }

  Result<TipsetPtr> accept(const FullBlock& block) {
    auto& store = states->store();
    TRY(take_in(std::span(&block, 1)));
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
  TRY(state_->check_bad(block.header, cid));
  if (TRY(store.is_validated(cid))) return store.expand(block.header);
  auto head = store.heaviest();
  if (head && block.header.height < head->height() - kChainFinality) {
    return fail(ErrorCode::invalid, "block of epoch {} is older than finality", block.header.height);
  }
  auto target = TRY(Tipset::make({block.header}));
  const auto worker = state_->statuses->begin(head, target, SyncStatus::Stage::messages);
  auto result = state_->accept(block);
  state_->statuses->end(worker, result);
  if (!result) return result;
  std::vector<std::shared_ptr<std::function<void(const FullBlock&)>>> listeners;
  {
    std::lock_guard lock(state_->listeners->mutex);
    listeners = state_->listeners->list;
  }
  for (const auto& each : listeners) (*each)(block);
  return result;
}

Result<TipsetPtr> Syncer::take_in(std::span<const FullBlock> blocks) {
  std::lock_guard accepting(state_->accepting);
  return state_->take_in(blocks);
}

Result<> Syncer::validate(const Tipset& tipset) {
  if (tipset.height() == 0) return {};
  std::vector<FullBlock> blocks;
  for (const auto& header : tipset.blocks()) blocks.push_back(TRY(state_->states->store().full_block(header)));
  for (auto& result : state_->validator.validate(blocks)) TRY(std::move(result));
  return {};
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

std::vector<SyncStatus> Syncer::status() const { return state_->statuses->list(); }
const std::shared_ptr<SyncStatuses>& Syncer::statuses() const { return state_->statuses; }

std::optional<BadBlock> Syncer::bad_block(const Cid& block) const { return state_->find_bad(block); }

std::optional<std::string> Syncer::bad_reason(const Cid& block) const {
  auto why = state_->find_bad(block);
  if (!why) return std::nullopt;
  return why->reason;
}

void Syncer::mark_bad(const Cid& block, std::string reason, bool by_operator) {
  state_->put_bad(block, {std::move(reason), by_operator, block});
}

void Syncer::mark_descendants(const Tipset& tipset, const Cid& ancestor, const BadBlock& why) {
  for (const auto& cid : tipset.cids()) {
    if (cid == ancestor || bad_block(cid)) continue;
    auto reason = fmt::format("its ancestor {} is bad: {}", ancestor.str(), why.reason);
    state_->put_bad(cid, {std::move(reason), why.by_operator, why.root});
  }
}

bool Syncer::unmark_bad(const Cid& block) {
  std::lock_guard lock(state_->mutex);
  const bool marked = state_->bad.erase(block);
  return state_->bad.erase_if([&](const Cid&, const BadBlock& why) { return why.root == block; }) > 0 || marked;
}

void Syncer::unmark_all_bad() {
  std::lock_guard lock(state_->mutex);
  state_->bad.erase_if([](const Cid&, const BadBlock&) { return true; });
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
