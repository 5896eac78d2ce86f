#pragma once
// Key pairs and raw signatures: secp256k1 (recoverable, over blake2b-256 or keccak-256 digests) and BLS12-381
// (public keys in G1, 48 bytes; signatures in G2, 96 bytes; FIL's basic scheme with hash-to-curve
// BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_).

#include <span>

#include "crypto/hash.hpp"

namespace nelumbo {

namespace secp256k1 {
inline constexpr size_t kPrivateKeySize = 32;
inline constexpr size_t kPublicKeySize = 65;  ///< uncompressed, as in address payloads' preimage
inline constexpr size_t kSignatureSize = 65;  ///< r, s, recovery id 0..3
Bytes generate();
Result<Bytes> public_key(BytesView private_key);
/// Signs a 32-byte digest (RFC 6979, low s).
Result<Bytes> sign_digest(BytesView private_key, const Hash256& digest);
/// The uncompressed public key that made the signature over the digest.
Result<Bytes> recover(const Hash256& digest, BytesView signature);
}  // namespace secp256k1

namespace bls {
inline constexpr size_t kPrivateKeySize = 32;  ///< little-endian scalar, as in lotus's keystore
inline constexpr size_t kPublicKeySize = 48;
inline constexpr size_t kSignatureSize = 96;
Bytes generate();
Result<Bytes> public_key(BytesView private_key);
Result<Bytes> sign(BytesView private_key, BytesView message);
/// One signature, one key, one message. Malformed points give false.
bool verify(BytesView signature, BytesView public_key, BytesView message);
Result<Bytes> aggregate(std::span<const Bytes> signatures);
/// The aggregate over pairs of message and key; false for mismatched lengths or malformed points. Zero pairs are valid
/// only with the signature of the empty aggregate (the G2 identity).
bool verify_aggregate(BytesView signature, std::span<const Bytes> messages, std::span<const Bytes> public_keys);
/// The aggregate of no signatures.
Bytes empty_aggregate();
}  // namespace bls

namespace drand {
inline constexpr size_t kPublicKeySize = 96;  ///< G2
inline constexpr size_t kSignatureSize = 48;  ///< G1
/// Checks an unchained quicknet round (scheme bls-unchained-g1-rfc9380): signature over sha256(round as 8 bytes
/// big-endian), DST BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_.
bool verify(BytesView public_key, uint64_t round, BytesView signature);
/// For a devnet's own beacon: key pair and rounds of the same scheme. The secret is 32 bytes, big-endian.
Result<Bytes> public_key(BytesView secret);
Result<Bytes> sign(BytesView secret, uint64_t round);
/// The randomness of a round: sha256 of its signature.
Hash256 randomness(BytesView signature);
}  // namespace drand

}  // namespace nelumbo
