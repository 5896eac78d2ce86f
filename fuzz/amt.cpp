#include "ipld/amt.hpp"

#include "tree_input.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  if (input.empty()) return;
  auto version = input[0] % 2 == 0 ? AmtVersion::v0 : AmtVersion::v3;
  auto store = std::make_shared<ChainedBlocks>(input.subspan(1));
  Cid root = Cid::of({});
  auto loaded = Amt::load(store, root, version);
  if (!loaded) return;
  std::vector<uint64_t> indices{0, 1, 7, 8, 1000, Amt::kMaxIndex};
  (void)loaded->for_each([&](uint64_t index, BytesView) -> Result<> {
    require(index <= Amt::kMaxIndex, "indices are in range");
    if (indices.size() < 20) indices.push_back(index);
    return {};
  });
  for (uint64_t index : indices) {
    store->rewind();
    (void)amt_get(*store, root, index, version);
  }
  for (uint64_t index : indices) {
    (void)loaded->remove(index);
    if (loaded->set(index, Bytes{0})) require(must(loaded->get(index)) == Bytes{0}, "what was set is there");
  }
  require(loaded->flush().has_value(), "what was loaded can be written");
}
