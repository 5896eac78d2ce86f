#pragma once
// Leader election: what a miner's VRF covers, and how many wins a proof is worth.

#include "chain/randomness.hpp"

namespace nelumbo::chain {

inline constexpr int64_t kMaxWinCount = 3 * static_cast<int64_t>(kBlocksPerEpoch);

/// Wins of an election proof with `power` of `total` (quality-adjusted): Poisson with mean 5 * power / total, in the
/// fixed-point arithmetic that is consensus.
int64_t win_count(BytesView vrf_proof, const StoragePower& power, const StoragePower& total);

/// What the election VRF signs: drawn from the beacon entry, entropy is the miner's address in CBOR.
Hash256 election_input(const BeaconEntry& beacon, ChainEpoch epoch, const Address& miner);
/// What the ticket VRF signs: drawn for the epoch before; after the Smoke upgrade the entropy also has the parent's
/// ticket.
Hash256 ticket_input(const BeaconEntry& beacon, ChainEpoch epoch, const Address& miner, const Ticket& parent_ticket,
                     bool after_smoke);
/// Randomness of the winning PoSt of an epoch.
Hash256 winning_post_input(const BeaconEntry& beacon, ChainEpoch epoch, const Address& miner);
/// Checks a VRF proof: a BLS signature of the worker key over the input.
Result<> verify_vrf(const Address& worker_key, const Hash256& input, BytesView proof);

}  // namespace nelumbo::chain
