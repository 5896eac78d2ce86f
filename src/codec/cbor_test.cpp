#include "codec/cbor.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "codec/json.hpp"

using namespace nelumbo;

namespace {

struct Inner {
  uint64_t number = 0;
  Bytes data;
  static constexpr auto fields = nelumbo::fields(field("Number", &Inner::number), field("Data", &Inner::data));
  friend bool operator==(const Inner&, const Inner&) = default;
};
struct Outer {
  int64_t sign = 0;
  std::string name;
  bool flag = false;
  std::vector<Inner> list;
  std::optional<Cid> link;
  std::array<uint8_t, 4> fixed{};
  static constexpr auto fields =
      nelumbo::fields(field("Sign", &Outer::sign), field("Name", &Outer::name), field("Flag", &Outer::flag),
                      field("List", &Outer::list), field("Link", &Outer::link), field("Fixed", &Outer::fixed));
  friend bool operator==(const Outer&, const Outer&) = default;
};

Bytes hex(std::string_view text) { return from_hex(text).value(); }

rc::Gen<Outer> outers() {
  return rc::gen::exec([] {
    Outer o;
    o.sign = *rc::gen::arbitrary<int64_t>();
    o.name = *rc::gen::container<std::string>(rc::gen::inRange<char>('a', 'z'));
    o.flag = *rc::gen::arbitrary<bool>();
    o.list = *rc::gen::container<std::vector<Inner>>(rc::gen::exec([] {
      return Inner{*rc::gen::arbitrary<uint64_t>(), *rc::gen::arbitrary<Bytes>()};
    }));
    if (*rc::gen::arbitrary<bool>()) o.link = Cid::of(*rc::gen::arbitrary<Bytes>());
    o.fixed = *rc::gen::arbitrary<std::array<uint8_t, 4>>();
    return o;
  });
}

TEST(CborWriter, KnownForms) {  // RFC 8949 appendix A
  auto uint_form = [](uint64_t v) { return to_hex(to_cbor(v)); };
  EXPECT_EQ(uint_form(0), "00");
  EXPECT_EQ(uint_form(23), "17");
  EXPECT_EQ(uint_form(24), "1818");
  EXPECT_EQ(uint_form(1000), "1903e8");
  EXPECT_EQ(uint_form(1000000), "1a000f4240");
  EXPECT_EQ(uint_form(18446744073709551615u), "1bffffffffffffffff");
  EXPECT_EQ(to_hex(to_cbor(int64_t{-1})), "20");
  EXPECT_EQ(to_hex(to_cbor(int64_t{-1000})), "3903e7");
  EXPECT_EQ(to_hex(to_cbor(INT64_MIN)), "3b7fffffffffffffff");
  EXPECT_EQ(to_hex(to_cbor(std::string("IETF"))), "6449455446");
  EXPECT_EQ(to_hex(to_cbor(hex("01020304"))), "4401020304");
  EXPECT_EQ(to_hex(to_cbor(std::optional<uint64_t>())), "f6");
  EXPECT_EQ(to_hex(to_cbor(true)), "f5");
  EXPECT_EQ(to_hex(to_cbor(Cid::of({}, multicodec::kRaw))).substr(0, 10), "d82a582700");
  EXPECT_THROW(to_cbor(Cid()), std::logic_error);
}

TEST(Cbor, StructsRoundTripThroughCborAndJson) {
  EXPECT_TRUE(rc::check([] {
    auto value = *outers();
    auto encoded = to_cbor(value);
    RC_ASSERT(from_cbor<Outer>(encoded).value() == value);
    RC_ASSERT(must(CborReader(encoded).raw()).size() == encoded.size());
    // Every proper prefix is cut off, whatever it holds.
    size_t cut = *rc::gen::inRange<size_t>(0, encoded.size());
    RC_ASSERT(!from_cbor<Outer>(BytesView(encoded).first(cut)));
    RC_ASSERT(!CborReader(BytesView(encoded).first(cut)).raw());
    encoded.push_back(0);
    RC_ASSERT(!from_cbor<Outer>(encoded));
  }));
}

TEST(Cbor, WhatIsReadIsWrittenTheSame) {
  // Strictness: an accepted encoding is the only one of its value.
  EXPECT_TRUE(rc::check([] {
    auto encoded = to_cbor(*outers());
    for (int changes = *rc::gen::inRange(1, 4); changes > 0; --changes) {
      encoded[*rc::gen::inRange<size_t>(0, encoded.size())] = *rc::gen::arbitrary<uint8_t>();
    }
    if (auto value = from_cbor<Outer>(encoded)) RC_ASSERT(to_cbor(*value) == encoded);
  }));
}

TEST(CborReader, IntegersAtTheirBounds) {
  EXPECT_EQ(from_cbor<int64_t>(hex("3b7fffffffffffffff")).value(), INT64_MIN);
  EXPECT_FALSE(from_cbor<int64_t>(hex("3b8000000000000000")));
  EXPECT_FALSE(from_cbor<int64_t>(hex("1b8000000000000000")));
  EXPECT_FALSE(from_cbor<uint64_t>(hex("20")));
  EXPECT_FALSE(from_cbor<uint8_t>(hex("190100")));
  EXPECT_EQ(from_cbor<uint8_t>(hex("18ff")).value(), 255);
  EXPECT_FALSE(from_cbor<int8_t>(hex("1880")));
}

TEST(CborReader, RefusesWhatDagCborForbids) {
  for (auto bad : {"1800",
                   "190001",
                   "1a00000001",
                   "1b0000000000000001",  // not minimal
                   "5f4100ff",
                   "9f00ff",
                   "bf6000ff",
                   "7f6000ff",  // indefinite
                   "f90000",
                   "fa00000000",
                   "fb0000000000000000",  // floats
                   "f7",
                   "f0",
                   "f820",
                   "ff",  // undefined, unassigned, break
                   "1c",
                   "1d",
                   "1e",
                   "1f",  // reserved
                   "c000",
                   "d82b4100",  // tags
                   "d82a4101",
                   "d82a40",
                   "d82a00",  // links without the zero byte
                   "",
                   "18",
                   "41",
                   "8100ff",
                   "81",
                   "a100"}) {
    auto bytes = hex(bad);
    CborReader whole(bytes);
    auto item = whole.raw();
    EXPECT_FALSE(item && whole.finish()) << bad;
  }
}

TEST(CborReader, BoundsHold) {
  auto claims = hex("9affffffff");
  EXPECT_FALSE((from_cbor<std::vector<uint64_t>>(claims)));
  EXPECT_EQ((from_cbor<std::vector<uint64_t>>(claims).error().code), ErrorCode::exhausted);
  EXPECT_FALSE((from_cbor<std::vector<uint64_t>>(hex("991000"))));
  EXPECT_FALSE(CborReader(claims).raw());
  auto long_bytes = hex("5affffffff");
  EXPECT_FALSE(from_cbor<Bytes>(long_bytes));
  EXPECT_FALSE(CborReader(long_bytes).raw());
  Bytes nest(200, 0x81);
  nest.push_back(0);
  EXPECT_FALSE(CborReader(nest).raw());
  EXPECT_TRUE(CborReader(nest, {.max_depth = 200}).raw());
}

TEST(CborReader, ErrorsSayWhatWasExpected) {
  auto error = from_cbor<Inner>(hex("826000"));
  EXPECT_EQ(error.error().message, "Number: expected an unsigned integer in CBOR, got a text");
  EXPECT_EQ(from_cbor<Inner>(hex("8100")).error().message, "CBOR array of 1 items, expected 2");
}

TEST(Json, ParsesAndRefuses) {
  EXPECT_EQ(parse_json(R"({"a":[1,2,"x\"]["]})").value()["a"][2], "x\"][");
  EXPECT_EQ(parse_json("{").error().code, ErrorCode::invalid);
  EXPECT_EQ(parse_json("").error().code, ErrorCode::invalid);
  EXPECT_EQ(parse_json("{} x").error().code, ErrorCode::invalid);
  EXPECT_EQ(parse_json(std::string(100000, '[')).error().code, ErrorCode::exhausted);
  EXPECT_FALSE(parse_json("\"\xff\""));
}

TEST(Json, StructsInLotusShapes) {
  Outer o{.sign = -1, .name = "n", .list = {{7, {1, 2}}}, .link = Cid::of({}), .fixed = {1, 2, 3, 4}};
  auto json = to_json(o.list[0]);
  EXPECT_EQ(json.dump(), R"({"Number":7,"Data":"AQI="})");
  EXPECT_EQ(from_json<Inner>(json).value(), o.list[0]);
  EXPECT_EQ(to_json(o.link)["/"], o.link->str());
  EXPECT_FALSE(from_json<Inner>(parse_json(R"({"Number":"7"})").value()));
  EXPECT_FALSE(from_json<Inner>(parse_json("[]").value()));
}

}  // namespace
