#include "block_map.hpp"
#include "ipld/kv_store.hpp"

namespace nelumbo {
namespace {

class KvBlockstore final : public Blockstore {
 public:
  KvBlockstore(std::shared_ptr<KvStore> store, std::string space)
      : store_(std::move(store)), space_(std::move(space)) {}

  Result<std::optional<Bytes>> get(const Cid& cid) override {
    if (is_inline(cid)) return to_bytes(cid.digest());
    return store_->get(space_, cid.hash());
  }

  Result<bool> has(const Cid& cid) override {
    if (is_inline(cid)) return true;
    return store_->has(space_, cid.hash());
  }

  Result<> put(const Cid& cid, BytesView data) override {
    if (is_inline(cid)) return {};
    return store_->put(space_, cid.hash(), data);
  }

  Result<> put_many(std::span<const Block> blocks) override {
    std::vector<KvStore::WriteView> writes;
    writes.reserve(blocks.size());
    for (const auto& [cid, data] : blocks) {
      if (!is_inline(cid)) writes.push_back({space_, cid.hash(), BytesView(data)});
    }
    return store_->write_views(writes, false);
  }

 private:
  std::shared_ptr<KvStore> store_;
  std::string space_;
};

}  // namespace

BlockstorePtr make_kv_blockstore(std::shared_ptr<KvStore> store, std::string space) {
  return std::make_shared<KvBlockstore>(std::move(store), std::move(space));
}

}  // namespace nelumbo
