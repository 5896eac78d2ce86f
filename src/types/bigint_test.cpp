#include <gtest/gtest.h>

#include "generators.hpp"
#include "types/json.hpp"

using namespace nelumbo;

namespace {

TEST(BigInt, TextAndBytesRoundTrip) {
  EXPECT_TRUE(rc::check([] {
    auto value = *arbitrary::any_bigint();
    RC_ASSERT(must(parse_bigint(value.str())) == value);
    RC_ASSERT(must(bigint_from_bytes(bigint_bytes(value))) == value);
    RC_ASSERT(must(from_cbor<BigInt>(to_cbor(value))) == value);
    RC_ASSERT(must(from_json<BigInt>(to_json(value))) == value);
  }));
}

TEST(BigInt, BytesAsGoStateTypesWritesThem) {
  EXPECT_EQ(to_hex(bigint_bytes(0)), "");
  EXPECT_EQ(to_hex(bigint_bytes(1)), "0001");
  EXPECT_EQ(to_hex(bigint_bytes(-256)), "010100");
  EXPECT_EQ(to_hex(to_cbor(BigInt("20000000000"))), "460004a817c800");
}

TEST(BigInt, BytesAreBoundedAndSigned) {
  EXPECT_FALSE(bigint_from_bytes(Bytes{2, 1}));
  EXPECT_FALSE(bigint_from_bytes(Bytes(129)));
  EXPECT_TRUE(bigint_from_bytes(Bytes(128)));
  // Forms that Go accepts: leading zeros, and zero with a sign.
  EXPECT_EQ(must(bigint_from_bytes(Bytes{0, 0, 0, 5})), 5);
  EXPECT_EQ(must(bigint_from_bytes(Bytes{1})), 0);
}

TEST(BigInt, TextIsDecimal) {
  EXPECT_EQ(must(parse_bigint("010")), 10);
  EXPECT_EQ(must(parse_bigint("-0")), 0);
  EXPECT_EQ(must(parse_bigint("000")), 0);
  for (auto bad : {"", "-", "+", "0x10", "1 ", " 1", "1.0", "--1", "1e3", "ten"}) {
    EXPECT_FALSE(parse_bigint(bad)) << bad;
  }
  EXPECT_FALSE(parse_bigint(std::string(400, '9')));
}

struct Amount {
  std::string_view atto, full, brief, nano;
};

// Printed by lotus's types.FIL.
constexpr Amount kAmounts[] = {
    {"0", "0 FIL", "0", "0"},
    {"1", "0.000000000000000001 FIL", "1 aFIL", "0.000000001 nFIL"},
    {"-1", "-0.000000000000000001 FIL", "-1 aFIL", "-0.000000001 nFIL"},
    {"1000000000000000000", "1 FIL", "1 FIL", "1000000000 nFIL"},
    {"1500000000000000000", "1.5 FIL", "1.5 FIL", "1500000000 nFIL"},
    {"-2500000000000000001", "-2.500000000000000001 FIL", "-2.5 FIL", "-2500000000.000000001 nFIL"},
    {"999", "0.000000000000000999 FIL", "999 aFIL", "0.000000999 nFIL"},
    {"1500", "0.0000000000000015 FIL", "1.5 fFIL", "0.0000015 nFIL"},
    {"123456789", "0.000000000123456789 FIL", "123.457 pFIL", "0.123456789 nFIL"},
    {"1234567890123456789012345", "1234567.890123456789012345 FIL", "1234567.89 FIL",
     "1234567890123456.789012345 nFIL"},
    {"999999999999999999", "0.999999999999999999 FIL", "1000 mFIL", "999999999.999999999 nFIL"},
    {"100000000000000000", "0.1 FIL", "100 mFIL", "100000000 nFIL"},
};

TEST(Fil, PrintsAsLotus) {
  for (const auto& each : kAmounts) {
    auto amount = must(parse_bigint(each.atto));
    EXPECT_EQ(fil_string(amount), each.full);
    EXPECT_EQ(fil_short(amount), each.brief);
    EXPECT_EQ(fil_nano(amount), each.nano);
  }
}

TEST(Fil, ParsesWhatItPrints) {
  EXPECT_TRUE(rc::check([] {
    TokenAmount amount = *rc::gen::arbitrary<int64_t>();
    amount *= *rc::gen::arbitrary<uint32_t>();
    RC_ASSERT(must(parse_fil(fil_string(amount))) == amount);
    RC_ASSERT(must(parse_fil(amount.str() + " attoFIL")) == amount);
  }));
}

TEST(Fil, ParsesUnits) {
  EXPECT_EQ(must(parse_fil("1")), kAttoPerFil);
  EXPECT_EQ(must(parse_fil(".5")), kAttoPerFil / 2);
  EXPECT_EQ(must(parse_fil("5.")), kAttoPerFil * 5);
  EXPECT_EQ(must(parse_fil("-3fil")), kAttoPerFil * -3);
  EXPECT_EQ(must(parse_fil("0.000000000000000001 FIL")), 1);
  EXPECT_EQ(must(parse_fil("1.50 nanoFIL")), 1'500'000'000);
  EXPECT_EQ(must(parse_fil("5 aFIL")), 5);
  for (auto bad : {"", "x", "1 zfil", "1.2.3", "--1", "1.5 attofil", "1.0000000000000000001", ".", "-"}) {
    EXPECT_FALSE(parse_fil(bad)) << bad;
  }
}

}  // namespace
