#pragma once
// One node of an AMT and the arithmetic of its heights.

#include "ipld/amt.hpp"

namespace nelumbo {

inline constexpr unsigned kAmtMaxHeight = 64;

/// Indices below one child of a node at this height (its whole span is that of height + 1); saturates.
inline uint64_t amt_span(unsigned bit_width, unsigned height) {
  uint64_t bits = uint64_t{bit_width} * height;
  return bits >= 64 ? UINT64_MAX : uint64_t{1} << bits;
}

/// An error unless 1 to 8.
Result<> check_amt_bit_width(unsigned bit_width);

struct AmtNode;

/// A value in a leaf; above, a link to a child or a child in memory (whose link is that of its unchanged form).
struct AmtSlot {
  unsigned at = 0;
  Bytes value;
  Cid link;
  std::unique_ptr<AmtNode> node;
};

struct AmtNode {
  std::vector<AmtSlot> slots;  ///< ascending places
  bool dirty = false;

  /// The slot at this place or null.
  AmtSlot* find(unsigned at);
  const AmtSlot* find(unsigned at) const { return const_cast<AmtNode*>(this)->find(at); }
  /// The slot at this place, made when missing.
  AmtSlot& make(unsigned at);
};

/// The start of an encoded root; the reader is then at the root node.
struct AmtHead {
  unsigned bit_width = 3;
  unsigned height = 0;
  uint64_t count = 0;
};
Result<AmtHead> read_amt_head(CborReader& reader, AmtVersion version);

/// A node as views into its block.
struct AmtNodeView {
  BytesView bitmap;
  uint64_t links = 0;   ///< how many stand at `items`, when the node is not a leaf
  uint64_t values = 0;  ///< how many stand at `items`, when it is a leaf
  CborReader items;

  bool test(unsigned at) const { return bitmap[at / 8] >> (at % 8) & 1; }
  /// How many are set below this place.
  unsigned rank(unsigned at) const;
};
/// Reads a node's start and checks it: bitmap and items agree, links above the leaves, values in them. Afterwards
/// the reader is behind the node, unless it is a leaf of which `values` items are still to be read from `items`.
Result<AmtNodeView> read_amt_node(CborReader reader, unsigned bit_width, unsigned height);

/// Decodes a whole node and moves the reader behind it.
Result<AmtNode> decode_amt_node(CborReader reader, unsigned bit_width, unsigned height);
/// Encodes a node whose children all have links.
void encode_amt_node(CborWriter& writer, const AmtNode& node, unsigned bit_width, unsigned height);

/// Bounds for nodes, which are trusted as far as their digest but may be large.
inline CborLimits amt_limits() { return {.max_bytes = UINT64_MAX, .max_items = UINT64_MAX}; }

using AmtVisitor = std::function<Result<>(uint64_t index, BytesView value)>;

/// amt_get and for_each from an encoded node on.
Result<std::optional<Bytes>> amt_get_below(Blockstore& store, Cid node, uint64_t index, unsigned bit_width,
                                           unsigned height);
Result<> amt_for_each_below(Blockstore& store, const Cid& node, uint64_t offset, const AmtVisitor& f,
                            unsigned bit_width, unsigned height);
/// The index of a child's or value's place, refused when it does not fit.
Result<uint64_t> amt_index(uint64_t offset, unsigned at, unsigned bit_width, unsigned height);

}  // namespace nelumbo
