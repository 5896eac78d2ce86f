#pragma once
// Byte strings, the two text forms every room needs (hex, base64), and views between text and bytes.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace nelumbo {

using Bytes = std::vector<uint8_t>;
using BytesView = std::span<const uint8_t>;

/// The bytes of a text, without copying.
inline BytesView as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
/// The text whose bytes these are, without copying or checking.
inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(BytesView view) { return {view.begin(), view.end()}; }
inline Bytes to_bytes(std::string_view text) { return to_bytes(as_bytes(text)); }

/// Lower-case hex, two digits a byte, no prefix.
std::string to_hex(BytesView bytes);
/// Reads hex of either case; an odd length or another character is an error.
Result<Bytes> from_hex(std::string_view text);

/// Standard base64 with padding (RFC 4648 section 4), the form of bytes in lotus's JSON.
std::string to_base64(BytesView bytes);
Result<Bytes> from_base64(std::string_view text);
/// URL-safe base64 without padding (RFC 4648 section 5), the form inside JWT.
std::string to_base64url(BytesView bytes);
Result<Bytes> from_base64url(std::string_view text);

}  // namespace nelumbo
