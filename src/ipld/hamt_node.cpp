#include "hamt_node.hpp"

#include <openssl/sha.h>

namespace nelumbo {
namespace {

Result<std::vector<HamtEntry>> read_bucket(CborReader& reader) {
  uint64_t count = TRY(reader.array());
  if (count == 0) return fail(ErrorCode::invalid, "empty bucket");
  if (count > kHamtBucketSize) return fail(ErrorCode::invalid, "bucket of {} entries", count);
  std::vector<HamtEntry> bucket;
  for (uint64_t i = 0; i < count; ++i) {
    TRY(reader.array_of(2));
    Bytes key = to_bytes(TRY(reader.bytes()));
    if (i > 0 && !(bucket.back().key < key)) return fail(ErrorCode::invalid, "keys of a bucket are not in order");
    auto value = TRY(reader.raw());
    bucket.push_back({std::move(key), to_bytes(value)});
  }
  return bucket;
}

void write_pointer(CborWriter& writer, const HamtPointer& pointer, HamtForm form) {
  if (form == HamtForm::map) {
    writer.map(1);
    writer.text(pointer.is_bucket() ? "1" : "0");
  }
  if (!pointer.is_bucket()) return writer.cid(pointer.link);
  writer.array(pointer.bucket.size());
  for (const auto& entry : pointer.bucket) {
    writer.array(2);
    writer.bytes(entry.key);
    writer.raw(entry.value);
  }
}

}  // namespace

HashBits::HashBits(BytesView key) { ::SHA256(key.data(), key.size(), hash_.data()); }

Result<unsigned> HashBits::next(unsigned width) {
  unsigned left = static_cast<unsigned>(hash_.size()) * 8 - consumed_;
  if (left == 0) return fail(ErrorCode::exhausted, "HAMT is deeper than its hash has bits");
  unsigned take = std::min(width, left);
  unsigned value = 0;
  for (unsigned i = 0; i < take; ++i, ++consumed_) {
    value = value << 1 | (hash_[consumed_ / 8] >> (7 - consumed_ % 8) & 1u);
  }
  return value;
}

Result<> check_hamt_bit_width(unsigned bit_width) {
  if (bit_width < 1 || bit_width > 8) return fail(ErrorCode::invalid, "HAMT bit width {} is not 1 to 8", bit_width);
  return {};
}

Result<HamtBitmap> HamtBitmap::from_bytes(BytesView big_endian, unsigned bit_width) {
  HamtBitmap bitmap;
  if (big_endian.size() > 32) return fail(ErrorCode::invalid, "bitmap of {} bytes", big_endian.size());
  for (size_t i = 0; i < big_endian.size(); ++i) {
    size_t place = big_endian.size() - 1 - i;
    bitmap.words_[place / 8] |= uint64_t{big_endian[i]} << (place % 8 * 8);
  }
  unsigned width = 1u << bit_width;
  if (width < 256 && bitmap.rank(width) != bitmap.count()) {
    return fail(ErrorCode::invalid, "bitmap has bits beyond its width of {}", width);
  }
  return bitmap;
}

Bytes HamtBitmap::to_bytes() const {
  Bytes out;
  for (size_t place = 32; place-- > 0;) {
    auto byte = static_cast<uint8_t>(words_[place / 8] >> (place % 8 * 8));
    if (byte != 0 || !out.empty()) out.push_back(byte);
  }
  return out;
}

unsigned HamtBitmap::rank(unsigned bit) const {
  unsigned sum = 0;
  for (unsigned word = 0; word < bit / 64; ++word) sum += static_cast<unsigned>(std::popcount(words_[word]));
  if (bit % 64 == 0) return sum;
  return sum + static_cast<unsigned>(std::popcount(words_[bit / 64] & ((uint64_t{1} << (bit % 64)) - 1)));
}

unsigned HamtBitmap::count() const {
  unsigned sum = 0;
  for (uint64_t word : words_) sum += static_cast<unsigned>(std::popcount(word));
  return sum;
}

Result<HamtNodeHead> read_hamt_node_head(CborReader& reader, unsigned bit_width, bool is_root) {
  TRY(reader.array_of(2));
  HamtNodeHead head{.bitmap = TRY(HamtBitmap::from_bytes(TRY(reader.bytes()), bit_width))};
  head.count = head.bitmap.count();
  if (uint64_t count = TRY(reader.array()); count != head.count) {
    return fail(ErrorCode::invalid, "{} pointers, but {} bits in the bitmap", count, head.count);
  }
  if (head.count == 0 && !is_root) return fail(ErrorCode::invalid, "empty node below the root");
  return head;
}

Result<HamtPointerKind> read_hamt_pointer_head(CborReader& reader, HamtForm& form) {
  bool in_map = reader.peek() == CborReader::Kind::map;
  form = in_map ? HamtForm::map : HamtForm::bare;
  if (!in_map) {
    return reader.peek() == CborReader::Kind::tag ? HamtPointerKind::link : HamtPointerKind::bucket;
  }
  if (TRY(reader.map()) != 1) return fail(ErrorCode::invalid, "pointer is not a map of one key");
  auto key = TRY(reader.text());
  if (key == "0") return HamtPointerKind::link;
  if (key == "1") return HamtPointerKind::bucket;
  return fail(ErrorCode::invalid, "pointer has a key that is neither \"0\" nor \"1\"");
}

Result<Cid> read_hamt_link(CborReader& reader) {
  Cid link = TRY(reader.cid());
  if (link.codec() != multicodec::kDagCbor) return fail(ErrorCode::invalid, "link {} is not dag-cbor", link.str());
  return link;
}

Result<HamtNode> decode_hamt_node(BytesView data, unsigned bit_width, bool is_root, HamtForm& form) {
  CborReader reader(data, hamt_limits());
  auto head = TRY(read_hamt_node_head(reader, bit_width, is_root));
  HamtNode node{.bitmap = head.bitmap};
  node.pointers.resize(head.count);
  for (auto& pointer : node.pointers) {
    if (TRY(read_hamt_pointer_head(reader, form)) == HamtPointerKind::link) {
      pointer.link = TRY(read_hamt_link(reader));
    } else {
      pointer.bucket = TRY(read_bucket(reader));
    }
  }
  TRY(reader.finish());
  return node;
}

Bytes encode_hamt_node(const HamtNode& node, HamtForm form) {
  CborWriter writer;
  writer.array(2);
  writer.bytes(node.bitmap.to_bytes());
  writer.array(node.pointers.size());
  for (const auto& pointer : node.pointers) write_pointer(writer, pointer, form);
  return std::move(writer.out);
}

}  // namespace nelumbo
