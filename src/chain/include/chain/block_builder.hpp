#pragma once
// Making a block from a template.

#include "chain/state_manager.hpp"

namespace nelumbo::chain {

/// What a miner fills in (lotus's BlockTemplate).
struct BlockTemplate {
  Address miner;
  TipsetKey parents;
  Ticket ticket;
  ElectionProof election_proof;
  std::vector<BeaconEntry> beacon_entries;
  std::vector<SignedMessage> messages;
  ChainEpoch epoch = 0;
  uint64_t timestamp = 0;  ///< Unix seconds
  std::vector<PoStProof> winning_post;
};

/// A block that lacks only its signature.
struct UnsignedBlock {
  FullBlock block;
  Address worker_key;  ///< whose key signs
  Bytes to_sign;       ///< header().signing_bytes()
};

/// Executes the parents (once; remembered), stores the messages, and fills in roots, aggregate, base fee and weight.
Result<UnsignedBlock> build_block(StateManager& states, const BlockTemplate& block);

}  // namespace nelumbo::chain
