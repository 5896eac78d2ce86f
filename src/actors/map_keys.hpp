#pragma once
// Keys of the HAMTs in actor state.

#include "base/bytes.hpp"

namespace nelumbo::actors {

/// The key of an unsigned number: its varint.
Bytes uint_key(uint64_t value);
Result<uint64_t> parse_uint_key(BytesView key);
/// The number behind a signed key (zigzag varint).
Result<int64_t> parse_int_key(BytesView key);

}  // namespace nelumbo::actors
