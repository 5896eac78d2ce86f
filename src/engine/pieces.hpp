#pragma once
// Pieces as the bridges take them.

#include "commitment.hpp"

namespace nelumbo {

/// Data bytes in a padded piece: 254 of every 256 bits.
inline uint64_t unpadded_size(uint64_t padded) { return padded - padded / 128; }

template <class Piece>
Result<std::vector<Piece>> engine_pieces(std::span<const PieceInfo> pieces) {
  std::vector<Piece> out;
  for (const auto& each : pieces) {
    auto commitment = TRY(unsealed_commitment(each.piece_cid));
    out.push_back({unpadded_size(each.size), commitment});
  }
  return out;
}

}  // namespace nelumbo
