#pragma once
// The files that a proof of a stored sector reads.

#include "sealing/storage.hpp"

namespace nelumbo::sealing {

/// Replica and cache of a stored sector; of one that was updated (snap: the chain has a sector key for it) those of the
/// update. not_found: one of them is in no path; invalid: the replica does not have the sector's size.
Result<PrivateSectorInfo> provable_files(const Storage& storage, ActorId miner, const SectorInfo& sector, bool updated);

/// What a proof needs of a sealed sector's cache is there and not empty: p_aux, t_aux, each part of the last tree.
Result<> check_proving_cache(const fs::path& cache, uint64_t sector_size);

}  // namespace nelumbo::sealing
