#pragma once
// What this miner signed, on disk before it is sent, so that neither a restart nor a fork makes it sign a consensus
// fault.

#include <memory>
#include <mutex>

#include "ipld/kv_store.hpp"
#include "types/block.hpp"

namespace nelumbo::mining {

/// The KvStore space of blocks made.
inline constexpr std::string_view kBlocksSpace = "mined-blocks";

/// Thread-safe.
class SlashFilter {
 public:
  explicit SlashFilter(std::shared_ptr<KvStore> store) : store_(std::move(store)) {}

  /// Records the block on `base`, synced to the disk, unless sending it would be a double-fork (another block of this
  /// epoch), time-offset (same parents at another epoch) or parent-grinding fault (an own block beside those of the
  /// base left out): then `permission`, naming the fault and the other block. Recording the same block again is good.
  /// Records older than a fault can be reported go.
  Result<> record(const BlockMessage& block, const Tipset& base);
  /// The own block that belongs into this tipset (same epoch, same parents: only such a pair is evidence of parent
  /// grinding, chain::find_fault) and is not in it.
  Result<std::optional<BlockMessage>> left_out(const Address& miner, const Tipset& base) const {
    return left_out(miner, base, base.cids());
  }
  /// The block recorded for an epoch: made, but perhaps never sent when the process died in between.
  Result<std::optional<BlockMessage>> recorded(const Address& miner, ChainEpoch epoch) const;
  /// The block recorded on these parents: to be sent again when the chain did not take it up.
  Result<std::optional<BlockMessage>> recorded_on(const Address& miner, const TipsetKey& parents) const;
  /// Takes a record back: only for a block that is certain not to have left this machine.
  Result<> forget(const BlockHeader& block);

 private:
  /// The same for a block that takes these blocks of the base as parents: equivocators' may be missing among them.
  Result<std::optional<BlockMessage>> left_out(const Address& miner, const Tipset& base,
                                               const std::vector<Cid>& taken) const;
  /// The deletion of what can no longer be a fault at epoch `now`.
  Result<std::vector<KvStore::Write>> outdated(const Address& miner, ChainEpoch now) const;

  std::shared_ptr<KvStore> store_;
  std::mutex mutex_;
};

}  // namespace nelumbo::mining
