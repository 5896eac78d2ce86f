#pragma once
// Whether a snapshot holds the whole state of its head, seen from the blocks as they come by.

#include <unordered_map>

#include "walk.hpp"

namespace nelumbo::chain {

/// Follows the links below the roots. In a snapshot a block stands before those it links to, so that nothing is left
/// open at the end; what is, or was too much to remember, is looked for in the store.
class StateWatch {
 public:
  /// Blocks remembered at most, 16 to 43 bytes each.
  static constexpr size_t kMostSeen = 8u << 20;
  static constexpr size_t kMostOpen = 1u << 20;

  /// With `follow` from the first block on; otherwise finish() walks the store.
  explicit StateWatch(bool follow) : following_(follow), seen_(kMostSeen) {}

  void add_root(const Cid& root);
  Result<> take(const Cid& cid, BytesView data);
  /// not_found with the CID of a block that neither the snapshot nor the store has. `each` is called for every block
  /// that is looked up.
  Result<> finish(Blockstore& store, const std::function<Result<>()>& each);

 private:
  void expect(const Cid& cid);

  std::vector<Cid> roots_;
  bool following_;
  CidSet seen_;
  std::unordered_map<CidSet::Key, Cid, CidSet::KeyHash> open_;
};

}  // namespace nelumbo::chain
