#include "types/address.hpp"

#include <atomic>
#include <charconv>

#include "codec/base32.hpp"
#include "codec/varint.hpp"
#include "crypto/hash.hpp"

namespace nelumbo {

namespace {

constexpr size_t kHashPayload = 20;
constexpr size_t kBlsPayload = 48;
constexpr size_t kChecksum = 4;
constexpr size_t kMaxSubAddress = 54;
constexpr size_t kMaxText = 115;
constexpr size_t kMaxIdDigits = 19;
constexpr uint64_t kMaxId = INT64_MAX;
constexpr size_t kMaxCbor = 64;
constexpr std::string_view kUndefinedText = "<empty>";

std::atomic<AddressNetwork> g_network{AddressNetwork::mainnet};

/// The varint at the front of a payload, and how many bytes it takes.
struct Varint {
  uint64_t value;
  size_t size;
};
Result<Varint> read_varint(BytesView bytes) {
  size_t size = 0;
  uint64_t value = TRY_IN("address", read_uvarint(bytes, size));
  return Varint{value, size};
}

Result<uint64_t> parse_id(std::string_view digits) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  bool ok =
      error == std::errc() && end == digits.data() + digits.size() && digits.size() <= kMaxIdDigits && value <= kMaxId;
  if (!ok) return fail(ErrorCode::invalid, "address with \"{}\" in place of a number below 2^63", digits.substr(0, 32));
  return value;
}

Bytes with_payload(Protocol protocol, BytesView payload) {
  Bytes bytes{static_cast<uint8_t>(protocol)};
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

/// Splits the checksum off decoded text and checks it against the address's bytes.
Result<Bytes> checked_bytes(Protocol protocol, BytesView before, BytesView decoded) {
  if (decoded.size() < kChecksum) return fail(ErrorCode::invalid, "address too short for its checksum");
  Bytes bytes = with_payload(protocol, before);
  auto payload = decoded.first(decoded.size() - kChecksum);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  auto checksum = blake2b_32(bytes);
  if (!std::equal(checksum.begin(), checksum.end(), decoded.end() - kChecksum)) {
    return fail(ErrorCode::invalid, "address with a wrong checksum");
  }
  return bytes;
}

Result<Bytes> parse_bytes(Protocol protocol, std::string_view rest) {
  if (protocol != Protocol::delegated) return checked_bytes(protocol, {}, TRY(from_base32(rest)));
  size_t split = rest.find('f');
  if (split == std::string_view::npos) return fail(ErrorCode::invalid, "f4 address without a namespace");
  Bytes space;
  put_uvarint(space, TRY(parse_id(rest.substr(0, split))));
  return checked_bytes(protocol, space, TRY(from_base32(rest.substr(split + 1))));
}

}  // namespace

void set_address_network(AddressNetwork network) { g_network = network; }
AddressNetwork address_network() { return g_network; }

Address Address::from_id(ActorId id) {
  if (id > kMaxId) throw std::invalid_argument(fmt::format("actor ID {} is not below 2^63", id));
  Address address;
  address.bytes_ = {static_cast<uint8_t>(Protocol::id)};
  put_uvarint(address.bytes_, id);
  return address;
}

Result<Address> Address::secp256k1(BytesView public_key) {
  if (public_key.size() != 65) {
    return fail(ErrorCode::invalid, "secp256k1 public key of {} bytes, expected 65", public_key.size());
  }
  return from_bytes(with_payload(Protocol::secp256k1, blake2b_160(public_key)));
}

Result<Address> Address::bls(BytesView public_key) { return from_bytes(with_payload(Protocol::bls, public_key)); }

Address Address::actor(BytesView data) { return must(from_bytes(with_payload(Protocol::actor, blake2b_160(data)))); }

Result<Address> Address::delegated(ActorId space, BytesView sub_address) {
  if (space > kMaxId) return fail(ErrorCode::invalid, "f4 namespace {} is not below 2^63", space);
  Bytes bytes{static_cast<uint8_t>(Protocol::delegated)};
  put_uvarint(bytes, space);
  bytes.insert(bytes.end(), sub_address.begin(), sub_address.end());
  return from_bytes(bytes);
}

Result<Address> Address::from_bytes(BytesView bytes) {
  if (bytes.size() < 2) return fail(ErrorCode::invalid, "address of {} bytes", bytes.size());
  auto payload = bytes.subspan(1);
  auto wrong_length = [&] {
    return fail(ErrorCode::invalid, "f{} address with a payload of {} bytes", bytes[0], payload.size());
  };
  switch (static_cast<Protocol>(bytes[0])) {
    case Protocol::id:
      if (TRY(read_varint(payload)).size != payload.size()) return wrong_length();
      break;
    case Protocol::secp256k1:
    case Protocol::actor:
      if (payload.size() != kHashPayload) return wrong_length();
      break;
    case Protocol::bls:
      if (payload.size() != kBlsPayload) return wrong_length();
      break;
    case Protocol::delegated:
      if (payload.size() - TRY(read_varint(payload)).size > kMaxSubAddress) return wrong_length();
      break;
    default:
      return fail(ErrorCode::invalid, "address with the unknown protocol {}", bytes[0]);
  }
  Address address;
  address.bytes_ = to_bytes(bytes);
  return address;
}

Result<Address> Address::parse(std::string_view text) {
  if (text.size() < 3 || text.size() > kMaxText) {
    return fail(ErrorCode::invalid, "\"{}\" is not an address", text.substr(0, kMaxText));
  }
  if (text[0] != 'f' && text[0] != 't') {
    return fail(ErrorCode::invalid, "\"{}\" is not an address: it starts with neither f nor t", text);
  }
  if (text[1] < '0' || text[1] > '4') return fail(ErrorCode::invalid, "\"{}\" has an unknown address protocol", text);
  auto protocol = static_cast<Protocol>(text[1] - '0');
  auto rest = text.substr(2);
  std::string context = fmt::format("\"{}\"", text);
  if (protocol == Protocol::id) return from_id(TRY_IN(context, parse_id(rest)));
  auto bytes = TRY_IN(context, parse_bytes(protocol, rest));
  return in_context(from_bytes(bytes), context);
}

Result<ActorId> Address::id() const {
  if (!is_id()) return fail(ErrorCode::invalid, "{} is not an ID address", str());
  return TRY(read_varint(payload())).value;
}

Result<Address::Delegated> Address::as_delegated() const {
  if (!defined() || protocol() != Protocol::delegated)
    return fail(ErrorCode::invalid, "{} is not an f4 address", str());
  auto space = TRY(read_varint(payload()));
  return Delegated{space.value, payload().subspan(space.size)};
}

std::string Address::str() const {
  if (!defined()) return std::string(kUndefinedText);
  std::string out{static_cast<char>(address_network()), static_cast<char>('0' + bytes_[0])};
  if (is_id()) return out + std::to_string(must(id()));
  Bytes shown = to_bytes(payload());
  if (protocol() == Protocol::delegated) {
    auto [space, sub] = must(as_delegated());
    out += fmt::format("{}f", space);
    shown = to_bytes(sub);
  }
  auto checksum = blake2b_32(bytes_);
  shown.insert(shown.end(), checksum.begin(), checksum.end());
  return out + to_base32(shown);
}

Result<> Cbor<Address>::get(CborReader& r, Address& v) {
  auto bytes = TRY(r.bytes());
  if (bytes.size() > kMaxCbor) return fail(ErrorCode::invalid, "address of {} bytes", bytes.size());
  v = TRY(Address::from_bytes(bytes));
  return {};
}

}  // namespace nelumbo
