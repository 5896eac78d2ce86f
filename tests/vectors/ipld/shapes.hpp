#pragma once
// Finds the HAMTs and AMTs in a heap of blocks by their shape, since a pruned state does not say where they are.

#include <set>

#include "ipld/amt.hpp"
#include "ipld/hamt.hpp"

namespace nelumbo::shapes {

/// The roots that are there: shaped like a HAMT (an AMT) and not a child of another.
struct Roots {
  std::set<Cid> hamts;
  std::set<Cid> amts_v3;
  std::set<Cid> amts_v0;
};
Roots find_roots(Blockstore& store, const std::vector<Cid>& blocks);

}  // namespace nelumbo::shapes
