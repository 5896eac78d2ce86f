#pragma once
// Whether a sector's files can be proven from: looked at before proofs and declarations, within limits, because a lost
// network mount answers nothing at all.

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "rpc/miner_types.hpp"
#include "sealing/provable.hpp"

namespace nelumbo::mining {

/// What the chain says of a sector that is to be proven.
struct ProvenSector {
  SectorInfo info;
  bool updated = false;  ///< by a snap deal: the proof reads update and update-cache
};
ProvenSector proven_sector(const rpc::SectorOnChainInfo& sector);

struct CheckLimits {
  size_t parallel = 32;                       ///< sectors at once; 0: all
  std::chrono::milliseconds single{600'000};  ///< for one sector
  std::chrono::milliseconds all{1'200'000};   ///< for all of a call
  bool mock = false;                          ///< mock proofs: the cache folder is empty, the replica has its size only
};

struct CheckedSectors {
  std::map<SectorNumber, PrivateSectorInfo> good;
  std::map<SectorNumber, std::string> bad;  ///< with the reason
};

/// Thread-safe. A check that hangs is left to its thread; the sector counts as bad until that thread comes back.
class SectorChecker {
 public:
  SectorChecker(std::shared_ptr<const sealing::Storage> storage, ActorId miner, CheckLimits limits);
  /// Sizes of the files that a PoSt reads, and bytes from each: the replica's first, last and some random nodes, p_aux,
  /// t_aux, the parts of the last tree.
  CheckedSectors check(const std::vector<ProvenSector>& sectors) const;
  /// The files' places and the replica's size only.
  CheckedSectors locate(const std::vector<ProvenSector>& sectors) const;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace nelumbo::mining
