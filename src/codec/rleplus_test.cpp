#include "codec/rleplus.hpp"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

using namespace nelumbo;

namespace {

BitField field_of(const std::set<uint64_t>& values) { return BitField::from_values({values.begin(), values.end()}); }
std::set<uint64_t> set_of(const BitField& field) {
  auto values = field.values().value();
  return {values.begin(), values.end()};
}
/// Sets with runs of all lengths: small steps between values.
rc::Gen<std::set<uint64_t>> sets() {
  return rc::gen::map(rc::gen::container<std::vector<uint8_t>>(rc::gen::arbitrary<uint8_t>()), [](const auto& steps) {
    std::set<uint64_t> out;
    uint64_t value = 0;
    for (uint8_t step : steps) {
      value += step < 200 ? step % 3 : step * uint64_t{97};
      out.insert(value);
    }
    return out;
  });
}

/// Bits in text, first bit first, to bytes.
Bytes bits(std::string_view text) {
  Bytes out((text.size() + 7) / 8, 0);
  for (size_t i = 0; i < text.size(); ++i) out[i / 8] |= static_cast<uint8_t>((text[i] - '0') << (i % 8));
  return out;
}

TEST(BitField, KnownEncodings) {
  EXPECT_EQ(to_hex(BitField().encode()), "");
  EXPECT_EQ(BitField::from_values({0}).encode(), bits("0011"));
  EXPECT_EQ(BitField::from_values({1}).encode(), bits("00011"));
  EXPECT_EQ(BitField::from_ranges({{0, 8}}).encode(), bits("001"
                                                           "01"
                                                           "0001"));
  EXPECT_EQ(BitField::from_ranges({{0, 147}}).encode(), bits("001"
                                                             "00"
                                                             "11001001"
                                                             "100"));
  EXPECT_EQ(BitField::from_ranges({{0, UINT64_MAX}}).encode().size(), 10u);
}

TEST(BitField, RoundTrips) {
  EXPECT_TRUE(rc::check([] {
    auto values = *sets();
    auto field = field_of(values);
    RC_ASSERT(set_of(field) == values);
    RC_ASSERT(field.count() == values.size());
    RC_ASSERT(BitField::decode(field.encode()).value() == field);
    for (uint64_t v : values) RC_ASSERT(field.contains(v));
  }));
  auto all = BitField::from_ranges({{0, UINT64_MAX}});
  EXPECT_EQ(BitField::decode(all.encode()).value(), all);
  EXPECT_EQ(all.last().value(), UINT64_MAX - 1);
  EXPECT_EQ(all.values().error().code, ErrorCode::exhausted);
}

TEST(BitField, AnyBytesAreRefusedOrTheCanonicalForm) {
  EXPECT_TRUE(rc::check([](const Bytes& bytes) {
    if (auto field = BitField::decode(bytes)) RC_ASSERT(field->encode() == bytes);
  }));
}

TEST(BitField, SetsBehaveAsSets) {
  EXPECT_TRUE(rc::check([] {
    auto a = *sets();
    auto b = *sets();
    std::set<uint64_t> either = a, both, only_a;
    either.insert(b.begin(), b.end());
    std::ranges::set_intersection(a, b, std::inserter(both, both.end()));
    std::ranges::set_difference(a, b, std::inserter(only_a, only_a.end()));
    RC_ASSERT((field_of(a) | field_of(b)) == field_of(either));
    RC_ASSERT((field_of(a) & field_of(b)) == field_of(both));
    RC_ASSERT((field_of(a) - field_of(b)) == field_of(only_a));
    uint64_t value = *rc::gen::inRange<uint64_t>(0, 300);
    auto changed = field_of(a);
    changed.set(value);
    RC_ASSERT(changed.contains(value));
    changed.unset(value);
    RC_ASSERT(!changed.contains(value));
    a.erase(value);
    RC_ASSERT(changed == field_of(a));
  }));
}

TEST(BitField, BadEncodingsAreRefused) {
  EXPECT_FALSE(BitField::decode(bits("10")));   // version
  EXPECT_FALSE(BitField::decode(bits("00")));   // a zero byte
  EXPECT_FALSE(BitField::decode(bits("001")));  // no run at all, but a first bit
  EXPECT_FALSE(
      BitField::decode(bits("00101"
                            "1000")));  // a short block for 1
  EXPECT_FALSE(
      BitField::decode(bits("00100"
                            "11110000")));       // a long block for 15
  EXPECT_FALSE(BitField::decode(bits("0001")));  // ends with zeros
  EXPECT_FALSE(
      BitField::decode(bits("00100"
                            "00001001"
                            "10000000")));  // cut short of what it says: bit 7 of 0x90
  Bytes overflow = bits(
      "00000"
      "11111111"
      "11111111"
      "11111111"
      "11111111"
      "11111111"
      "11111111"
      "11111111"
      "11111111"
      "11111111"
      "10000000"
      "00"
      "11111111"
      "11111111"
      "11111111"
      "11111111"
      "11111111"
      "11111111"
      "11111111"
      "11111111"
      "11111111"
      "10000000");
  EXPECT_FALSE(BitField::decode(overflow));
  EXPECT_EQ(BitField::decode(Bytes(BitField::kMaxEncoded + 1, 1)).error().code, ErrorCode::exhausted);
  EXPECT_FALSE(BitField().first());
  EXPECT_THROW(BitField().set(UINT64_MAX), std::out_of_range);
}

}  // namespace
