#pragma once
// Unsigned varints (LEB128): CIDs, CAR sections, ID addresses. Source: multiformats/unsigned-varint.

#include "base/bytes.hpp"

namespace nelumbo {

/// Bytes of the longest varint: 63 bits in groups of seven.
inline constexpr size_t kMaxVarintSize = 9;

/// Appends value, which must be below 2^63.
void put_uvarint(Bytes& out, uint64_t value);
/// Reads the varint at the front of data and adds its length to `position`. Longer than 9 bytes, not minimal or cut
/// off is an error.
Result<uint64_t> read_uvarint(BytesView data, size_t& position);

}  // namespace nelumbo
