#pragma once
// One node of a HAMT: its bitmap, its pointers, its CBOR.

#include <bit>

#include "ipld/hamt.hpp"

namespace nelumbo {

inline constexpr unsigned kHamtBucketSize = 3;

/// sha2-256 of a key, eaten from the front a few bits at a time.
class HashBits {
 public:
  explicit HashBits(BytesView key);
  /// The next `width` bits (fewer at the very end of the hash); exhausted when none are left.
  Result<unsigned> next(unsigned width);
  /// This key's bits from the same place on as `other`'s.
  HashBits at_place_of(const HashBits& other) const {
    HashBits moved = *this;
    moved.consumed_ = other.consumed_;
    return moved;
  }

 private:
  std::array<uint8_t, 32> hash_;
  unsigned consumed_ = 0;
};

/// Levels of a tree of this bit width, beyond which no hash leads.
inline unsigned hamt_max_depth(unsigned bit_width) { return (256 + bit_width - 1) / bit_width; }

/// An error unless 1 to 8.
Result<> check_hamt_bit_width(unsigned bit_width);

/// Which of a node's up to 256 children are there.
class HamtBitmap {
 public:
  static Result<HamtBitmap> from_bytes(BytesView big_endian, unsigned bit_width);
  /// Big-endian without leading zero bytes, as Go's big.Int.
  Bytes to_bytes() const;

  bool test(unsigned bit) const { return words_[bit / 64] >> (bit % 64) & 1; }
  void set(unsigned bit) { words_[bit / 64] |= uint64_t{1} << (bit % 64); }
  void clear(unsigned bit) { words_[bit / 64] &= ~(uint64_t{1} << (bit % 64)); }
  /// How many bits are set below this one: the place of its pointer.
  unsigned rank(unsigned bit) const;
  unsigned count() const;

 private:
  std::array<uint64_t, 4> words_{};
};

struct HamtNode;

struct HamtEntry {
  Bytes key;
  Bytes value;
};

/// A bucket of entries, a link to a child, or a child in memory (whose link, if any, is that of its unchanged form).
struct HamtPointer {
  Cid link;
  std::unique_ptr<HamtNode> node;
  std::vector<HamtEntry> bucket;

  bool is_bucket() const { return !node && !link; }
};

struct HamtNode {
  HamtBitmap bitmap;
  std::vector<HamtPointer> pointers;
  bool dirty = false;
};

/// Decodes and checks a node; `form` is set when its pointers tell (an empty node does not).
Result<HamtNode> decode_hamt_node(BytesView data, unsigned bit_width, bool is_root, HamtForm& form);
/// Encodes a node whose children all have links.
Bytes encode_hamt_node(const HamtNode& node, HamtForm form);

/// The start of an encoded node; the reader is then at its first pointer.
struct HamtNodeHead {
  HamtBitmap bitmap;
  unsigned count = 0;
};
Result<HamtNodeHead> read_hamt_node_head(CborReader& reader, unsigned bit_width, bool is_root);

/// What a pointer is; the reader is then at the link or at the bucket's array.
enum class HamtPointerKind { link, bucket };
Result<HamtPointerKind> read_hamt_pointer_head(CborReader& reader, HamtForm& form);
Result<Cid> read_hamt_link(CborReader& reader);

/// Bounds for nodes, which are trusted as far as their digest but may be large.
inline CborLimits hamt_limits() { return {.max_bytes = UINT64_MAX, .max_items = UINT64_MAX}; }

/// hamt_get and hamt_for_each below the root.
Result<std::optional<Bytes>> hamt_get_below(Blockstore& store, Cid node, HashBits bits, BytesView key,
                                            unsigned bit_width, bool is_root);
Result<> hamt_for_each_below(Blockstore& store, const Cid& node,
                             const std::function<Result<>(BytesView key, BytesView value)>& f, unsigned bit_width,
                             unsigned depth);

}  // namespace nelumbo
