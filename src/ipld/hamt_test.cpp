#include "ipld/hamt.hpp"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>

using namespace nelumbo;

namespace {

using Model = std::map<Bytes, Bytes>;

/// Few distinct keys, so that operations meet.
Bytes some_key() { return to_bytes("key" + std::to_string(*rc::gen::inRange(0, 400))); }
Bytes some_value() { return to_cbor(*rc::gen::inRange<uint64_t>(0, 1000)); }

Model content(const Hamt& hamt) {
  Model out;
  must(hamt.for_each([&](BytesView key, BytesView value) -> Result<> {
    EXPECT_TRUE(out.emplace(to_bytes(key), to_bytes(value)).second);
    return {};
  }));
  return out;
}

Cid root_of(const Model& model, unsigned bit_width, HamtForm form = HamtForm::bare) {
  Hamt hamt(make_memory_blockstore(), bit_width, form);
  for (const auto& [key, value] : model) must(hamt.set(key, value));
  return must(hamt.flush());
}

TEST(Hamt, EmptyHasTheKnownRoot) {
  // [h'', []]: the empty map of every Filecoin state.
  Hamt hamt(make_memory_blockstore());
  EXPECT_EQ(must(hamt.flush()).str(), Cid::of(from_hex("824080").value()).str());
}

TEST(Hamt, BehavesAsAMapAndItsRootTellsItsContent) {
  EXPECT_TRUE(rc::check([] {
    auto store = make_memory_blockstore();
    unsigned bit_width = *rc::gen::inRange(1u, 9u);
    auto form = *rc::gen::element(HamtForm::bare, HamtForm::map);
    Hamt hamt(store, bit_width, form);
    Model model;
    int steps = *rc::gen::inRange(1, 300);
    for (int i = 0; i < steps; ++i) {
      auto key = some_key();
      switch (*rc::gen::inRange(0, 8)) {
        case 0:
        case 1:
        case 2:
        case 3: {
          auto value = some_value();
          must(hamt.set(key, value));
          model[key] = value;
          break;
        }
        case 4:
        case 5:
          RC_ASSERT(must(hamt.remove(key)) == (model.erase(key) > 0));
          break;
        case 6:
          RC_ASSERT(must(hamt.get(key)) == (model.contains(key) ? std::optional(model[key]) : std::nullopt));
          break;
        case 7: {  // also goes on from what was written
          auto root = must(hamt.flush());
          RC_ASSERT(root == root_of(model, bit_width, model.empty() ? HamtForm::bare : form));
          if (!model.empty()) hamt = must(Hamt::load(store, root, bit_width));
          break;
        }
      }
    }
    RC_ASSERT(content(hamt) == model);
    auto root = must(hamt.flush());
    RC_ASSERT(root == root_of(model, bit_width, form));
    RC_ASSERT(content(must(Hamt::load(store, root, bit_width))) == model);
    for (const auto& [key, value] : model) RC_ASSERT(must(hamt_get(*store, root, key, bit_width)) == value);
    RC_ASSERT(must(hamt_get(*store, root, as_bytes("absent"), bit_width)) == std::nullopt);
  }));
}

TEST(Hamt, EmptiedIsTheEmptyRoot) {
  auto store = make_memory_blockstore();
  Hamt hamt(store);
  auto empty = must(hamt.flush());
  for (uint64_t i = 0; i < 500; ++i) must(hamt.set_as(to_cbor(i), i));
  EXPECT_EQ(must(hamt.get_as<uint64_t>(to_cbor(uint64_t{77}))), 77u);
  EXPECT_NE(must(hamt.flush()), empty);
  for (uint64_t i = 0; i < 500; ++i) EXPECT_TRUE(must(hamt.remove(to_cbor(i))));
  EXPECT_EQ(must(hamt.flush()), empty);
}

TEST(Hamt, SettingTheSameValueWritesNothing) {
  auto store = make_memory_blockstore();
  Hamt hamt(store);
  for (uint64_t i = 0; i < 100; ++i) must(hamt.set_as(to_cbor(i), i));
  auto root = must(hamt.flush());
  auto overlay = std::make_shared<OverlayBlockstore>(store);
  auto again = must(Hamt::load(overlay, root));
  for (uint64_t i = 0; i < 100; ++i) must(again.set_as(to_cbor(i), i));
  EXPECT_EQ(must(again.flush()), root);
}

TEST(Hamt, AnErrorOfTheVisitorEndsTheWalk) {
  Hamt hamt(make_memory_blockstore());
  for (uint64_t i = 0; i < 100; ++i) must(hamt.set_as(to_cbor(i), i));
  must(hamt.flush());
  int seen = 0;
  auto walked = hamt.for_each([&](BytesView, BytesView) -> Result<> {
    if (++seen == 3) return fail(ErrorCode::cancelled, "enough");
    return {};
  });
  EXPECT_EQ(walked.error().code, ErrorCode::cancelled);
  EXPECT_EQ(seen, 3);
}

TEST(Hamt, BadNodesAreRefused) {
  auto store = make_memory_blockstore();
  auto load = [&](std::string_view hex) {
    auto data = from_hex(hex).value();
    must(store->put(Cid::of(data), data));
    return Hamt::load(store, Cid::of(data));
  };
  EXPECT_TRUE(load("824080"));
  EXPECT_TRUE(load("8241018181820141"
                   "0000")
                  .has_value() == false);
  EXPECT_FALSE(load("80"));
  EXPECT_FALSE(load("82410180"));           // a bit without a pointer
  EXPECT_FALSE(load("8240818182410000"));   // a pointer without a bit
  EXPECT_FALSE(load("8241018180"));         // an empty bucket
  EXPECT_TRUE(load("824101818182410000"));  // {00: 0}
  EXPECT_FALSE(
      load("8241018182824100008241000"
           "0"));  // a key twice
  EXPECT_FALSE(
      load("82410181848241000082410100824102008241"
           "0300"));                                 // four in a bucket
  EXPECT_FALSE(load("82450100000000818182410000"));  // a bit beyond the width
  EXPECT_FALSE(
      load("8241018161"
           "61"));  // neither link nor bucket
  EXPECT_FALSE(
      load("82410181a16132818241"
           "0000"));  // neither "0" nor "1"
  EXPECT_EQ(Hamt::load(store, Cid::of({})).error().code, ErrorCode::not_found);
  EXPECT_FALSE(Hamt::load(store, Cid::of({}), 9));
  EXPECT_THROW(Hamt(store, 0), std::runtime_error);
}

TEST(Hamt, DamagedBytesNeverCrash) {
  EXPECT_TRUE(rc::check([] {
    auto store = make_memory_blockstore();
    Hamt hamt(store);
    for (uint64_t i = 0; i < 20; ++i) must(hamt.set_as(to_cbor(i), i));
    auto data = must(get_block(*store, must(hamt.flush())));
    for (int changes = *rc::gen::inRange(1, 4); changes > 0; --changes) {
      data[*rc::gen::inRange<size_t>(0, data.size())] = *rc::gen::arbitrary<uint8_t>();
    }
    auto cid = Cid::of(data);
    must(store->put(cid, data));
    (void)hamt_for_each(*store, cid, [](BytesView, BytesView) -> Result<> { return {}; });
    (void)hamt_get(*store, cid, as_bytes("key"));
    if (auto loaded = Hamt::load(store, cid)) {
      for (uint64_t i = 0; i < 20; ++i) (void)loaded->remove(to_cbor(i));
      (void)loaded->flush();
    }
  }));
}

}  // namespace
