#include "shapes.hpp"

namespace nelumbo::shapes {
namespace {

using Kind = CborReader::Kind;

/// [bytes of 0 to 32, [pointer…]] where a pointer is a link, a bucket or, in the old form, a map of either.
bool is_hamt_node(BytesView data) {
  CborReader reader(data);
  if (reader.peek() != Kind::array || reader.array().value_or(0) != 2) return false;
  if (reader.peek() != Kind::bytes) return false;
  if (auto bitmap = reader.bytes(); !bitmap || bitmap->size() > 32) return false;
  if (reader.peek() != Kind::array) return false;
  uint64_t count = reader.array().value_or(0);
  for (uint64_t i = 0; i < count; ++i) {
    if (reader.peek() == Kind::map) {
      if (reader.map().value_or(0) != 1) return false;
      auto key = reader.text();
      if (!key || (*key != "0" && *key != "1")) return false;
    }
    if (reader.peek() != Kind::tag && reader.peek() != Kind::array) return false;
    if (!reader.raw()) return false;
  }
  return reader.at_end();
}

/// [bytes, [link…], [value…]] from here on.
bool is_amt_node(CborReader reader) {
  if (reader.peek() != Kind::array || reader.array().value_or(0) != 3) return false;
  if (reader.peek() != Kind::bytes || !reader.bytes()) return false;
  if (reader.peek() != Kind::array) return false;
  uint64_t links = reader.array().value_or(0);
  for (uint64_t i = 0; i < links; ++i) {
    if (reader.peek() != Kind::tag || !reader.raw()) return false;
  }
  return reader.peek() == Kind::array && reader.raw() && reader.at_end();
}

/// Integers, then a node: [height, count, node] or [bit width, height, count, node].
bool is_amt_root(BytesView data, uint64_t integers) {
  CborReader reader(data);
  if (reader.peek() != Kind::array || reader.array().value_or(0) != integers + 1) return false;
  for (uint64_t i = 0; i < integers; ++i) {
    if (reader.peek() != Kind::uint || !reader.uint()) return false;
  }
  return is_amt_node(reader);
}

/// The links that are a HAMT node's pointers, not those inside its values.
void collect_children(BytesView hamt_node, std::set<Cid>& children) {
  CborReader reader(hamt_node);
  must(reader.array());
  must(reader.bytes());
  uint64_t count = must(reader.array());
  for (uint64_t i = 0; i < count; ++i) {
    if (reader.peek() == Kind::map) {
      must(reader.map());
      must(reader.text());
    }
    if (reader.peek() == Kind::tag) {
      children.insert(must(reader.cid()));
    } else {
      must(reader.raw());
    }
  }
}

}  // namespace

Roots find_roots(Blockstore& store, const std::vector<Cid>& blocks) {
  Roots roots;
  std::set<Cid> children;
  for (const auto& cid : blocks) {
    if (cid.codec() != multicodec::kDagCbor) continue;
    auto data = must(get_block(store, cid));
    if (is_hamt_node(data)) {
      roots.hamts.insert(cid);
      collect_children(data, children);
    }
    if (is_amt_root(data, 3)) roots.amts_v3.insert(cid);
    if (is_amt_root(data, 2)) roots.amts_v0.insert(cid);
  }
  for (const auto& child : children) roots.hamts.erase(child);
  return roots;
}

}  // namespace nelumbo::shapes
