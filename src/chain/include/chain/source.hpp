#pragma once
// Where chain data that is not here comes from: a seam, implemented by the network room over chain exchange and bitswap.

#include "chain/messages.hpp"
#include "types/block.hpp"

namespace nelumbo::chain {

/// Thread-safe; calls wait. What comes back is checked to be what was asked for (CIDs, links, message roots), not to be
/// valid. Errors: `unavailable` when nobody gave it (the text says who was asked and what they said), `cancelled`.
class ChainSource {
 public:
  virtual ~ChainSource() = default;
  /// The tipset and its ancestors, newest first, at most `count` of them (fewer: the peer stopped there). At least one.
  virtual Result<std::vector<TipsetPtr>> headers(const TipsetKey& from, size_t count) = 0;
  /// The messages of tipsets that follow one another (newest first), block by block.
  virtual Result<std::vector<std::vector<FullBlock>>> blocks(const std::vector<TipsetPtr>& tipsets) = 0;
};

}  // namespace nelumbo::chain
