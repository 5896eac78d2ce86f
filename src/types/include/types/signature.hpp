#pragma once
// Signatures with their kind, and which key may make which.

#include "types/address.hpp"

namespace nelumbo {

enum class SignatureType : uint8_t { secp256k1 = 1, bls = 2, delegated = 3 };

/// The type of a wire number; invalid for an unknown one.
Result<SignatureType> signature_type(uint8_t number);
/// "secp256k1", "bls" or "delegated".
std::string_view signature_type_name(SignatureType type);

/// CBOR: one byte string, the kind byte then the raw signature.
struct Signature {
  SignatureType type = SignatureType::secp256k1;
  Bytes data;
  static constexpr auto fields = nelumbo::fields(field("Type", &Signature::type), field("Data", &Signature::data));
  friend bool operator==(const Signature&, const Signature&) = default;
};

template <>
struct Cbor<Signature> {
  static constexpr size_t kMaxSize = 200;  ///< bytes, kind included
  static void put(CborWriter& w, const Signature& v);
  static Result<> get(CborReader& r, Signature& v);
};

/// A new private key for signatures of this type.
Result<Bytes> generate_key(SignatureType type);
/// The address a private key signs for: f1, f3, or f410 for delegated.
Result<Address> key_address(SignatureType type, BytesView private_key);
/// Signs message bytes with a private key: secp256k1 over blake2b-256 of them, delegated over keccak-256, BLS over
/// the bytes themselves.
Result<Signature> sign(SignatureType type, BytesView private_key, BytesView message);
/// Checks that the key behind a key address (f1, f3, or f410 for delegated) made the signature; says what is wrong.
Result<> verify(const Signature& signature, const Address& key_address, BytesView message);

}  // namespace nelumbo
