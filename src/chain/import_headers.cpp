#include "import_headers.hpp"

namespace nelumbo::chain {

Result<> HeaderChain::begin(const TipsetKey& expected, ChainEpoch above) {
  if (expected.empty()) return fail(ErrorCode::invalid, "the snapshot names no head");
  if (expected.cids.size() > kMaxBlocks)
    return fail(ErrorCode::exhausted, "a tipset of {} blocks, at most {} allowed", expected.cids.size(), kMaxBlocks);
  expected_ = expected;
  found_.assign(expected_.cids.size(), std::nullopt);
  missing_ = found_.size();
  epoch_ = above;
  return {};
}

Result<> HeaderChain::take(const Cid& cid, BytesView data) {
  if (complete_) return {};
  const auto it = std::ranges::find(expected_.cids, cid);
  if (it == expected_.cids.end()) return {};
  auto& place = found_[static_cast<size_t>(it - expected_.cids.begin())];
  if (place) return {};
  place = TRY_IN("header " + cid.str(), from_cbor<BlockHeader>(data));
  if (--missing_ > 0) return {};
  return whole();
}

Result<> HeaderChain::whole() {
  std::vector<BlockHeader> blocks;
  for (auto& each : found_) blocks.push_back(*std::move(each));
  auto tipset = TRY_IN(expected_.str(), Tipset::make(std::move(blocks)));
  if (tipset->key() != expected_)
    return fail(ErrorCode::invalid, "the tipset {} is not in canonical order", expected_.str());
  const ChainEpoch height = tipset->height();
  if (height < 0 || (epoch_ >= 0 && height >= epoch_))
    return fail(ErrorCode::invalid, "the parents of a tipset of epoch {} have epoch {}", epoch_, height);
  epoch_ = height;
  if (height == 0 && tipset->key() != TipsetKey{{genesis_}}) {
    return fail(ErrorCode::invalid, "the snapshot is of another network: its chain begins with {}, this one's with {}",
                tipset->key().str(), genesis_.str());
  }
  TRY(on_tipset_(tipset));
  if (height == 0) {
    complete_ = true;
    return {};
  }
  return begin(tipset->parents(), height);
}

Result<> HeaderChain::finish(Blockstore& store, const std::function<Result<>()>& each) {
  while (!complete_) {
    const TipsetKey wanted = expected_;
    for (const auto& cid : wanted.cids) {
      auto data = TRY(store.get(cid));
      if (!data) {
        return fail(ErrorCode::invalid, "the chain breaks off below epoch {}: block {} is missing", epoch_, cid.str());
      }
      TRY(take(cid, *data));
    }
    TRY(each());
  }
  return {};
}

}  // namespace nelumbo::chain
