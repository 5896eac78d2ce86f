#include "walk.hpp"

namespace nelumbo::chain {

bool names_block(const Cid& cid) {
  if (!cid.defined() || cid.hash_code() == multihash::kIdentity) return false;
  const auto codec = cid.codec();
  return codec == multicodec::kDagCbor || codec == multicodec::kRaw || codec == kPlainCbor;
}

Result<> DagWalk::walk(const Cid& root, Missing missing, const Visit& visit) {
  done_ = 0;
  open_.assign(1, {root, 1.0});
  std::vector<Cid> links;
  while (!open_.empty()) {
    const Open next = open_.back();
    open_.pop_back();
    if (!names_block(next.cid) || !seen_.insert(next.cid)) {
      done_ += next.weight;
      continue;
    }
    auto data = TRY(store_.get_shared(next.cid));
    if (!data) {
      if (missing == Missing::error) return fail(ErrorCode::not_found, "block {} is not in the store", next.cid.str());
      done_ += next.weight;
      continue;
    }
    TRY(visit(next.cid, *data));
    links.clear();
    if (next.cid.codec() == multicodec::kDagCbor) {
      TRY_IN("block " + next.cid.str(), for_each_link(*data, [&](const Cid& link) -> Result<> {
               links.push_back(link);
               return {};
             }));
    }
    if (links.empty()) done_ += next.weight;
    const double each = links.empty() ? 0 : next.weight / static_cast<double>(links.size());
    for (auto it = links.rbegin(); it != links.rend(); ++it) open_.push_back({*it, each});
  }
  return {};
}

}  // namespace nelumbo::chain
