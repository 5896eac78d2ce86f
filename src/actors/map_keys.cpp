#include "map_keys.hpp"

namespace nelumbo::actors {

Bytes uint_key(uint64_t value) {
  Bytes out;
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<uint8_t>(value | 0x80));
  out.push_back(static_cast<uint8_t>(value));
  return out;
}

Result<uint64_t> parse_uint_key(BytesView key) {
  uint64_t value = 0;
  for (size_t i = 0; i < key.size() && i < 10; ++i) {
    value |= static_cast<uint64_t>(key[i] & 0x7f) << (7 * i);
    if (key[i] & 0x80) continue;
    if (i + 1 == key.size()) return value;
    break;
  }
  return fail(ErrorCode::invalid, "map key {} is no varint", to_hex(key));
}

Result<int64_t> parse_int_key(BytesView key) {
  uint64_t zigzag = TRY(parse_uint_key(key));
  return static_cast<int64_t>(zigzag >> 1) ^ -static_cast<int64_t>(zigzag & 1);
}

}  // namespace nelumbo::actors
