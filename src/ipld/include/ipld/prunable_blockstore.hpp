#pragma once
// The blocks of a database from which those that are no longer needed are removed while the node goes on.

#include "ipld/kv_store.hpp"

namespace nelumbo {

/// One space of a KvStore behind a cache in memory.
///
/// Who decides what is needed walks the store, which takes time; meanwhile new blocks come, and blocks that were not
/// needed become so again: whoever finds a block there need not write it. The watch remembers both, and removal spares
/// them.
class PrunableBlockstore final : public Blockstore {
 public:
  PrunableBlockstore(std::shared_ptr<KvStore> kv, std::string space, size_t cache_bytes);
  ~PrunableBlockstore() override;

  Result<std::optional<Bytes>> get(const Cid& cid) override;
  Result<std::shared_ptr<const Bytes>> get_shared(const Cid& cid) override;
  Result<bool> has(const Cid& cid) override;
  Result<> put(const Cid& cid, BytesView data) override;
  Result<> put_many(std::span<const Block> blocks) override;
  /// Removes one block, whoever needs it.
  Result<> remove(const Cid& cid);

  /// From now on remembers what is put and what `has` says is there. `exists` while another watch goes on.
  Result<> begin_watch();
  void end_watch();
  /// Removes the blocks of these multihashes but those that the watch has seen; gives how many it removed. Others wait
  /// meanwhile, so the number of keys should be small.
  Result<size_t> remove_unseen(std::span<const Bytes> multihashes);

  /// The same blocks without the cache and the watch: for walks over all of them.
  const BlockstorePtr& below() const;
  KvStore& kv() const;
  const std::string& space() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo
