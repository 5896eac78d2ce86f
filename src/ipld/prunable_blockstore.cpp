#include "ipld/prunable_blockstore.hpp"

#include <shared_mutex>
#include <unordered_set>

#include "block_cache.hpp"

namespace nelumbo {

struct PrunableBlockstore::State {
  State(std::shared_ptr<KvStore> store, std::string name, size_t cache_bytes)
      : kv(std::move(store)), space(std::move(name)), below(make_kv_blockstore(kv, space)), cache(cache_bytes) {}

  const std::shared_ptr<KvStore> kv;
  const std::string space;
  const BlockstorePtr below;
  BlockCache cache;

  /// Shared by who uses blocks, alone with who removes some: between the two nobody may find a block in the cache or
  /// the database that is about to go.
  std::shared_mutex removal;
  bool watching = false;  ///< changed only alone
  std::mutex seen_mutex;
  std::unordered_set<std::string, MultihashHash, std::equal_to<>> seen;

  /// The caller shares `removal`.
  void see(const Cid& cid) {
    if (!watching) return;
    std::lock_guard lock(seen_mutex);
    seen.emplace(key_of(cid));
  }
};

PrunableBlockstore::PrunableBlockstore(std::shared_ptr<KvStore> kv, std::string space, size_t cache_bytes)
    : state_(std::make_unique<State>(std::move(kv), std::move(space), cache_bytes)) {}
PrunableBlockstore::~PrunableBlockstore() = default;

const BlockstorePtr& PrunableBlockstore::below() const { return state_->below; }
KvStore& PrunableBlockstore::kv() const { return *state_->kv; }
const std::string& PrunableBlockstore::space() const { return state_->space; }

Result<std::optional<Bytes>> PrunableBlockstore::get(const Cid& cid) { return copy_of(TRY(get_shared(cid))); }

Result<std::shared_ptr<const Bytes>> PrunableBlockstore::get_shared(const Cid& cid) {
  if (is_inline(cid)) return share(cid.digest());
  if (auto block = state_->cache.find(cid)) return block;
  std::shared_lock lock(state_->removal);
  auto block = TRY(state_->below->get_shared(cid));
  if (block) state_->cache.insert(cid, block);
  return block;
}

Result<bool> PrunableBlockstore::has(const Cid& cid) {
  if (is_inline(cid)) return true;
  std::shared_lock lock(state_->removal);
  const bool there = state_->cache.find(cid) || TRY(state_->below->has(cid));
  if (there) state_->see(cid);
  return there;
}

Result<> PrunableBlockstore::put(const Cid& cid, BytesView data) {
  if (is_inline(cid)) return {};
  std::shared_lock lock(state_->removal);
  TRY(state_->below->put(cid, data));
  state_->see(cid);
  state_->cache.insert(cid, share(data));
  return {};
}

Result<> PrunableBlockstore::put_many(std::span<const Block> blocks) {
  std::shared_lock lock(state_->removal);
  TRY(state_->below->put_many(blocks));
  for (const auto& block : blocks) state_->see(block.cid);
  return {};
}

Result<> PrunableBlockstore::remove(const Cid& cid) {
  std::unique_lock lock(state_->removal);
  TRY(state_->kv->remove(state_->space, cid.hash()));
  state_->cache.erase(key_of(cid));
  return {};
}

Result<> PrunableBlockstore::begin_watch() {
  std::unique_lock lock(state_->removal);
  if (state_->watching) return fail(ErrorCode::exists, "blocks are being removed already");
  state_->watching = true;
  return {};
}

void PrunableBlockstore::end_watch() {
  std::unique_lock lock(state_->removal);
  state_->watching = false;
  state_->seen = {};
}

Result<size_t> PrunableBlockstore::remove_unseen(std::span<const Bytes> multihashes) {
  std::unique_lock lock(state_->removal);
  if (!state_->watching) throw std::logic_error("blocks are to be removed without a watch");
  std::vector<KvStore::WriteView> writes;
  for (const auto& key : multihashes) {
    if (!state_->seen.contains(as_text(key))) writes.push_back({state_->space, key, std::nullopt});
  }
  TRY(state_->kv->write_views(writes, false));
  for (const auto& write : writes) state_->cache.erase(as_text(write.key));
  return writes.size();
}

}  // namespace nelumbo
