#include <mutex>
#include <shared_mutex>

#include "block_map.hpp"

namespace nelumbo {
namespace {

class MemoryBlockstore final : public Blockstore {
 public:
  Result<std::optional<Bytes>> get(const Cid& cid) override { return copy_of(TRY(get_shared(cid))); }

  Result<SharedBlock> get_shared(const Cid& cid) override {
    if (is_inline(cid)) return share(cid.digest());
    std::shared_lock lock(mutex_);
    auto it = blocks_.find(key_of(cid));
    return it == blocks_.end() ? SharedBlock() : it->second;
  }

  Result<bool> has(const Cid& cid) override {
    if (is_inline(cid)) return true;
    std::shared_lock lock(mutex_);
    return blocks_.contains(key_of(cid));
  }

  Result<> put(const Cid& cid, BytesView data) override {
    if (is_inline(cid)) return {};
    std::string key(key_of(cid));
    auto block = share(data);
    std::unique_lock lock(mutex_);
    blocks_.try_emplace(std::move(key), std::move(block));
    return {};
  }

  Result<> put_many(std::span<const Block> blocks) override {
    std::unique_lock lock(mutex_);
    for (const auto& [cid, data] : blocks) {
      if (!is_inline(cid)) blocks_.try_emplace(std::string(key_of(cid)), share(data));
    }
    return {};
  }

 private:
  std::shared_mutex mutex_;
  BlockMap blocks_;
};

}  // namespace

BlockstorePtr make_memory_blockstore() { return std::make_shared<MemoryBlockstore>(); }

}  // namespace nelumbo
