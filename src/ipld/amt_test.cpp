#include "ipld/amt.hpp"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>

using namespace nelumbo;

namespace {

using Model = std::map<uint64_t, Bytes>;

/// Indices of all heights, with many neighbours.
uint64_t some_index() {
  int bits = *rc::gen::inRange(0, 64);
  uint64_t base = bits < 40 ? 0 : (uint64_t{1} << bits) - 1;
  return std::min(base + *rc::gen::inRange<uint64_t>(0, 100), Amt::kMaxIndex);
}
Bytes some_value() { return to_cbor(*rc::gen::inRange<uint64_t>(0, 1000)); }

Model content(const Amt& amt) {
  Model out;
  must(amt.for_each([&](uint64_t index, BytesView value) -> Result<> {
    EXPECT_TRUE(out.empty() || out.rbegin()->first < index) << "ascending";
    out.emplace(index, to_bytes(value));
    return {};
  }));
  return out;
}

Cid root_of(const Model& model, AmtVersion version, unsigned bit_width) {
  Amt amt(make_memory_blockstore(), version, bit_width);
  for (auto it = model.rbegin(); it != model.rend(); ++it) must(amt.set(it->first, it->second));
  return must(amt.flush());
}

TEST(Amt, EmptyHasTheKnownRoots) {
  Amt v3(make_memory_blockstore());
  EXPECT_EQ(must(v3.flush()), Cid::of(from_hex("84030000834100"
                                               "8080")
                                          .value()));
  EXPECT_EQ(must(v3.flush()).str(), "bafy2bzacedijw74yui7otvo63nfl3hdq2vdzuy7wx2tnptwed6zml4vvz7wee");
  // The empty message list of every Filecoin block without messages.
  Amt v0(make_memory_blockstore(), AmtVersion::v0);
  EXPECT_EQ(must(v0.flush()).str(), "bafy2bzacedswlcz5ddgqnyo3sak3jmhmkxashisnlpq6ujgyhe4mlobzpnhs6");
}

TEST(Amt, BehavesAsAMapAndItsRootTellsItsContent) {
  EXPECT_TRUE(rc::check([] {
    auto store = make_memory_blockstore();
    auto version = *rc::gen::element(AmtVersion::v0, AmtVersion::v3);
    unsigned bit_width = version == AmtVersion::v0 ? 3 : *rc::gen::inRange(1u, 9u);
    Amt amt(store, version, bit_width);
    Model model;
    int steps = *rc::gen::inRange(1, 150);
    for (int i = 0; i < steps; ++i) {
      auto index = some_index();
      switch (*rc::gen::inRange(0, 8)) {
        case 0:
        case 1:
        case 2:
        case 3: {
          auto value = some_value();
          must(amt.set(index, value));
          model[index] = value;
          break;
        }
        case 4:
        case 5:
          if (!model.empty() && *rc::gen::arbitrary<bool>()) index = std::prev(model.end())->first;
          RC_ASSERT(must(amt.remove(index)) == (model.erase(index) > 0));
          break;
        case 6:
          RC_ASSERT(must(amt.get(index)) == (model.contains(index) ? std::optional(model[index]) : std::nullopt));
          break;
        case 7: {
          auto root = must(amt.flush());
          RC_ASSERT(root == root_of(model, version, bit_width));
          amt = must(Amt::load(store, root, version));
          break;
        }
      }
      RC_ASSERT(amt.count() == model.size());
    }
    RC_ASSERT(content(amt) == model);
    auto root = must(amt.flush());
    RC_ASSERT(root == root_of(model, version, bit_width));
    RC_ASSERT(content(must(Amt::load(store, root, version))) == model);
    for (const auto& [index, value] : model) RC_ASSERT(must(amt_get(*store, root, index, version)) == value);
    RC_ASSERT(must(amt_get(*store, root, 12345678, version)) == must(amt.get(12345678)));
  }));
}

TEST(Amt, ValuesOfAType) {
  Amt amt(make_memory_blockstore());
  must(amt.set_as<std::string>(5, "five"));
  EXPECT_EQ(must(amt.get_as<std::string>(5)), "five");
  EXPECT_EQ(must(amt.get_as<std::string>(6)), std::nullopt);
  EXPECT_FALSE(amt.set(UINT64_MAX, to_cbor(uint64_t{1})));
  EXPECT_FALSE(amt.get(UINT64_MAX));
  EXPECT_FALSE(amt.remove(UINT64_MAX));
  EXPECT_FALSE(must(amt.remove(Amt::kMaxIndex)));
}

TEST(Amt, BadNodesAreRefused) {
  auto store = make_memory_blockstore();
  auto load = [&](std::string_view hex) -> Result<Model> {
    auto data = from_hex(hex).value();
    must(store->put(Cid::of(data), data));
    auto amt = TRY(Amt::load(store, Cid::of(data)));
    return content(amt);
  };
  EXPECT_TRUE(
      load("84030000834100"
           "8080"));
  EXPECT_TRUE(
      load("84030001834101"
           "808101"));
  EXPECT_FALSE(
      load("83000083410080"
           "80"));  // the form of version 0
  EXPECT_FALSE(
      load("84000000834100"
           "8080"));                           // width 0
  EXPECT_FALSE(load("84180900008341008080"));  // width 9
  EXPECT_FALSE(
      load("8403184100834100"
           "8080"));  // height 65
  EXPECT_FALSE(
      load("84030001834103"
           "808101"));  // two bits, one value
  EXPECT_FALSE(
      load("8403000183420100"
           "808101"));  // bitmap too long
  EXPECT_FALSE(
      load("84030101834101"
           "808101"));  // values above the leaves
  EXPECT_EQ(Amt::load(store, Cid::of({})).error().code, ErrorCode::not_found);
  EXPECT_THROW(Amt(store, AmtVersion::v3, 0), std::runtime_error);
}

TEST(Amt, DamagedBytesNeverCrash) {
  EXPECT_TRUE(rc::check([] {
    auto store = make_memory_blockstore();
    Amt amt(store);
    for (uint64_t i = 0; i < 20; ++i) must(amt.set_as(i, i));
    auto data = must(get_block(*store, must(amt.flush())));
    for (int changes = *rc::gen::inRange(1, 4); changes > 0; --changes) {
      data[*rc::gen::inRange<size_t>(0, data.size())] = *rc::gen::arbitrary<uint8_t>();
    }
    auto cid = Cid::of(data);
    must(store->put(cid, data));
    (void)amt_get(*store, cid, *rc::gen::arbitrary<uint64_t>());
    if (auto loaded = Amt::load(store, cid)) {
      (void)loaded->for_each([](uint64_t, BytesView) -> Result<> { return {}; });
      for (uint64_t i = 0; i < 30; ++i) (void)loaded->remove(i);
      (void)loaded->set(*rc::gen::inRange<uint64_t>(0, Amt::kMaxIndex), to_cbor(uint64_t{1}));
      (void)loaded->flush();
    }
  }));
}

}  // namespace
