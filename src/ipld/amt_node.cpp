#include "amt_node.hpp"

#include <bit>

namespace nelumbo {
namespace {

size_t bitmap_size(unsigned bit_width) { return bit_width <= 3 ? 1 : size_t{1} << (bit_width - 3); }

}  // namespace

Result<> check_amt_bit_width(unsigned bit_width) {
  if (bit_width < 1 || bit_width > 8) return fail(ErrorCode::invalid, "AMT bit width {} is not 1 to 8", bit_width);
  return {};
}

AmtSlot* AmtNode::find(unsigned at) {
  auto it = std::ranges::lower_bound(slots, at, {}, &AmtSlot::at);
  return it != slots.end() && it->at == at ? &*it : nullptr;
}

AmtSlot& AmtNode::make(unsigned at) {
  auto it = std::ranges::lower_bound(slots, at, {}, &AmtSlot::at);
  if (it == slots.end() || it->at != at) it = slots.insert(it, AmtSlot{.at = at});
  return *it;
}

Result<AmtHead> read_amt_head(CborReader& reader, AmtVersion version) {
  AmtHead head;
  TRY(reader.array_of(version == AmtVersion::v0 ? 3 : 4));
  if (version == AmtVersion::v3) {
    uint64_t bit_width = TRY(reader.uint());
    head.bit_width = static_cast<unsigned>(std::min<uint64_t>(bit_width, UINT32_MAX));
    TRY(check_amt_bit_width(head.bit_width));
  }
  uint64_t height = TRY(reader.uint());
  if (height > kAmtMaxHeight) return fail(ErrorCode::invalid, "AMT height {} is above {}", height, kAmtMaxHeight);
  head.height = static_cast<unsigned>(height);
  head.count = TRY(reader.uint());
  return head;
}

unsigned AmtNodeView::rank(unsigned at) const {
  unsigned sum = 0;
  for (unsigned byte = 0; byte < at / 8; ++byte) sum += static_cast<unsigned>(std::popcount(bitmap[byte]));
  if (at % 8 == 0) return sum;
  return sum + static_cast<unsigned>(std::popcount(static_cast<uint8_t>(bitmap[at / 8] & ((1u << (at % 8)) - 1))));
}

Result<AmtNodeView> read_amt_node(CborReader reader, unsigned bit_width, unsigned height) {
  TRY(reader.array_of(3));
  auto bitmap = TRY(reader.bytes());
  if (bitmap.size() != bitmap_size(bit_width)) {
    return fail(ErrorCode::invalid, "bitmap of {} bytes, expected {}", bitmap.size(), bitmap_size(bit_width));
  }
  uint64_t set = 0;
  for (uint8_t byte : bitmap) set += static_cast<uint64_t>(std::popcount(byte));
  if (bit_width < 3 && bitmap[0] >> (1u << bit_width))
    return fail(ErrorCode::invalid, "bitmap has bits beyond its width");

  AmtNodeView view{.bitmap = bitmap, .items = reader};
  view.links = TRY(reader.array());
  auto at_links = reader;
  for (uint64_t i = 0; i < view.links; ++i) TRY(reader.raw());
  view.values = TRY(reader.array());
  if (view.links > 0 && view.values > 0) return fail(ErrorCode::invalid, "node has links and values");
  if (view.links + view.values != set) {
    return fail(ErrorCode::invalid, "{} items, but {} bits in the bitmap", view.links + view.values, set);
  }
  if (view.links > 0 && height == 0) return fail(ErrorCode::invalid, "leaf has links");
  if (view.values > 0 && height > 0) return fail(ErrorCode::invalid, "values above the leaves");
  view.items = view.links > 0 ? at_links : reader;
  return view;
}

Result<AmtNode> decode_amt_node(CborReader reader, unsigned bit_width, unsigned height) {
  auto view = TRY(read_amt_node(reader, bit_width, height));
  AmtNode node;
  for (unsigned at = 0; at < (1u << bit_width); ++at) {
    if (!view.test(at)) continue;
    auto& slot = node.slots.emplace_back(AmtSlot{.at = at});
    if (height > 0) {
      slot.link = TRY(view.items.cid());
    } else {
      slot.value = to_bytes(TRY(view.items.raw()));
    }
  }
  return node;
}

void encode_amt_node(CborWriter& writer, const AmtNode& node, unsigned bit_width, unsigned height) {
  Bytes bitmap(bitmap_size(bit_width), 0);
  for (const auto& slot : node.slots) bitmap[slot.at / 8] |= static_cast<uint8_t>(1u << (slot.at % 8));
  writer.array(3);
  writer.bytes(bitmap);
  writer.array(height > 0 ? node.slots.size() : 0);
  if (height > 0) {
    for (const auto& slot : node.slots) writer.cid(slot.link);
  }
  writer.array(height > 0 ? 0 : node.slots.size());
  if (height == 0) {
    for (const auto& slot : node.slots) writer.raw(slot.value);
  }
}

}  // namespace nelumbo
