#pragma once
// A sector's data: into a staged file, its commitment by its pieces, and back out of a replica.

#include "engine/proofs.hpp"

namespace nelumbo::sealing_calls {

/// CommD of a sector that holds these pieces in this order, zeros between and behind them as their alignment wants.
Result<Cid> comm_d(SealProof proof, std::span<const PieceInfo> pieces);

/// Fills a sector's staged file with the data, which is read up to 127/128 of the sector's size and may be a device that
/// never ends; gives its one piece. invalid: the data is shorter.
Result<PieceInfo> write_piece(SealProof proof, const fs::path& data, const fs::path& staged_file);

/// Unseals `size` bytes from `offset` on (unpadded, both) into a new file. Takes as long as sealing did.
Result<> unseal_range(SealProof proof, const fs::path& cache, const fs::path& sealed, const fs::path& output,
                      SectorNumber number, ActorId miner, const Hash256& ticket, const Cid& unsealed_cid,
                      uint64_t offset, uint64_t size);

}  // namespace nelumbo::sealing_calls
