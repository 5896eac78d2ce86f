#include "engine/p2p_wire.hpp"

#include "codec/cbor.hpp"
#include "fuzz.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  constexpr size_t kMax = 1 << 16;
  auto whole = p2p::wire::item_end(input, input.size(), kMax);
  auto bytewise = p2p::wire::item_end(input, 1, kMax);
  require(whole.has_value() == bytewise.has_value() && (!whole || *whole == *bytewise),
          "an item ends at the same byte however its bytes come");
  CborReader reader(input, {.max_depth = 30});
  if (auto item = reader.raw(); item && item->size() <= kMax) {
    require(whole && *whole == item->size(), "what the reader takes for one item is one");
  }
  if (auto blocks = p2p::wire::bitswap_blocks(input)) require(blocks->size() <= input.size(), "a block takes space");
}
