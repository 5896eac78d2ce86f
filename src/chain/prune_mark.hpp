#pragma once
// Finding the blocks that stay.

#include "chain/prune.hpp"
#include "walk.hpp"

namespace nelumbo::chain {

class PruneMark {
 public:
  PruneMark(StateManager& states, PrunableBlockstore& store, const PruneOptions& options);

  /// Everything from the chain's head, the blocks above finality and the options' roots.
  Result<> run();
  /// Whether the block of a key of the store stays.
  bool stays(BytesView multihash) const;
  uint64_t count() const { return marked_.size(); }

 private:
  Result<> mark_chain(const TipsetPtr& head);
  Result<> mark_block(const BlockHeader& block, ChainEpoch head, bool is_head);
  Result<> mark_computed();
  Result<> mark_recent_headers();
  Result<> below(const Cid& root, Missing missing);
  Result<> tell(std::string_view step, double part);
  double state_part(ChainEpoch head, ChainEpoch at) const;

  StateManager& states_;
  PrunableBlockstore& store_;
  const PruneOptions& options_;
  const ChainEpoch keep_states_, keep_messages_;
  ChainEpoch finality_ = 0;  ///< the epoch above which everything stays
  CidSet marked_;
  DagWalk walk_;
  uint64_t looked_at_ = 0;
  bool in_head_state_ = false;
  double part_ = 0;
};

/// How far into the keys of blocks under blake2b-256 a key lies, from 0 to 1.
double part_of_keys(BytesView multihash);

}  // namespace nelumbo::chain
