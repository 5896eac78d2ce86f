#include "codec/cid.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "codec/base32.hpp"
#include "codec/varint.hpp"

using namespace nelumbo;

namespace {

TEST(Varint, KnownForms) {  // multiformats/unsigned-varint
  auto encoded = [](uint64_t value) {
    Bytes out;
    put_uvarint(out, value);
    return to_hex(out);
  };
  EXPECT_EQ(encoded(1), "01");
  EXPECT_EQ(encoded(127), "7f");
  EXPECT_EQ(encoded(128), "8001");
  EXPECT_EQ(encoded(300), "ac02");
  EXPECT_EQ(encoded(16384), "808001");
}

TEST(Varint, RoundTripsAndRefuses) {
  EXPECT_TRUE(rc::check([](uint64_t value) {
    value >>= 1;
    Bytes out{0xee};
    put_uvarint(out, value);
    size_t position = 1;
    RC_ASSERT(read_uvarint(out, position).value() == value);
    RC_ASSERT(position == out.size());
  }));
  for (auto bad : {"", "80", "8000", "ffffffffffffffffff01"}) {
    auto bytes = from_hex(bad).value();
    size_t position = 0;
    EXPECT_FALSE(read_uvarint(bytes, position)) << bad;
  }
}

TEST(Base32And58, RoundTrip) {
  EXPECT_TRUE(rc::check([](const Bytes& bytes) {
    RC_ASSERT(from_base32(to_base32(bytes)).value() == bytes);
    Bytes shorter(bytes.begin(), bytes.begin() + std::min<size_t>(bytes.size(), 100));
    RC_ASSERT(from_base58(to_base58(shorter)).value() == shorter);
  }));
  EXPECT_EQ(to_base32(as_bytes("foobar")), "mzxw6ytboi");               // RFC 4648 section 10, lower case
  EXPECT_EQ(to_base58(as_bytes("Hello World!")), "2NEpo7TZRRrLZSi2U");  // draft-msporny-base58
  EXPECT_EQ(to_base58(from_hex("0000287fb4cd").value()), "11233QC4");
  EXPECT_FALSE(from_base32("a"));
  EXPECT_FALSE(from_base32("mz1"));
  EXPECT_FALSE(from_base32("MZXW6"));
  EXPECT_FALSE(from_base32("mzxw6ytbof"));  // bits past the end
  EXPECT_FALSE(from_base58("0"));
}

TEST(Cid, KnownTexts) {
  // The CID of an empty dag-cbor array, which Filecoin's states hold many of.
  auto empty = Cid::of(from_hex("80").value());
  EXPECT_EQ(empty.str(), "bafy2bzacebc3bt6cedhoyw34drrmjvazhu4oj25er2ebk4u445pzycvq4ta4a");
  EXPECT_EQ(empty.version(), 1u);
  EXPECT_EQ(empty.codec(), multicodec::kDagCbor);
  EXPECT_EQ(empty.hash_code(), multihash::kBlake2b256);
  EXPECT_EQ(empty.digest().size(), 32u);
  EXPECT_EQ(Cid::parse(empty.str()).value(), empty);

  auto v0 = Cid::parse("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG").value();
  EXPECT_EQ(v0.version(), 0u);
  EXPECT_EQ(v0.codec(), multicodec::kDagProtobuf);
  EXPECT_EQ(v0.str(), "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG");
  EXPECT_EQ(v0.hash().size(), 34u);

  auto z = Cid::parse("z" + to_base58(empty.bytes())).value();
  EXPECT_EQ(z, empty);
  EXPECT_EQ(Cid().str(), "b");
}

TEST(Cid, OfNothing) {  // blake2b-256 of no bytes, also when the view has no address
  EXPECT_EQ(to_hex(Cid::of({}).digest()), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  EXPECT_EQ(Cid::of({}), Cid::of(as_bytes("")));
}

TEST(Cid, RoundTrips) {
  EXPECT_TRUE(rc::check([](uint64_t codec, Bytes digest) {
    codec >>= 1;
    digest.resize(std::min<size_t>(digest.size(), 64));
    auto cid = Cid::make(codec, multihash::kIdentity, digest).value();
    RC_ASSERT(Cid::parse(cid.str()).value() == cid);
    RC_ASSERT(Cid::from_bytes(cid.bytes()).value() == cid);
    RC_ASSERT(cid.codec() == codec);
    RC_ASSERT(std::ranges::equal(cid.digest(), digest));
    Bytes longer = to_bytes(cid.bytes());
    longer.push_back(1);
    RC_ASSERT(!Cid::from_bytes(longer));
    size_t used = 0;
    RC_ASSERT(Cid::read_prefix(longer, used).value() == cid);
    RC_ASSERT(used == cid.bytes().size());
  }));
}

TEST(Cid, AnyBytesGiveACidThatGivesThemBackOrAnError) {
  EXPECT_TRUE(rc::check([](const Bytes& bytes) {
    if (auto cid = Cid::from_bytes(bytes)) RC_ASSERT(std::ranges::equal(cid->bytes(), bytes));
  }));
}

TEST(Cid, BadTextIsRefused) {
  for (auto bad : {"", "b", "bafy", "zzzz", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbd0", "kfoo", "hello world",
                   "bafy2bzacebc3bt6cedhoyw34drrmjvazhu4oj25er2ebk4u445pzycvq4ta4"}) {
    EXPECT_FALSE(Cid::parse(bad)) << bad;
  }
  EXPECT_EQ(Cid::parse(std::string(10000, 'b')).error().code, ErrorCode::exhausted);
  EXPECT_FALSE(Cid::make(multicodec::kRaw, multihash::kIdentity, Bytes(100)));
  // A version 0 CID has no multibase form.
  auto v0 = Cid::parse("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG").value();
  EXPECT_FALSE(Cid::parse("z" + to_base58(v0.bytes())));
}

TEST(Cid, DigestsAreChecked) {
  auto data = as_bytes("data");
  EXPECT_TRUE(check_digest(Cid::of(data, multicodec::kRaw), data));
  EXPECT_EQ(check_digest(Cid::of(data), as_bytes("date")).error().code, ErrorCode::invalid);
  EXPECT_TRUE(check_digest(Cid::make(multicodec::kRaw, multihash::kIdentity, data).value(), data));
  auto sha = Cid::make(multicodec::kRaw, multihash::kSha256,
                       from_hex("3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7").value());
  EXPECT_TRUE(check_digest(sha.value(), data));
  EXPECT_EQ(check_digest(Cid::make(multicodec::kRaw, 0x1e, Bytes(32)).value(), data).error().code,
            ErrorCode::unsupported);
  EXPECT_FALSE(check_digest(Cid(), data));
}

}  // namespace
