// BLS12-381 through the Rust engine.

#include "crypto/bridge.hpp"
#include "crypto/keys.hpp"
#include "nelumbo_engines/src/bls.rs.h"

namespace nelumbo::bls {

Bytes generate() { return bridge::to_bytes(engines::bls_key_from_seed(bridge::slice(random_bytes(kPrivateKeySize)))); }

Result<Bytes> public_key(BytesView private_key) {
  return bridge::call([&] { return engines::bls_public_key(bridge::slice(private_key)); });
}

Result<Bytes> sign(BytesView private_key, BytesView message) {
  return bridge::call([&] { return engines::bls_sign(bridge::slice(private_key), bridge::slice(message)); });
}

bool verify(BytesView signature, BytesView public_key, BytesView message) {
  return engines::bls_verify(bridge::slice(signature), bridge::slice(public_key), bridge::slice(message));
}

Result<Bytes> aggregate(std::span<const Bytes> signatures) {
  if (signatures.empty()) return empty_aggregate();
  Bytes joined;
  joined.reserve(signatures.size() * kSignatureSize);
  for (const auto& each : signatures) {
    if (each.size() != kSignatureSize) {
      return fail(ErrorCode::invalid, "a BLS signature has {} bytes, got {}", kSignatureSize, each.size());
    }
    joined.insert(joined.end(), each.begin(), each.end());
  }
  return bridge::call([&] { return engines::bls_aggregate(bridge::slice(joined)); });
}

bool verify_aggregate(BytesView signature, std::span<const Bytes> messages, std::span<const Bytes> public_keys) {
  if (messages.size() != public_keys.size()) return false;
  if (messages.empty()) return equal_constant_time(signature, empty_aggregate());
  Bytes text;
  Bytes keys;
  std::vector<size_t> lengths;
  for (const auto& each : messages) {
    text.insert(text.end(), each.begin(), each.end());
    lengths.push_back(each.size());
  }
  for (const auto& each : public_keys) {
    if (each.size() != kPublicKeySize) return false;
    keys.insert(keys.end(), each.begin(), each.end());
  }
  return engines::bls_verify_aggregate(bridge::slice(signature), bridge::slice(text),
                                       rust::Slice<const size_t>(lengths.data(), lengths.size()), bridge::slice(keys));
}

Bytes empty_aggregate() { return bridge::to_bytes(engines::bls_empty_aggregate()); }

}  // namespace nelumbo::bls
