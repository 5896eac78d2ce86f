#include "ipld/hamt.hpp"

#include "tree_input.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  if (input.empty()) return;
  unsigned bit_width = input[0] % 8 + 1;
  auto store = std::make_shared<ChainedBlocks>(input.subspan(1));
  Cid root = Cid::of({});
  std::vector<Bytes> keys{to_bytes("a"), to_bytes("b"), {}};
  (void)hamt_for_each(
      *store, root,
      [&](BytesView key, BytesView) -> Result<> {
        if (keys.size() < 20) keys.push_back(to_bytes(key));
        return {};
      },
      bit_width);
  for (const auto& key : keys) {
    store->rewind();
    (void)hamt_get(*store, root, key, bit_width);
  }
  store->rewind();
  auto hamt = Hamt::load(store, root, bit_width);
  if (!hamt) return;
  for (const auto& key : keys) {
    (void)hamt->remove(key);
    if (hamt->set(key, Bytes{0})) require(must(hamt->get(key)) == Bytes{0}, "what was set is there");
  }
  (void)hamt->for_each([](BytesView, BytesView) -> Result<> { return {}; });
  require(hamt->flush().has_value(), "what was loaded can be written");
}
