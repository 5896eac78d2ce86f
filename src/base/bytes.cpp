#include "base/bytes.hpp"

#include <array>

namespace nelumbo {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string encode64(BytesView bytes, std::string_view alphabet, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    uint32_t v = uint32_t{bytes[i]} << 16 | uint32_t{bytes[i + 1]} << 8 | bytes[i + 2];
    for (int shift = 18; shift >= 0; shift -= 6) out.push_back(alphabet[v >> shift & 63]);
  }
  if (size_t rest = bytes.size() - i; rest > 0) {
    uint32_t v = uint32_t{bytes[i]} << 16 | (rest == 2 ? uint32_t{bytes[i + 1]} << 8 : 0);
    for (size_t k = 0; k <= rest; ++k) out.push_back(alphabet[v >> (18 - 6 * k) & 63]);
    if (pad) out.append(3 - rest, '=');
  }
  return out;
}

Result<Bytes> decode64(std::string_view text, std::string_view alphabet, bool padded) {
  if (padded) {
    if (text.size() % 4 != 0) return fail(ErrorCode::invalid, "base64 text of {} characters is not whole", text.size());
    for (int k = 0; k < 2 && !text.empty() && text.back() == '='; ++k) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return fail(ErrorCode::invalid, "base64 text is cut short");
  std::array<int8_t, 256> value;
  value.fill(-1);
  for (size_t i = 0; i < alphabet.size(); ++i) value[static_cast<uint8_t>(alphabet[i])] = static_cast<int8_t>(i);
  Bytes out;
  out.reserve(text.size() / 4 * 3 + 2);
  uint32_t buffer = 0;
  int bits = 0;
  for (char c : text) {
    int8_t v = value[static_cast<uint8_t>(c)];
    if (v < 0) return fail(ErrorCode::invalid, "base64 text has the character code {}", static_cast<unsigned char>(c));
    buffer = buffer << 6 | static_cast<uint32_t>(v);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<uint8_t>(buffer >> bits));
    }
  }
  if (buffer & ((1u << bits) - 1)) return fail(ErrorCode::invalid, "base64 text has stray bits at its end");
  return out;
}

}  // namespace

std::string to_hex(BytesView bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (uint8_t b : bytes) {
    out.push_back(digits[b >> 4]);
    out.push_back(digits[b & 15]);
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(ErrorCode::invalid, "hex text has an odd number of digits ({})", text.size());
  Bytes out;
  out.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return fail(ErrorCode::invalid, "not a hex digit at position {}", high < 0 ? i : i + 1);
    out.push_back(static_cast<uint8_t>(high << 4 | low));
  }
  return out;
}

std::string to_base64(BytesView bytes) { return encode64(bytes, kStandard, true); }
Result<Bytes> from_base64(std::string_view text) { return decode64(text, kStandard, true); }
std::string to_base64url(BytesView bytes) { return encode64(bytes, kUrl, false); }
Result<Bytes> from_base64url(std::string_view text) { return decode64(text, kUrl, false); }

}  // namespace nelumbo
