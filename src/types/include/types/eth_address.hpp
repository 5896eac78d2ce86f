#pragma once
// Ethereum addresses and how they stand for Filecoin's (FIP-0054): 20 bytes under f410, or a masked actor ID, 0xff, 11
// zero bytes and the ID big-endian.

#include <array>

#include "types/address.hpp"

namespace nelumbo {

struct EthAddress {
  std::array<uint8_t, 20> bytes{};
  friend bool operator==(const EthAddress&, const EthAddress&) = default;

  /// True for the form that holds an actor ID.
  bool is_masked_id() const;
  /// The f410 address of these bytes, whatever they are.
  Address f410() const;
  /// f0 for a masked ID, else f410; invalid for an ID that is not below 2^63.
  Result<Address> filecoin() const;
  /// "0x" and 40 lower-case hex digits.
  std::string str() const;
  static Result<EthAddress> parse(std::string_view hex);
};

EthAddress eth_address_of_id(ActorId id);
/// Of f0 and f410 addresses; invalid for others, and for an f410 address that holds a masked ID.
Result<EthAddress> eth_address_of(const Address& address);
/// Of an uncompressed secp256k1 public key (65 bytes): the end of its keccak-256.
EthAddress eth_address_of_key(BytesView public_key);

}  // namespace nelumbo
