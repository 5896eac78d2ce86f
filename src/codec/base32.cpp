#include "codec/base32.hpp"

#include <algorithm>

namespace nelumbo {
namespace {

constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr size_t kMaxBase58 = 256;

int base32_digit(char c) {
  if (c >= 'a' && c <= 'z') return c - 'a';
  if (c >= '2' && c <= '7') return c - '2' + 26;
  return -1;
}

/// number * factor + carry, the number given by its digits in `base`, lowest first.
void multiply_add(Bytes& little_endian, unsigned factor, unsigned carry, unsigned base) {
  for (auto& digit : little_endian) {
    unsigned value = digit * factor + carry;
    digit = static_cast<uint8_t>(value % base);
    carry = value / base;
  }
  for (; carry > 0; carry /= base) little_endian.push_back(static_cast<uint8_t>(carry % base));
}

}  // namespace

std::string to_base32(BytesView bytes) {
  std::string out;
  out.reserve((bytes.size() * 8 + 4) / 5);
  uint32_t pending = 0;
  int bits = 0;
  for (uint8_t byte : bytes) {
    pending = pending << 8 | byte;
    for (bits += 8; bits >= 5; bits -= 5) out.push_back(kBase32[pending >> (bits - 5) & 31]);
  }
  if (bits > 0) out.push_back(kBase32[pending << (5 - bits) & 31]);
  return out;
}

Result<Bytes> from_base32(std::string_view text) {
  Bytes out;
  out.reserve(text.size() * 5 / 8);
  uint32_t pending = 0;
  int bits = 0;
  for (char c : text) {
    int digit = base32_digit(c);
    if (digit < 0) return fail(ErrorCode::invalid, "'{}' is not a base32 character", c);
    pending = pending << 5 | static_cast<uint32_t>(digit);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<uint8_t>(pending >> bits));
    }
  }
  if (bits >= 5) return fail(ErrorCode::invalid, "base32 text of {} characters is cut off", text.size());
  if (pending & ((1u << bits) - 1)) return fail(ErrorCode::invalid, "base32 text has bits set past its end");
  return out;
}

std::string to_base58(BytesView bytes) {
  auto zeros = static_cast<size_t>(std::ranges::find_if(bytes, [](uint8_t b) { return b != 0; }) - bytes.begin());
  Bytes digits;
  for (uint8_t byte : bytes.subspan(zeros)) multiply_add(digits, 256, byte, 58);
  std::string out(zeros, kBase58[0]);
  for (auto it = digits.rbegin(); it != digits.rend(); ++it) out.push_back(kBase58[*it]);
  return out;
}

Result<Bytes> from_base58(std::string_view text) {
  if (text.size() > kMaxBase58) return fail(ErrorCode::exhausted, "base58 text longer than {}", kMaxBase58);
  size_t zeros = std::min(text.find_first_not_of(kBase58[0]), text.size());
  Bytes digits;
  for (char c : text.substr(zeros)) {
    size_t digit = kBase58.find(c);
    if (digit == std::string_view::npos) return fail(ErrorCode::invalid, "'{}' is not a base58 character", c);
    multiply_add(digits, 58, static_cast<unsigned>(digit), 256);
  }
  Bytes out(zeros, 0);
  out.insert(out.end(), digits.rbegin(), digits.rend());
  return out;
}

}  // namespace nelumbo
