#pragma once
// Ethereum's RLP, bounded: what transactions need, no more.

#include <optional>

#include "types/bigint.hpp"

namespace nelumbo {

/// A decoded item: a byte string, as a view into the input, or a list.
struct RlpItem {
  bool is_list = false;
  BytesView bytes;
  std::vector<RlpItem> items;
};

/// Bounds of untrusted RLP; a transaction needs 12 items and three levels.
struct RlpLimits {
  size_t max_bytes = 2u << 20;
  size_t max_items = 12;    ///< in one list
  unsigned max_depth = 32;  ///< of lists in lists
};

/// Decodes exactly one item from all of data; lengths that are not in their shortest form are refused.
Result<RlpItem> decode_rlp(BytesView data, RlpLimits limits = {});

/// Builds RLP: items are appended, then closed as one list.
class RlpList {
 public:
  RlpList& bytes(BytesView value);
  /// The big-endian magnitude without leading zeros; the value is not negative.
  RlpList& number(const BigInt& value) { return bytes(bigint_magnitude(value)); }
  RlpList& list(const RlpList& inner);
  Bytes encode() const;

 private:
  Bytes content_;
};

}  // namespace nelumbo
