#include "engine/p2p_wire.hpp"

#include "crypto/bridge.hpp"
#include "nelumbo_engines/src/p2p/mod.rs.h"

namespace nelumbo::p2p::wire {

Result<size_t> item_end(BytesView data, size_t piece, size_t max_bytes) {
  return bridge::call([&] { return engines::p2p_item_end(bridge::slice(data), piece, max_bytes); });
}

Result<std::vector<Cid>> bitswap_blocks(BytesView message) {
  Bytes joined = TRY(bridge::call([&] { return engines::p2p_bitswap_blocks(bridge::slice(message)); }));
  std::vector<Cid> cids;
  BytesView left = joined;
  while (!left.empty()) {
    size_t used = 0;
    cids.push_back(TRY(Cid::read_prefix(left, used)));
    left = left.subspan(used);
  }
  return cids;
}

}  // namespace nelumbo::p2p::wire
