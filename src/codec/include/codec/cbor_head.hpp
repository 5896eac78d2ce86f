#pragma once
// The head of a CBOR item (major type and argument), parsed without Results: the inner loop of every reader.

#include <cstddef>
#include <cstdint>

namespace nelumbo {

namespace cbor_major {
inline constexpr uint8_t kUint = 0, kNint = 1, kBytes = 2, kText = 3, kArray = 4, kMap = 5, kTag = 6, kSimple = 7;
}
inline constexpr uint64_t kCborFalse = 20, kCborTrue = 21, kCborNull = 22;
inline constexpr uint64_t kCborLinkTag = 42;

struct CborHead {
  uint8_t major = 0;
  uint64_t value = 0;  ///< number, length, count, tag or simple value
};

/// Reads the head at p and moves p behind it. Gives nullptr, or what is wrong with it (p is then undefined).
/// Strict: smallest form, definite length, simple values false, true and null only.
inline const char* parse_cbor_head(const uint8_t*& p, const uint8_t* end, CborHead& head) {
  if (p == end) return "CBOR is cut off";
  uint8_t first = *p++;
  uint8_t info = first & 0x1f;
  head.major = first >> 5;
  if (head.major == cbor_major::kSimple) {
    head.value = info;
    if (info >= kCborFalse && info <= kCborNull) return nullptr;
    if (info >= 25 && info <= 27) return "CBOR floats are not allowed";
    return "CBOR simple value is not known";
  }
  if (info < 24) {
    head.value = info;
    return nullptr;
  }
  if (info > 27) return info == 31 ? "CBOR indefinite lengths are not allowed" : "CBOR head is malformed";
  size_t width = size_t{1} << (info - 24);
  if (static_cast<size_t>(end - p) < width) return "CBOR is cut off";
  uint64_t value = 0;
  for (size_t i = 0; i < width; ++i) value = value << 8 | *p++;
  bool minimal = width == 1 ? value >= 24 : value >> (4 * width) != 0;
  if (!minimal) return "CBOR integer is not in its smallest form";
  head.value = value;
  return nullptr;
}

/// Moves p over one whole item. Gives nullptr or what is wrong. Links must be tag 42 over a byte string; no other tag
/// is allowed.
const char* skip_cbor_item(const uint8_t*& p, const uint8_t* end, unsigned max_depth);

}  // namespace nelumbo
