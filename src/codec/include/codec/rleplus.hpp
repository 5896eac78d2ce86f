#pragma once
// Bitfields in RLE+ (spec: data structures, RLE+ encoding), as runs, never as single bits in memory.

#include <functional>
#include <vector>

#include "codec/cbor.hpp"

namespace nelumbo {

/// A set of uint64 held as sorted, disjoint, non-adjacent ranges.
class BitField {
 public:
  struct Range {
    uint64_t begin;
    uint64_t end;  ///< one past the last
    friend bool operator==(const Range&, const Range&) = default;
  };
  static constexpr size_t kMaxEncoded = 32 << 10;  ///< bytes of an encoded bitfield that consensus accepts

  BitField() = default;
  static BitField from_values(std::vector<uint64_t> values);
  static BitField from_ranges(std::vector<Range> ranges);
  /// Decodes RLE+; refuses wrong versions, overflowing runs, non-minimal varints, trailing zero bytes and > kMaxEncoded.
  static Result<BitField> decode(BytesView data);
  /// The one canonical RLE+ encoding.
  Bytes encode() const;

  const std::vector<Range>& ranges() const { return ranges_; }
  bool empty() const { return ranges_.empty(); }
  uint64_t count() const;
  bool contains(uint64_t value) const;
  void set(uint64_t value);
  void unset(uint64_t value);
  /// All values; exhausted when there are more than limit.
  Result<std::vector<uint64_t>> values(uint64_t limit = 1u << 20) const;
  Result<uint64_t> first() const;
  Result<uint64_t> last() const;

  friend BitField operator|(const BitField& a, const BitField& b);
  friend BitField operator&(const BitField& a, const BitField& b);
  friend BitField operator-(const BitField& a, const BitField& b);
  friend bool operator==(const BitField&, const BitField&) = default;

 private:
  std::vector<Range> ranges_;
};

/// In CBOR: the encoding as a byte string.
template <>
struct Cbor<BitField> {
  static void put(CborWriter& w, const BitField& v) { w.bytes(v.encode()); }
  static Result<> get(CborReader& r, BitField& v) {
    v = TRY(BitField::decode(TRY(r.bytes())));
    return {};
  }
};

}  // namespace nelumbo
