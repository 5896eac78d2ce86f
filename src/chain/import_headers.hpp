#pragma once
// Following a snapshot's headers from its head down to the genesis as they come by.

#include "chain/store.hpp"

namespace nelumbo::chain {

/// The chain is one line of tipsets, and a snapshot holds them newest first: at any time the blocks of one tipset are
/// expected, and when all are there the next one's CIDs are its parents. Blocks that come in another order are looked
/// up in the store at the end.
class HeaderChain {
 public:
  /// Told of each whole tipset, newest first.
  using OnTipset = std::function<Result<>(const TipsetPtr&)>;
  /// Blocks of one tipset at most; above it a snapshot is refused.
  static constexpr size_t kMaxBlocks = 1024;

  HeaderChain(Cid genesis, OnTipset on_tipset) : genesis_(std::move(genesis)), on_tipset_(std::move(on_tipset)) {}

  /// Begins at a head, or, going on, at the tipset below one of epoch `above` (-1: the head itself).
  Result<> begin(const TipsetKey& expected, ChainEpoch above);
  /// Looks at a block of the snapshot; `invalid` for a header that breaks the chain.
  Result<> take(const Cid& cid, BytesView data);
  /// Follows the rest through blocks that are stored; an error unless the genesis is reached.
  Result<> finish(Blockstore& store, const std::function<Result<>()>& each);

  /// The genesis was reached before (in an earlier run).
  void set_complete() { complete_ = true; }
  const TipsetKey& expected() const { return expected_; }
  /// Of the last whole tipset; -1 before the first.
  ChainEpoch epoch() const { return epoch_; }

 private:
  Result<> whole();

  Cid genesis_;
  OnTipset on_tipset_;
  TipsetKey expected_;
  std::vector<std::optional<BlockHeader>> found_;  ///< of expected_
  size_t missing_ = 0;
  ChainEpoch epoch_ = -1;
  bool complete_ = false;
};

}  // namespace nelumbo::chain
