#include "types/block.hpp"

#include <algorithm>
#include <numeric>

namespace nelumbo {

Bytes BlockHeader::signing_bytes() const {
  BlockHeader unsigned_header = *this;
  unsigned_header.block_sig.reset();
  return to_cbor(unsigned_header);
}

Bytes TipsetKey::bytes() const {
  Bytes out;
  for (const auto& cid : cids) out.insert(out.end(), cid.bytes().begin(), cid.bytes().end());
  return out;
}

Result<TipsetKey> TipsetKey::from_bytes(BytesView data) {
  TipsetKey key;
  while (!data.empty()) {
    size_t used = 0;
    key.cids.push_back(TRY_IN("tipset key", Cid::read_prefix(data, used)));
    data = data.subspan(used);
  }
  return key;
}

std::string TipsetKey::str() const {
  std::string out = "{";
  for (const auto& cid : cids) {
    if (out.size() > 1) out += ',';
    out += cid.str();
  }
  return out + "}";
}

Cid TipsetKey::cid() const { return Cid::of(to_cbor(*this)); }

Result<> Cbor<TipsetKey>::get(CborReader& r, TipsetKey& v) {
  v = TRY(TipsetKey::from_bytes(TRY(r.bytes())));
  return {};
}

Result<TipsetPtr> Tipset::make(std::vector<BlockHeader> blocks) {
  if (blocks.empty()) return fail(ErrorCode::invalid, "a tipset of no blocks");
  struct Place {
    Hash256 ticket;
    Cid cid;
    size_t index;
  };
  std::vector<Place> order;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const auto& block = blocks[i];
    Cid cid = block.cid();
    if (!block.ticket) return fail(ErrorCode::invalid, "block {} has no ticket", cid.str());
    if (block.height != blocks[0].height) return fail(ErrorCode::invalid, "blocks of different heights in one tipset");
    if (block.parents != blocks[0].parents)
      return fail(ErrorCode::invalid, "blocks with different parents in one tipset");
    order.push_back({block.ticket->digest(), cid, i});
  }
  std::sort(order.begin(), order.end(),
            [](const Place& a, const Place& b) { return std::tie(a.ticket, a.cid) < std::tie(b.ticket, b.cid); });

  auto tipset = std::make_shared<Tipset>();
  for (const auto& place : order) {
    tipset->key_.cids.push_back(place.cid);
    tipset->blocks_.push_back(std::move(blocks[place.index]));
  }
  return tipset;
}

uint64_t Tipset::min_timestamp() const {
  auto earlier = [](const BlockHeader& a, const BlockHeader& b) { return a.timestamp < b.timestamp; };
  return std::min_element(blocks_.begin(), blocks_.end(), earlier)->timestamp;
}

}  // namespace nelumbo
