#include "import_state.hpp"

namespace nelumbo::chain {

void StateWatch::add_root(const Cid& root) {
  roots_.push_back(root);
  if (following_) expect(root);
}

void StateWatch::expect(const Cid& cid) {
  if (!names_block(cid)) return;
  if (seen_.insert(cid)) open_.emplace(CidSet::key_of(cid), cid);
}

Result<> StateWatch::take(const Cid& cid, BytesView data) {
  if (!following_ || open_.erase(CidSet::key_of(cid)) == 0) return {};
  if (cid.codec() == multicodec::kDagCbor) {
    TRY_IN("block " + cid.str(), for_each_link(data, [&](const Cid& link) -> Result<> {
             expect(link);
             return {};
           }));
  }
  if (open_.size() <= kMostOpen && seen_.size() < kMostSeen) return {};
  // Not a snapshot's order, or a state too large to remember: the walk at the end will tell.
  following_ = false;
  open_.clear();
  return {};
}

Result<> StateWatch::finish(Blockstore& store, const std::function<Result<>()>& each) {
  std::vector<Cid> left;
  for (const auto& [key, cid] : open_) left.push_back(cid);
  open_.clear();
  seen_ = CidSet(kMostSeen);
  DagWalk walk(store, seen_);
  for (const auto& root : following_ ? left : roots_) {
    TRY(walk.walk(root, Missing::error, [&](const Cid&, BytesView) { return each(); }));
  }
  return {};
}

}  // namespace nelumbo::chain
