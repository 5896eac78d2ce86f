#include <memory>

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include "crypto/keys.hpp"

namespace nelumbo::secp256k1 {

namespace {

/// One context for the process, blinded once; libsecp256k1 allows its shared use for everything but randomising.
const secp256k1_context* context() {
  struct Free {
    void operator()(secp256k1_context* c) const { secp256k1_context_destroy(c); }
  };
  static const std::unique_ptr<secp256k1_context, Free> shared = [] {
    std::unique_ptr<secp256k1_context, Free> made(
        secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY));
    Bytes seed = random_bytes(32);
    if (!made || secp256k1_context_randomize(made.get(), seed.data()) != 1) {
      throw std::runtime_error("secp256k1: no context");
    }
    return made;
  }();
  return shared.get();
}

Result<> check_private_key(BytesView key) {
  if (key.size() != kPrivateKeySize) {
    return fail(ErrorCode::invalid, "secp256k1 private key of {} bytes, expected {}", key.size(), kPrivateKeySize);
  }
  if (secp256k1_ec_seckey_verify(context(), key.data()) != 1) {
    return fail(ErrorCode::invalid, "secp256k1 private key out of range");
  }
  return {};
}

Bytes serialized(const secp256k1_pubkey& key) {
  Bytes out(kPublicKeySize);
  size_t size = out.size();
  secp256k1_ec_pubkey_serialize(context(), out.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED);
  return out;
}

}  // namespace

Bytes generate() {
  for (;;) {
    Bytes key = random_bytes(kPrivateKeySize);
    if (check_private_key(key)) return key;
  }
}

Result<Bytes> public_key(BytesView private_key) {
  TRY(check_private_key(private_key));
  secp256k1_pubkey key;
  if (secp256k1_ec_pubkey_create(context(), &key, private_key.data()) != 1) {
    return fail(ErrorCode::invalid, "secp256k1 private key out of range");
  }
  return serialized(key);
}

Result<Bytes> sign_digest(BytesView private_key, const Hash256& digest) {
  TRY(check_private_key(private_key));
  secp256k1_ecdsa_recoverable_signature signature;
  if (secp256k1_ecdsa_sign_recoverable(context(), &signature, digest.data(), private_key.data(), nullptr, nullptr) !=
      1) {
    return fail(ErrorCode::failed, "secp256k1 signing failed");
  }
  Bytes out(kSignatureSize);
  int recovery_id = 0;
  secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), out.data(), &recovery_id, &signature);
  out.back() = static_cast<uint8_t>(recovery_id);
  return out;
}

Result<Bytes> recover(const Hash256& digest, BytesView signature) {
  if (signature.size() != kSignatureSize) {
    return fail(ErrorCode::invalid, "secp256k1 signature of {} bytes, expected {}", signature.size(), kSignatureSize);
  }
  if (signature.back() > 3)
    return fail(ErrorCode::invalid, "secp256k1 signature with recovery id {}", signature.back());
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_pubkey key;
  bool ok = secp256k1_ecdsa_recoverable_signature_parse_compact(context(), &parsed, signature.data(),
                                                                signature.back()) == 1 &&
            secp256k1_ecdsa_recover(context(), &key, &parsed, digest.data()) == 1;
  if (!ok) return fail(ErrorCode::invalid, "secp256k1 signature from which no key can be recovered");
  return serialized(key);
}

}  // namespace nelumbo::secp256k1
