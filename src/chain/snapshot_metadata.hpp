#pragma once
// The first block of a snapshot in the format of FRC-0108.

#include "codec/car.hpp"
#include "types/block.hpp"

namespace nelumbo::chain {

struct SnapshotMetadata {
  TipsetKey head;
  std::optional<Cid> f3_data;  ///< certificates of F3, the block behind this one
};

/// nullopt when the block is not the CAR's root or is something else (a header, in the older format).
std::optional<SnapshotMetadata> decode_metadata(const CarReader::Block& block, const Cid& root);

}  // namespace nelumbo::chain
