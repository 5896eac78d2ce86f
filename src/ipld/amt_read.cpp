// Reading an AMT without building it: the encoded nodes are walked where they lie.
#include "amt_node.hpp"

namespace nelumbo {
namespace {

/// Where the search goes on: a value, nothing, or a child.
struct Step {
  std::optional<Bytes> value;
  Cid child;
};

Result<Step> search_node(CborReader reader, unsigned at, unsigned bit_width, unsigned height) {
  auto view = TRY(read_amt_node(reader, bit_width, height));
  if (!view.test(at)) return Step{};
  for (unsigned skip = view.rank(at); skip > 0; --skip) TRY(view.items.raw());
  if (height > 0) return Step{.child = TRY(view.items.cid())};
  return Step{.value = to_bytes(TRY(view.items.raw()))};
}

Result<> for_each_in(Blockstore& store, CborReader reader, uint64_t offset, const AmtVisitor& f, unsigned bit_width,
                     unsigned height) {
  auto view = TRY(read_amt_node(reader, bit_width, height));
  for (unsigned at = 0; at < (1u << bit_width); ++at) {
    if (!view.test(at)) continue;
    uint64_t index = TRY(amt_index(offset, at, bit_width, height));
    if (height > 0) {
      TRY(amt_for_each_below(store, TRY(view.items.cid()), index, f, bit_width, height - 1));
    } else {
      TRY(f(index, TRY(view.items.raw())));
    }
  }
  return {};
}

}  // namespace

Result<uint64_t> amt_index(uint64_t offset, unsigned at, unsigned bit_width, unsigned height) {
  uint64_t index = 0;
  if (__builtin_mul_overflow(uint64_t{at}, amt_span(bit_width, height), &index) ||
      __builtin_add_overflow(index, offset, &index) || index > Amt::kMaxIndex) {
    return fail(ErrorCode::invalid, "AMT index does not fit 64 bits");
  }
  return index;
}

Result<std::optional<Bytes>> amt_get_below(Blockstore& store, Cid node, uint64_t index, unsigned bit_width,
                                           unsigned height) {
  for (;; --height) {
    auto block = TRY(get_shared_block(store, node));
    uint64_t span = amt_span(bit_width, height);
    auto step = search_node(CborReader(*block, amt_limits()), static_cast<unsigned>(index / span), bit_width, height);
    if (!step) return std::unexpected(std::move(step).error().in("AMT node " + node.str()));
    if (!step->child) return std::move(step->value);
    node = step->child;
    index %= span;
  }
}

Result<> amt_for_each_below(Blockstore& store, const Cid& node, uint64_t offset, const AmtVisitor& f,
                            unsigned bit_width, unsigned height) {
  auto block = TRY(get_shared_block(store, node));
  return for_each_in(store, CborReader(*block, amt_limits()), offset, f, bit_width, height);
}

Result<std::optional<Bytes>> amt_get(Blockstore& store, const Cid& root, uint64_t index, AmtVersion version) {
  if (index > Amt::kMaxIndex) return fail(ErrorCode::invalid, "AMT index {} is out of range", index);
  auto block = TRY_IN("AMT root", get_shared_block(store, root));
  CborReader reader(*block, amt_limits());
  auto head = TRY_IN("AMT root " + root.str(), read_amt_head(reader, version));
  if (index >= amt_span(head.bit_width, head.height + 1)) return std::nullopt;
  uint64_t span = amt_span(head.bit_width, head.height);
  auto step = TRY_IN("AMT root " + root.str(),
                     search_node(reader, static_cast<unsigned>(index / span), head.bit_width, head.height));
  if (!step.child) return std::move(step.value);
  return amt_get_below(store, step.child, index % span, head.bit_width, head.height - 1);
}

}  // namespace nelumbo
