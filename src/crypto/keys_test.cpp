#include "crypto/keys.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

using namespace nelumbo;

namespace {

Bytes key_of(uint8_t last) {
  Bytes key(32);
  key.back() = last;
  return key;
}

TEST(Secp256k1, PublicKeyOfOneIsTheGenerator) {
  EXPECT_EQ(to_hex(must(secp256k1::public_key(key_of(1)))),
            "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
            "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8");
}

TEST(Secp256k1, SignsDeterministically) {  // the RFC 6979 vector of secp256k1 that Bitcoin's libraries share
  auto signature = must(secp256k1::sign_digest(key_of(1), sha256(as_bytes("Satoshi Nakamoto"))));
  EXPECT_EQ(to_hex(BytesView(signature).first(64)),
            "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
            "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5");
}

TEST(Secp256k1, RecoversTheSigner) {
  EXPECT_TRUE(rc::check([](const Bytes& message) {
    auto key = secp256k1::generate();
    auto digest = sha256(message);
    auto signature = must(secp256k1::sign_digest(key, digest));
    RC_ASSERT(must(secp256k1::recover(digest, signature)) == must(secp256k1::public_key(key)));
    auto other = signature;
    other[*rc::gen::inRange<size_t>(0, 64)] ^= static_cast<uint8_t>(*rc::gen::inRange(1, 256));
    auto recovered = secp256k1::recover(digest, other);
    // In brackets: RC_ASSERT evaluates both sides of a bare || or &&.
    RC_ASSERT((!recovered || *recovered != must(secp256k1::public_key(key))));
  }));
}

TEST(Secp256k1, RefusesBadInput) {
  auto order = must(from_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
  for (const auto& key : {Bytes(), Bytes(31), Bytes(32), Bytes(33), order}) {
    EXPECT_FALSE(secp256k1::public_key(key));
    EXPECT_FALSE(secp256k1::sign_digest(key, Hash256{}));
  }
  Bytes signature(65, 1);
  signature.back() = 4;
  EXPECT_FALSE(secp256k1::recover(Hash256{}, signature));
  EXPECT_FALSE(secp256k1::recover(Hash256{}, Bytes(64, 1)));
  EXPECT_FALSE(secp256k1::recover(Hash256{}, Bytes(65)));
}

TEST(Bls, SignsAndVerifies) {
  auto key = bls::generate();
  auto public_key = must(bls::public_key(key));
  auto signature = must(bls::sign(key, as_bytes("lotus")));
  EXPECT_EQ(public_key.size(), bls::kPublicKeySize);
  EXPECT_EQ(signature.size(), bls::kSignatureSize);
  EXPECT_TRUE(bls::verify(signature, public_key, as_bytes("lotus")));
  EXPECT_FALSE(bls::verify(signature, public_key, as_bytes("lotos")));
  signature[5] ^= 1;
  EXPECT_FALSE(bls::verify(signature, public_key, as_bytes("lotus")));
  EXPECT_FALSE(bls::verify({}, public_key, as_bytes("lotus")));
  EXPECT_FALSE(bls::verify(signature, {}, as_bytes("lotus")));
}

TEST(Bls, Aggregates) {
  std::vector<Bytes> signatures, messages, keys;
  for (uint8_t i = 0; i < 4; ++i) {
    auto key = bls::generate();
    keys.push_back(must(bls::public_key(key)));
    messages.push_back({i, 7});
    signatures.push_back(must(bls::sign(key, messages.back())));
  }
  auto whole = must(bls::aggregate(signatures));
  EXPECT_TRUE(bls::verify_aggregate(whole, messages, keys));
  std::swap(messages[0], messages[1]);
  EXPECT_FALSE(bls::verify_aggregate(whole, messages, keys));
  keys.pop_back();
  EXPECT_FALSE(bls::verify_aggregate(whole, messages, keys));
  EXPECT_TRUE(bls::verify_aggregate(bls::empty_aggregate(), {}, {}));
  EXPECT_FALSE(bls::verify_aggregate(whole, {}, {}));
  EXPECT_EQ(must(bls::aggregate({})), bls::empty_aggregate());
}

TEST(Bls, RefusesBadKeys) {
  EXPECT_FALSE(bls::public_key(Bytes(31, 1)));
  EXPECT_FALSE(bls::sign(Bytes(32, 0xff), as_bytes("x")));
  std::vector<Bytes> bad{Bytes(96, 0xff)};
  EXPECT_FALSE(bls::aggregate(bad));
}

TEST(Drand, VerifiesARoundOfQuicknet) {  // round 1000 of the public network, as its HTTP API gives it
  auto key =
      must(from_hex("83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064"
                    "510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ec"
                    "e45a"));
  auto signature =
      must(from_hex("b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63"
                    "ed5e39"));
  EXPECT_TRUE(drand::verify(key, 1000, signature));
  EXPECT_FALSE(drand::verify(key, 1001, signature));
  EXPECT_EQ(to_hex(drand::randomness(signature)), "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd");
  signature[3] ^= 1;
  EXPECT_FALSE(drand::verify(key, 1000, signature));
}

TEST(Drand, OwnBeaconVerifies) {
  auto secret = sha256(as_bytes("a devnet's beacon"));
  secret[0] = 1;  // below the group's order
  auto key = must(drand::public_key(secret));
  EXPECT_EQ(key.size(), drand::kPublicKeySize);
  for (uint64_t round : {uint64_t{1}, uint64_t{2}, uint64_t{1} << 40}) {
    auto signature = must(drand::sign(secret, round));
    EXPECT_TRUE(drand::verify(key, round, signature));
    EXPECT_FALSE(drand::verify(key, round + 1, signature));
  }
}

}  // namespace
