// drand quicknet rounds through the Rust engine.

#include "crypto/bridge.hpp"
#include "crypto/keys.hpp"
#include "nelumbo_engines/src/drand.rs.h"

namespace nelumbo::drand {
namespace {

/// What a round's signature signs: sha256 of the round number as 8 bytes, big-endian.
Hash256 round_message(uint64_t round) {
  std::array<uint8_t, 8> number;
  for (size_t i = 0; i < number.size(); ++i) number[i] = static_cast<uint8_t>(round >> (56 - 8 * i));
  return sha256(number);
}

}  // namespace

bool verify(BytesView public_key, uint64_t round, BytesView signature) {
  return engines::drand_verify(bridge::slice(public_key), bridge::slice(round_message(round)),
                               bridge::slice(signature));
}

Result<Bytes> public_key(BytesView secret) {
  return bridge::call([&] { return engines::drand_public_key(bridge::slice(secret)); });
}

Result<Bytes> sign(BytesView secret, uint64_t round) {
  auto message = round_message(round);
  return bridge::call([&] { return engines::drand_sign(bridge::slice(secret), bridge::slice(message)); });
}

Hash256 randomness(BytesView signature) { return sha256(signature); }

}  // namespace nelumbo::drand
