#include "crypto/hash.hpp"

#include <blake2.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

namespace nelumbo {

namespace {

template <size_t N>
std::array<uint8_t, N> blake2b_of(BytesView data) {
  std::array<uint8_t, N> digest;
  if (::blake2b(digest.data(), data.data(), nullptr, N, data.size(), 0) != 0) {
    throw std::runtime_error("blake2b failed");
  }
  return digest;
}

}  // namespace

Hash256 blake2b_256(BytesView data) { return blake2b_of<32>(data); }
std::array<uint8_t, 20> blake2b_160(BytesView data) { return blake2b_of<20>(data); }
std::array<uint8_t, 4> blake2b_32(BytesView data) { return blake2b_of<4>(data); }

Hash256 sha256(BytesView data) {
  Hash256 digest;
  ::SHA256(data.data(), data.size(), digest.data());
  return digest;
}

Hash256 hmac_sha256(BytesView key, BytesView data) {
  Hash256 digest;
  unsigned size = 0;
  // OpenSSL takes a null key for "the same key as before", which an empty key must not mean.
  static constexpr uint8_t kEmpty = 0;
  const void* key_data = key.empty() ? &kEmpty : key.data();
  if (::HMAC(::EVP_sha256(), key_data, static_cast<int>(key.size()), data.data(), data.size(), digest.data(), &size) ==
      nullptr) {
    throw std::runtime_error("HMAC-SHA256 failed");
  }
  return digest;
}

Bytes random_bytes(size_t count) {
  Bytes out(count);
  if (count > 0 && ::RAND_bytes(out.data(), static_cast<int>(count)) != 1) {
    throw std::runtime_error("the system gives no random bytes");
  }
  return out;
}

bool equal_constant_time(BytesView a, BytesView b) {
  return a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace nelumbo
