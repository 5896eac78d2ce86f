#pragma once
// Walking everything below a block.

#include <functional>

#include "cid_set.hpp"
#include "ipld/blockstore.hpp"

namespace nelumbo::chain {

/// Multicodec "cbor": data without links.
inline constexpr uint64_t kPlainCbor = 0x51;

/// Whether a CID in a block names another block: commitments of sectors look like CIDs, and identity CIDs hold their
/// data themselves.
bool names_block(const Cid& cid);

/// What to do about a block that is not in the store.
enum class Missing { error, leave_out };

/// Depth first, a block before what it links to, links in their order; what `seen` has is left out with all below it.
class DagWalk {
 public:
  using Visit = std::function<Result<>(const Cid& cid, BytesView data)>;
  DagWalk(Blockstore& store, CidSet& seen) : store_(store), seen_(seen) {}

  Result<> walk(const Cid& root, Missing missing, const Visit& visit);
  /// Of the current walk, from 0 to 1: each block counts as much as its siblings.
  double done() const { return done_; }

 private:
  struct Open {
    Cid cid;
    double weight;  ///< what it and all below it count
  };
  Blockstore& store_;
  CidSet& seen_;
  std::vector<Open> open_;
  double done_ = 0;
};

}  // namespace nelumbo::chain
