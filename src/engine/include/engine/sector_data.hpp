#pragma once
// A sector's data: its commitment by its pieces, and getting it back out of a replica.

#include "engine/proofs.hpp"

namespace nelumbo::sealing_calls {

/// CommD of a sector that holds these pieces in this order, zeros between and behind them as their alignment wants.
Result<Cid> comm_d(SealProof proof, std::span<const PieceInfo> pieces);

/// Unseals `size` bytes from `offset` on (unpadded, both) into a new file. Takes as long as sealing did.
Result<> unseal_range(SealProof proof, const fs::path& cache, const fs::path& sealed, const fs::path& output,
                      SectorNumber number, ActorId miner, const Hash256& ticket, const Cid& unsealed_cid,
                      uint64_t offset, uint64_t size);

}  // namespace nelumbo::sealing_calls
