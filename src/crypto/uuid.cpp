#include "crypto/uuid.hpp"

#include "crypto/hash.hpp"

namespace nelumbo {
namespace {

std::string uuid_text(BytesView sixteen, uint8_t version) {
  Bytes b = to_bytes(sixteen.first(16));
  b[6] = static_cast<uint8_t>((b[6] & 0x0f) | (version << 4));
  b[8] = static_cast<uint8_t>((b[8] & 0x3f) | 0x80);
  auto hex = to_hex(b);
  for (size_t position : {8, 13, 18, 23}) hex.insert(position, "-");
  return hex;
}

}  // namespace

std::string new_uuid() { return uuid_text(random_bytes(16), 4); }
std::string named_uuid(BytesView name) { return uuid_text(sha256(name), 8); }

}  // namespace nelumbo
