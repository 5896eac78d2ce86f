#pragma once
// Hash functions.

#include <array>

#include "base/bytes.hpp"

namespace nelumbo {

using Hash256 = std::array<uint8_t, 32>;

Hash256 blake2b_256(BytesView data);
/// blake2b with a 20-byte digest: the payload of secp256k1 and actor addresses.
std::array<uint8_t, 20> blake2b_160(BytesView data);
/// blake2b with a 4-byte digest: the checksum of address text.
std::array<uint8_t, 4> blake2b_32(BytesView data);
Hash256 sha256(BytesView data);
/// Keccak-256 as Ethereum uses it (not SHA3-256).
Hash256 keccak_256(BytesView data);
Hash256 hmac_sha256(BytesView key, BytesView data);
/// Cryptographically secure random bytes from the system.
Bytes random_bytes(size_t count);
/// Compares without leaking where the difference is.
bool equal_constant_time(BytesView a, BytesView b);

}  // namespace nelumbo
