#pragma once
// Removing what the chain no longer needs from its store, while it goes on.

#include "chain/state_manager.hpp"
#include "ipld/prunable_blockstore.hpp"

namespace nelumbo::chain {

/// States of so many recent epochs are kept unless somebody says otherwise.
inline constexpr ChainEpoch kKeptStates = 2000;

struct PruneOptions {
  static constexpr ChainEpoch kAll = INT64_MAX;
  ChainEpoch keep_states = kKeptStates;  ///< recent epochs whose states and receipts stay; at least a finality
  ChainEpoch keep_messages = kAll;       ///< recent epochs whose messages stay; at least as many
  ChainEpoch finality = kChainFinality;  ///< epochs in which forks may still win, and elections look back
  std::vector<Cid> keep;                 ///< what else stays, with all below: the actors' code
  bool rewrite_all = false;              ///< afterwards compact everything, not only what the removal touched
  std::function<void(std::string_view step, double part)> progress;  ///< may be empty
  std::function<bool()> stopped;                                     ///< may be empty
};

struct PruneReport {
  uint64_t kept = 0, removed = 0;              ///< blocks
  uint64_t bytes_before = 0, bytes_after = 0;  ///< on the disk
};

/// Keeps all headers, the genesis, the states, receipts and messages that the options name, and of every block above
/// finality, on whatever fork, its messages and state; removes all other blocks, then gives their room back to the
/// disk. `store` must be the blockstore of the manager's chain. Memory: 16 to 43 bytes for each block that stays.
///
/// Nothing is removed before all that stays has been found, and only what was neither written nor found in use since
/// the beginning; each removal is complete in itself. So it can end at any moment, by a kill too, and the next one goes
/// on. Errors: `exists` while another one runs, `cancelled` when stopped, not_found when the head's own state is not
/// whole (then nothing is removed).
Result<PruneReport> prune_chain(StateManager& states, PrunableBlockstore& store, const PruneOptions& options);

/// Gives the room of removed blocks back to the disk; with `all` everything is rewritten.
Result<> compact_chain(PrunableBlockstore& store, bool all, const PruneOptions& options);
/// Which share of the entries in the files are marks of removal: what a compaction would clear away.
Result<double> removed_share(PrunableBlockstore& store);

}  // namespace nelumbo::chain
