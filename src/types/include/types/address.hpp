#pragma once
// Addresses f0 … f4 (spec: address). Text starts with 'f' on mainnet and 't' elsewhere; both are read everywhere.

#include <compare>

#include "types/bigint.hpp"

namespace nelumbo {

enum class Protocol : uint8_t { id = 0, secp256k1 = 1, actor = 2, bls = 3, delegated = 4 };

/// Which letter addresses are printed with; set once at start by the program's network. Default mainnet.
enum class AddressNetwork : char { mainnet = 'f', testnet = 't' };
void set_address_network(AddressNetwork network);
AddressNetwork address_network();

/// An address in its binary form (protocol byte, payload). The default value is the undefined (empty) address.
class Address {
 public:
  static constexpr ActorId kEthereumAddressManager = 10;  ///< the f4 namespace 10 holds Ethereum addresses

  Address() = default;
  static Address from_id(ActorId id);                      ///< IDs are below 2^63; a larger one is a broken invariant
  static Result<Address> secp256k1(BytesView public_key);  ///< 65-byte uncompressed key
  static Result<Address> bls(BytesView public_key);        ///< 48-byte key
  static Address actor(BytesView data);                    ///< hashes data (blake2b-160)
  static Result<Address> delegated(ActorId space, BytesView sub_address);  ///< sub-address of at most 54 bytes
  static Result<Address> from_bytes(BytesView bytes);
  static Result<Address> parse(std::string_view text);

  bool defined() const { return !bytes_.empty(); }
  Protocol protocol() const { return static_cast<Protocol>(bytes_.empty() ? 0xff : bytes_.front()); }
  bool is_id() const { return defined() && protocol() == Protocol::id; }
  /// The number of an f0 address; invalid for others.
  Result<ActorId> id() const;
  const Bytes& bytes() const { return bytes_; }
  BytesView payload() const { return BytesView(bytes_).subspan(bytes_.empty() ? 0 : 1); }
  /// Namespace and sub-address of an f4 address.
  struct Delegated {
    ActorId space;
    BytesView sub_address;
  };
  Result<Delegated> as_delegated() const;
  /// Text with the program's network letter; "<empty>" when undefined.
  std::string str() const;

  friend bool operator==(const Address&, const Address&) = default;
  friend auto operator<=>(const Address& a, const Address& b) { return a.bytes_ <=> b.bytes_; }

 private:
  Bytes bytes_;
};

/// In CBOR: its binary form as a byte string.
template <>
struct Cbor<Address> {
  static void put(CborWriter& w, const Address& v) { w.bytes(v.bytes()); }
  static Result<> get(CborReader& r, Address& v);
};

}  // namespace nelumbo

template <>
struct std::hash<nelumbo::Address> {
  size_t operator()(const nelumbo::Address& a) const noexcept {
    auto text = nelumbo::as_text(a.bytes());
    return std::hash<std::string_view>()(text);
  }
};
