#include "codec/varint.hpp"

namespace nelumbo {

void put_uvarint(Bytes& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<uint8_t>(value) | 0x80);
    value >>= 7;
  }
  out.push_back(static_cast<uint8_t>(value));
}

Result<uint64_t> read_uvarint(BytesView data, size_t& position) {
  uint64_t value = 0;
  for (size_t i = 0; i < kMaxVarintSize; ++i) {
    if (position + i >= data.size()) return fail(ErrorCode::invalid, "varint is cut off");
    uint8_t byte = data[position + i];
    value |= uint64_t{byte & 0x7fu} << (7 * i);
    if (byte & 0x80) continue;
    if (byte == 0 && i > 0) return fail(ErrorCode::invalid, "varint is not minimal");
    position += i + 1;
    return value;
  }
  return fail(ErrorCode::invalid, "varint is longer than {} bytes", kMaxVarintSize);
}

}  // namespace nelumbo
