// Reading a HAMT without building it: the encoded nodes are walked where they lie.
#include "hamt_node.hpp"

namespace nelumbo {
namespace {

/// Where the search goes on: a value, nothing, or a child.
struct Step {
  std::optional<Bytes> value;
  Cid child;
};

Result<Step> search_bucket(CborReader& reader, BytesView key) {
  uint64_t count = TRY(reader.array());
  for (uint64_t i = 0; i < count; ++i) {
    TRY(reader.array_of(2));
    auto found = TRY(reader.bytes());
    auto value = TRY(reader.raw());
    if (std::ranges::equal(found, key)) return Step{.value = to_bytes(value)};
  }
  return Step{};
}

Result<Step> search_node(BytesView data, unsigned bit, BytesView key, unsigned bit_width, bool is_root) {
  CborReader reader(data, hamt_limits());
  auto head = TRY(read_hamt_node_head(reader, bit_width, is_root));
  if (!head.bitmap.test(bit)) return Step{};
  for (unsigned skip = head.bitmap.rank(bit); skip > 0; --skip) TRY(reader.raw());
  HamtForm form{};
  if (TRY(read_hamt_pointer_head(reader, form)) == HamtPointerKind::bucket) return search_bucket(reader, key);
  return Step{.child = TRY(read_hamt_link(reader))};
}

}  // namespace

Result<std::optional<Bytes>> hamt_get_below(Blockstore& store, Cid node, HashBits bits, BytesView key,
                                            unsigned bit_width, bool is_root) {
  // HashBits::next ends the loop of a store that holds a cycle.
  for (;; is_root = false) {
    auto block = TRY(get_shared_block(store, node));
    unsigned bit = TRY(bits.next(bit_width));
    auto step = search_node(*block, bit, key, bit_width, is_root);
    if (!step) return std::unexpected(std::move(step).error().in("HAMT node " + node.str()));
    if (!step->child) return std::move(step->value);
    node = step->child;
  }
}

Result<> hamt_for_each_below(Blockstore& store, const Cid& node,
                             const std::function<Result<>(BytesView key, BytesView value)>& f, unsigned bit_width,
                             unsigned depth) {
  if (depth >= hamt_max_depth(bit_width)) return fail(ErrorCode::exhausted, "HAMT is deeper than its hash has bits");
  auto block = TRY(get_shared_block(store, node));
  CborReader reader(*block, hamt_limits());
  auto head = TRY_IN("HAMT node " + node.str(), read_hamt_node_head(reader, bit_width, depth == 0));
  for (unsigned i = 0; i < head.count; ++i) {
    HamtForm form{};
    if (TRY_IN("HAMT node " + node.str(), read_hamt_pointer_head(reader, form)) == HamtPointerKind::link) {
      Cid child = TRY_IN("HAMT node " + node.str(), read_hamt_link(reader));
      TRY(hamt_for_each_below(store, child, f, bit_width, depth + 1));
      continue;
    }
    uint64_t count = TRY_IN("HAMT node " + node.str(), reader.array());
    for (uint64_t k = 0; k < count; ++k) {
      TRY_IN("HAMT node " + node.str(), reader.array_of(2));
      auto key = TRY_IN("HAMT node " + node.str(), reader.bytes());
      auto value = TRY_IN("HAMT node " + node.str(), reader.raw());
      TRY(f(key, value));
    }
  }
  return {};
}

Result<std::optional<Bytes>> hamt_get(Blockstore& store, const Cid& root, BytesView key, unsigned bit_width) {
  TRY(check_hamt_bit_width(bit_width));
  return hamt_get_below(store, root, HashBits(key), key, bit_width, true);
}

Result<> hamt_for_each(Blockstore& store, const Cid& root,
                       const std::function<Result<>(BytesView key, BytesView value)>& f, unsigned bit_width) {
  TRY(check_hamt_bit_width(bit_width));
  return hamt_for_each_below(store, root, f, bit_width, 0);
}

}  // namespace nelumbo
