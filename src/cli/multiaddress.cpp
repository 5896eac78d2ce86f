#include "multiaddress.hpp"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

#include "codec/base32.hpp"
#include "codec/varint.hpp"

namespace nelumbo::cli {

namespace {

enum class Value { none, ip4, ip6, port, text };
struct Protocol {
  std::string_view name;
  uint64_t code;
  Value value;
};
/// Those that a storage miner can be dialed by (multiformats/multicodec table).
constexpr Protocol kProtocols[] = {
    {"ip4", 4, Value::ip4},        {"ip6", 41, Value::ip6},           {"dns", 53, Value::text},
    {"dns4", 54, Value::text},     {"dns6", 55, Value::text},         {"dnsaddr", 56, Value::text},
    {"tcp", 6, Value::port},       {"udp", 273, Value::port},         {"quic", 460, Value::none},
    {"quic-v1", 461, Value::none}, {"ws", 477, Value::none},          {"wss", 478, Value::none},
    {"tls", 448, Value::none},     {"sni", 449, Value::text},         {"http", 480, Value::none},
    {"https", 443, Value::none},   {"webtransport", 465, Value::none}};
constexpr size_t kMaxText = 253;  ///< of a host name

Result<> put_ip(Bytes& out, int family, size_t size, const std::string& text) {
  std::array<uint8_t, 16> address;
  if (::inet_pton(family, text.c_str(), address.data()) != 1)
    return fail(ErrorCode::invalid, "\"{}\" is no IP address of this kind", text);
  out.insert(out.end(), address.begin(), address.begin() + static_cast<std::ptrdiff_t>(size));
  return {};
}

Result<> put_port(Bytes& out, const std::string& text) {
  uint16_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    return fail(ErrorCode::invalid, "\"{}\" is no port", text);
  out.push_back(static_cast<uint8_t>(port >> 8));
  out.push_back(static_cast<uint8_t>(port));
  return {};
}

Result<> put_value(Bytes& out, Value kind, const std::string& text) {
  switch (kind) {
    case Value::none:
      return {};
    case Value::ip4:
      return put_ip(out, AF_INET, 4, text);
    case Value::ip6:
      return put_ip(out, AF_INET6, 16, text);
    case Value::port:
      return put_port(out, text);
    case Value::text:
      if (text.empty() || text.size() > kMaxText) return fail(ErrorCode::invalid, "\"{}\" is no host name", text);
      put_uvarint(out, text.size());
      out.insert(out.end(), text.begin(), text.end());
      return {};
  }
  return {};
}

/// The text up to the next slash, which goes too.
std::string take(std::string_view& rest) {
  const size_t end = std::min(rest.find('/'), rest.size());
  std::string out(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return out;
}

}  // namespace

Result<MinerMultiaddress> parse_miner_multiaddress(std::string_view text) {
  const auto context = fmt::format("failed to parse \"{}\" as a multiaddr", text);
  if (!text.starts_with('/')) return fail(ErrorCode::invalid, "{}: it must begin with /", context);
  MinerMultiaddress out;
  std::string_view rest = text.substr(1);
  while (!rest.empty()) {
    const std::string_view here = rest;
    const auto name = take(rest);
    if (name == "p2p" || name == "ipfs") {
      TRY_IN(context, parse_peer_id(take(rest)));
      out.peer = "/" + std::string(here);
      return out;
    }
    const auto* found = std::find_if(std::begin(kProtocols), std::end(kProtocols),
                                     [&](const Protocol& each) { return each.name == name; });
    if (found == std::end(kProtocols)) return fail(ErrorCode::invalid, "{}: unknown protocol \"{}\"", context, name);
    put_uvarint(out.bytes, found->code);
    if (found->value != Value::none) TRY_IN(context, put_value(out.bytes, found->value, take(rest)));
  }
  if (out.bytes.empty()) return fail(ErrorCode::invalid, "{}: it is empty", context);
  return out;
}

namespace {

/// The varint at the front, which goes.
std::optional<uint64_t> take_uvarint(BytesView& rest) {
  size_t size = 0;
  auto value = read_uvarint(rest, size);
  if (!value) return std::nullopt;
  rest = rest.subspan(size);
  return *value;
}

/// The text of a protocol's value at the front of the bytes, which goes; nullopt: they end too early.
std::optional<std::string> take_value(BytesView& rest, Value kind) {
  size_t size = kind == Value::ip4 ? 4 : kind == Value::ip6 ? 16 : kind == Value::port ? 2 : 0;
  if (kind == Value::text) {
    auto length = take_uvarint(rest);
    if (!length || *length > kMaxText) return std::nullopt;
    size = static_cast<size_t>(*length);
  }
  if (rest.size() < size) return std::nullopt;
  const auto value = rest.first(size);
  rest = rest.subspan(size);
  if (kind == Value::port) return std::to_string(value[0] * 256 + value[1]);
  if (kind == Value::text) return std::string(value.begin(), value.end());
  char text[INET6_ADDRSTRLEN] = {};
  return ::inet_ntop(kind == Value::ip4 ? AF_INET : AF_INET6, value.data(), text, sizeof text);
}

}  // namespace

std::string multiaddress_text(BytesView bytes) {
  std::string out;
  BytesView rest = bytes;
  while (!rest.empty()) {
    const auto code = take_uvarint(rest);
    const auto* found = std::find_if(std::begin(kProtocols), std::end(kProtocols),
                                     [&](const Protocol& each) { return code && each.code == *code; });
    if (found == std::end(kProtocols)) return to_hex(bytes);
    out += "/" + std::string(found->name);
    if (found->value == Value::none) continue;
    auto value = take_value(rest, found->value);
    if (!value) return to_hex(bytes);
    out += "/" + *value;
  }
  return out;
}

Result<Bytes> parse_peer_id(std::string_view text) {
  const auto context = fmt::format("\"{}\" is no peer id", text);
  auto bytes = TRY_IN(context, from_base58(text));
  // A multihash: the key itself (code 0) or its SHA-256 (code 0x12), with its length.
  constexpr uint8_t kIdentity = 0, kSha256 = 0x12;
  if (bytes.size() < 4 || (bytes[0] != kIdentity && bytes[0] != kSha256) || bytes.size() != size_t{bytes[1]} + 2)
    return fail(ErrorCode::invalid, "{}: no multihash of a key", context);
  return bytes;
}

}  // namespace nelumbo::cli
