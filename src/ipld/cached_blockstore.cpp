#include "block_cache.hpp"

namespace nelumbo {
namespace {

class CachedBlockstore final : public Blockstore {
 public:
  CachedBlockstore(BlockstorePtr below, size_t max_bytes) : below_(std::move(below)), cache_(max_bytes) {}

  Result<std::optional<Bytes>> get(const Cid& cid) override { return copy_of(TRY(get_shared(cid))); }

  Result<SharedBlock> get_shared(const Cid& cid) override {
    if (is_inline(cid)) return share(cid.digest());
    if (auto block = cache_.find(cid)) return block;
    auto block = TRY(below_->get_shared(cid));
    if (block) cache_.insert(cid, block);
    return block;
  }

  Result<bool> has(const Cid& cid) override {
    if (is_inline(cid) || cache_.find(cid)) return true;
    return below_->has(cid);
  }

  Result<> put(const Cid& cid, BytesView data) override {
    TRY(below_->put(cid, data));
    if (!is_inline(cid)) cache_.insert(cid, share(data));
    return {};
  }

  Result<> put_many(std::span<const Block> blocks) override { return below_->put_many(blocks); }

 private:
  BlockstorePtr below_;
  BlockCache cache_;
};

}  // namespace

BlockstorePtr make_cached_blockstore(BlockstorePtr below, size_t max_bytes) {
  return std::make_shared<CachedBlockstore>(std::move(below), max_bytes);
}

}  // namespace nelumbo
