#include <mutex>
#include <shared_mutex>

#include "block_map.hpp"

namespace nelumbo {
namespace {

/// Commitments of sectors look like CIDs in the state but name no block.
bool names_a_block(const Cid& cid) {
  if (is_inline(cid)) return false;
  auto codec = cid.codec();
  return codec != multicodec::kCommSealed && codec != multicodec::kCommUnsealed;
}

}  // namespace

struct OverlayBlockstore::State {
  struct Entry {
    Cid cid;
    SharedBlock data;
    uint64_t reached_in = 0;  ///< the last walk that came by
  };

  BlockstorePtr below;
  std::shared_mutex mutex;
  MultihashMap<Entry> blocks;
  uint64_t walks = 0;

  SharedBlock find(const Cid& cid) {
    std::shared_lock lock(mutex);
    auto it = blocks.find(key_of(cid));
    return it == blocks.end() ? SharedBlock() : it->second.data;
  }

  /// Everything here that root leads to, parents before children. The caller holds the lock.
  Result<std::vector<const Entry*>> reach(const Cid& root) {
    std::vector<const Entry*> reached;
    ++walks;
    auto visit = [&](const Cid& cid) -> Result<> {
      if (!names_a_block(cid)) return {};
      auto it = blocks.find(key_of(cid));
      if (it == blocks.end() || it->second.reached_in == walks) return {};
      it->second.reached_in = walks;
      reached.push_back(&it->second);
      return {};
    };
    TRY(visit(root));
    for (size_t i = 0; i < reached.size(); ++i) {
      const Entry* entry = reached[i];
      if (entry->cid.codec() != multicodec::kDagCbor) continue;
      TRY_IN("block " + entry->cid.str(), for_each_link(*entry->data, visit));
    }
    return reached;
  }

  /// Writes what `below` lacks of these in one batch.
  template <class Entries>
  Result<> write(const Entries& entries) {
    std::vector<Block> missing;
    for (const Entry* entry : entries) {
      if (!TRY(below->has(entry->cid))) missing.push_back({entry->cid, *entry->data});
    }
    return below->put_many(missing);
  }
};

OverlayBlockstore::OverlayBlockstore(BlockstorePtr below) : state_(std::make_unique<State>()) {
  state_->below = std::move(below);
}
OverlayBlockstore::~OverlayBlockstore() = default;

Result<std::optional<Bytes>> OverlayBlockstore::get(const Cid& cid) {
  if (is_inline(cid)) return to_bytes(cid.digest());
  if (auto block = state_->find(cid)) return *block;
  return state_->below->get(cid);
}

Result<std::shared_ptr<const Bytes>> OverlayBlockstore::get_shared(const Cid& cid) {
  if (is_inline(cid)) return share(cid.digest());
  if (auto block = state_->find(cid)) return block;
  return state_->below->get_shared(cid);
}

Result<bool> OverlayBlockstore::has(const Cid& cid) {
  if (is_inline(cid) || state_->find(cid)) return true;
  return state_->below->has(cid);
}

Result<> OverlayBlockstore::put(const Cid& cid, BytesView data) {
  if (is_inline(cid)) return {};
  auto block = share(data);
  std::unique_lock lock(state_->mutex);
  state_->blocks.try_emplace(std::string(key_of(cid)), State::Entry{cid, std::move(block)});
  return {};
}

Result<> OverlayBlockstore::put_many(std::span<const Block> blocks) {
  std::unique_lock lock(state_->mutex);
  for (const auto& [cid, data] : blocks) {
    if (is_inline(cid)) continue;
    state_->blocks.try_emplace(std::string(key_of(cid)), State::Entry{cid, share(data)});
  }
  return {};
}

Result<> OverlayBlockstore::flush_reachable(const Cid& root) {
  std::unique_lock lock(state_->mutex);
  auto reached = TRY(state_->reach(root));
  TRY(state_->write(reached));
  state_->blocks.clear();
  return {};
}

Result<> OverlayBlockstore::flush_all() {
  std::unique_lock lock(state_->mutex);
  std::vector<const State::Entry*> all;
  all.reserve(state_->blocks.size());
  for (const auto& [key, entry] : state_->blocks) all.push_back(&entry);
  TRY(state_->write(all));
  state_->blocks.clear();
  return {};
}

}  // namespace nelumbo
