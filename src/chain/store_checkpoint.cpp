// Which tipsets may be built on: validated ones, and chains that contain the checkpoint.

#include "base/log.hpp"
#include "store_state.hpp"

namespace nelumbo::chain {

Result<> ChainStore::set_validated(std::span<const BlockHeader> blocks) {
  std::vector<KvStore::Write> writes;
  for (const auto& block : blocks) {
    writes.push_back({std::string(spaces::kValidated), to_bytes(block.cid().bytes()), epoch_key(block.height)});
  }
  return state_->kv->write(writes, false);
}

Result<bool> ChainStore::is_validated(const Cid& block) { return state_->kv->has(spaces::kValidated, block.bytes()); }

Result<bool> ChainStore::is_validated(const Tipset& tipset) {
  {
    std::shared_lock lock(state_->canonical);
    auto key = TRY(state_->kv->get(spaces::kCanonical, epoch_key(tipset.height())));
    if (key && *key == tipset.key().bytes()) return true;
  }
  for (const auto& cid : tipset.cids()) {
    if (!TRY(is_validated(cid))) return false;
  }
  return true;
}

TipsetPtr ChainStore::checkpoint() const {
  std::lock_guard lock(state_->head_mutex);
  return state_->checkpoint;
}

Result<> ChainStore::set_checkpoint(const TipsetPtr& tipset) {
  std::lock_guard order(state_->listeners->order);
  if (!TRY(is_validated(*tipset))) {
    return fail(ErrorCode::invalid, "tipset {} has not been validated, so it is no checkpoint", tipset->key().str());
  }
  auto head = heaviest();
  if (!head || !TRY(is_ancestor(*tipset, head))) {
    log_warn("chain", "the checkpoint of epoch {} is not in the head's chain: it becomes the head", tipset->height());
    TRY_IN("going to the checkpoint", move_head(tipset, kChainFinality));
  }
  KvStore::Write write{std::string(spaces::kMeta), to_bytes("checkpoint"), tipset->key().bytes()};
  TRY_IN("storing the checkpoint", state_->kv->write(std::span(&write, 1), true));
  std::lock_guard lock(state_->head_mutex);
  state_->checkpoint = tipset;
  return {};
}

Result<> ChainStore::remove_checkpoint() {
  std::lock_guard order(state_->listeners->order);
  KvStore::Write write{std::string(spaces::kMeta), to_bytes("checkpoint"), std::nullopt};
  TRY_IN("removing the checkpoint", state_->kv->write(std::span(&write, 1), true));
  std::lock_guard lock(state_->head_mutex);
  if (state_->checkpoint) log_warn("chain", "the checkpoint of epoch {} is removed", state_->checkpoint->height());
  state_->checkpoint = nullptr;
  return {};
}

}  // namespace nelumbo::chain
