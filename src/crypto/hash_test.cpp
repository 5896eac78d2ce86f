#include "crypto/hash.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "crypto/uuid.hpp"

using namespace nelumbo;

namespace {

TEST(Hash, Blake2b) {  // RFC 7693, digests of 32 bytes as the reference implementation gives them
  EXPECT_EQ(to_hex(blake2b_256({})), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  EXPECT_EQ(to_hex(blake2b_256(as_bytes("abc"))), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST(Hash, ShorterDigestsAreTheirOwnFunctions) {
  auto full = blake2b_256(as_bytes("abc"));
  auto short_20 = blake2b_160(as_bytes("abc"));
  EXPECT_FALSE(std::equal(short_20.begin(), short_20.end(), full.begin()));
  EXPECT_EQ(to_hex(short_20), "384264f676f39536840523f284921cdc68b6846b");
  EXPECT_EQ(to_hex(blake2b_32(as_bytes("abc"))), "63906248");
}

TEST(Hash, Sha256) {  // FIPS 180-4 examples
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hash, Keccak256IsEthereums) {
  EXPECT_EQ(to_hex(keccak_256({})), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  EXPECT_EQ(to_hex(keccak_256(as_bytes("abc"))), "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
}

TEST(Hash, HmacSha256) {  // RFC 4231, test case 2
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  // An empty key is a key of zeros, whatever was hashed before.
  EXPECT_EQ(to_hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hash, RandomBytesDiffer) {
  EXPECT_EQ(random_bytes(0).size(), 0u);
  EXPECT_EQ(random_bytes(33).size(), 33u);
  EXPECT_NE(random_bytes(32), random_bytes(32));
}

TEST(Uuid, NamedOnesAreTheSameForTheSameName) {
  const auto shape = [](const std::string& uuid, char version) {
    return uuid.size() == 36 && uuid[8] == '-' && uuid[13] == '-' && uuid[14] == version && uuid[18] == '-' &&
           std::string("89ab").find(uuid[19]) != std::string::npos && uuid[23] == '-';
  };
  EXPECT_TRUE(shape(named_uuid(as_bytes("a")), '8')) << named_uuid(as_bytes("a"));
  EXPECT_EQ(named_uuid(as_bytes("a")), named_uuid(as_bytes("a")));
  EXPECT_NE(named_uuid(as_bytes("a")), named_uuid(as_bytes("b")));
  EXPECT_TRUE(shape(new_uuid(), '4'));
  EXPECT_NE(new_uuid(), new_uuid());
}

TEST(Hash, ConstantTimeComparisonIsEquality) {
  EXPECT_TRUE(rc::check([](const Bytes& a, const Bytes& b) {
    RC_ASSERT(equal_constant_time(a, b) == (a == b));
    RC_ASSERT(equal_constant_time(a, a));
  }));
}

}  // namespace
