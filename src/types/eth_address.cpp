#include "types/eth_address.hpp"

#include <algorithm>

#include "crypto/hash.hpp"

namespace nelumbo {

namespace {
constexpr std::array<uint8_t, 12> kMaskedIdPrefix{0xff};
}

bool EthAddress::is_masked_id() const {
  return std::equal(kMaskedIdPrefix.begin(), kMaskedIdPrefix.end(), bytes.begin());
}

Address EthAddress::f410() const { return must(Address::delegated(Address::kEthereumAddressManager, bytes)); }

Result<Address> EthAddress::filecoin() const {
  if (!is_masked_id()) return f410();
  uint64_t id = 0;
  for (size_t i = kMaskedIdPrefix.size(); i < bytes.size(); ++i) id = id << 8 | bytes[i];
  if (id > INT64_MAX) return fail(ErrorCode::invalid, "{} holds an actor ID that is not below 2^63", str());
  return Address::from_id(id);
}

std::string EthAddress::str() const { return "0x" + to_hex(bytes); }

Result<EthAddress> EthAddress::parse(std::string_view hex) {
  std::string_view digits = hex.starts_with("0x") ? hex.substr(2) : hex;
  EthAddress out;
  if (digits.size() != out.bytes.size() * 2) {
    return fail(ErrorCode::invalid, "\"{}\" is not an Ethereum address of 20 bytes in hex", hex.substr(0, 64));
  }
  auto bytes = TRY_IN("Ethereum address", from_hex(digits));
  std::copy(bytes.begin(), bytes.end(), out.bytes.begin());
  return out;
}

EthAddress eth_address_of_id(ActorId id) {
  EthAddress out;
  out.bytes[0] = 0xff;
  for (size_t i = out.bytes.size(); i > kMaskedIdPrefix.size(); id >>= 8) out.bytes[--i] = static_cast<uint8_t>(id);
  return out;
}

Result<EthAddress> eth_address_of(const Address& address) {
  if (address.is_id()) return eth_address_of_id(TRY(address.id()));
  auto [space, sub] = TRY_IN("no Ethereum address", address.as_delegated());
  EthAddress out;
  if (space != Address::kEthereumAddressManager || sub.size() != out.bytes.size()) {
    return fail(ErrorCode::invalid, "{} is not the address of an Ethereum account", address.str());
  }
  std::copy(sub.begin(), sub.end(), out.bytes.begin());
  if (out.is_masked_id()) return fail(ErrorCode::invalid, "{} holds a masked actor ID", address.str());
  return out;
}

EthAddress eth_address_of_key(BytesView public_key) {
  if (public_key.size() != 65) throw std::invalid_argument("an uncompressed public key has 65 bytes");
  auto digest = keccak_256(public_key.subspan(1));
  EthAddress out;
  std::copy(digest.end() - out.bytes.size(), digest.end(), out.bytes.begin());
  return out;
}

}  // namespace nelumbo
