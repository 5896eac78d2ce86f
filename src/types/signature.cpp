#include "types/signature.hpp"

#include "crypto/keys.hpp"
#include "types/eth_address.hpp"

namespace nelumbo {

namespace {

Hash256 digest_for(SignatureType type, BytesView message) {
  return type == SignatureType::delegated ? keccak_256(message) : blake2b_256(message);
}

Result<> verify_recoverable(const Signature& signature, const Address& key_address, BytesView message) {
  auto key = TRY(secp256k1::recover(digest_for(signature.type, message), signature.data));
  Address signer =
      signature.type == SignatureType::delegated ? eth_address_of_key(key).f410() : TRY(Address::secp256k1(key));
  if (signer != key_address) {
    return fail(ErrorCode::invalid, "the signature is by {}, expected {}", signer.str(), key_address.str());
  }
  return {};
}

}  // namespace

Result<SignatureType> signature_type(uint8_t number) {
  if (number < 1 || number > 3) return fail(ErrorCode::invalid, "unknown signature type {}", number);
  return static_cast<SignatureType>(number);
}

std::string_view signature_type_name(SignatureType type) {
  switch (type) {
    case SignatureType::secp256k1:
      return "secp256k1";
    case SignatureType::bls:
      return "bls";
    case SignatureType::delegated:
      return "delegated";
  }
  return "unknown";
}

void Cbor<Signature>::put(CborWriter& w, const Signature& v) {
  Bytes joined{static_cast<uint8_t>(v.type)};
  joined.insert(joined.end(), v.data.begin(), v.data.end());
  w.bytes(joined);
}

Result<> Cbor<Signature>::get(CborReader& r, Signature& v) {
  auto bytes = TRY(r.bytes());
  if (bytes.empty() || bytes.size() > kMaxSize) return fail(ErrorCode::invalid, "signature of {} bytes", bytes.size());
  v.type = TRY(signature_type(bytes[0]));
  v.data = to_bytes(bytes.subspan(1));
  return {};
}

Result<Bytes> generate_key(SignatureType type) {
  TRY(signature_type(static_cast<uint8_t>(type)));
  return type == SignatureType::bls ? bls::generate() : secp256k1::generate();
}

Result<Address> key_address(SignatureType type, BytesView private_key) {
  switch (type) {
    case SignatureType::secp256k1:
      return Address::secp256k1(TRY(secp256k1::public_key(private_key)));
    case SignatureType::bls:
      return Address::bls(TRY(bls::public_key(private_key)));
    case SignatureType::delegated:
      return eth_address_of_key(TRY(secp256k1::public_key(private_key))).f410();
  }
  return fail(ErrorCode::invalid, "unknown signature type {}", static_cast<int>(type));
}

Result<Signature> sign(SignatureType type, BytesView private_key, BytesView message) {
  Signature out{type, {}};
  switch (type) {
    case SignatureType::bls:
      out.data = TRY(bls::sign(private_key, message));
      return out;
    case SignatureType::secp256k1:
    case SignatureType::delegated:
      out.data = TRY(secp256k1::sign_digest(private_key, digest_for(type, message)));
      return out;
  }
  return fail(ErrorCode::invalid, "unknown signature type {}", static_cast<int>(type));
}

Result<> verify(const Signature& signature, const Address& key_address, BytesView message) {
  if (!key_address.defined()) return fail(ErrorCode::invalid, "no address to check the signature against");
  if (key_address.is_id()) {
    return fail(ErrorCode::invalid, "{} must be resolved to a key address to check a signature", key_address.str());
  }
  switch (signature.type) {
    case SignatureType::secp256k1:
    case SignatureType::delegated:
      return verify_recoverable(signature, key_address, message);
    case SignatureType::bls: {
      bool good =
          key_address.protocol() == Protocol::bls && bls::verify(signature.data, key_address.payload(), message);
      if (!good) return fail(ErrorCode::invalid, "the BLS signature is not one of {}", key_address.str());
      return {};
    }
  }
  return fail(ErrorCode::invalid, "unknown signature type {}", static_cast<int>(signature.type));
}

}  // namespace nelumbo
