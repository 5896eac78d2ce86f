#pragma once
// Sectors sealed before the chain exists: SDR and replica for real, no SNARK, since genesis takes them unproven.

#include <functional>

#include "genesis/template.hpp"

namespace nelumbo::genesis {

struct PreSealOptions {
  Address miner = Address::from_id(actors::kFirstMiner);
  uint64_t sector_size = 2048;
  SectorNumber offset = 0;  ///< number of the first sector
  uint64_t sectors = 1;
  std::string ticket_preimage = "lotus is fire";
  std::optional<KeyInfo> key;  ///< owner, worker and client of the deals; a fresh BLS key when none is given
  bool fake = false;           ///< made-up commitments: for networks with mock proofs only
};
/// Told before each sector: its position and how many there are.
using PreSealProgress = std::function<void(uint64_t done, uint64_t total)>;

struct PreSealed {
  TemplateMiner miner;
  KeyInfo key;
};

/// Seals the sectors under `folder`: sealed/s-t0N-M, cache/s-t0N-M/, unsealed/ (empty), sectorstore.json. A sector that
/// is there already is an error.
Result<PreSealed> pre_seal(const fs::path& folder, const PreSealOptions& options, const PreSealProgress& progress = {});
/// Writes pre-seal-<address>.json and .key into the folder; gives the manifest's path.
Result<fs::path> write_pre_seal(const fs::path& folder, const PreSealed& sealed);

}  // namespace nelumbo::genesis
