#include "walk.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "import_state.hpp"

namespace nelumbo::chain {
namespace {

Cid put(Blockstore& store, const std::vector<Cid>& links, const std::string& text = "") {
  CborWriter writer;
  writer.array(2);
  writer.text(text);
  Cbor<std::vector<Cid>>::put(writer, links);
  Cid cid = Cid::of(writer.out);
  must(store.put(cid, writer.out));
  return cid;
}

TEST(CidSet, RemembersAsASetDoes) {
  EXPECT_TRUE(rc::check([](const std::vector<uint16_t>& numbers) {
    CidSet mine;
    std::set<uint16_t> other;
    for (auto number : numbers) {
      const Cid cid = Cid::of(to_cbor(uint64_t{number}));
      RC_ASSERT(mine.contains(cid) == other.contains(number));
      RC_ASSERT(mine.insert(cid) == other.insert(number).second);
    }
    RC_ASSERT(mine.size() == other.size());
  }));
}

TEST(CidSet, TheCodecCounts) {
  CidSet set;
  const Bytes data{1, 2, 3};
  EXPECT_TRUE(set.insert(Cid::of(data, multicodec::kRaw)));
  EXPECT_FALSE(set.contains(Cid::of(data)));
  EXPECT_TRUE(set.insert(Cid::of(data)));
  EXPECT_FALSE(set.insert(CidSet::key_of(Cid::of(data).digest(), multicodec::kRaw)));
}

TEST(CidSet, HoldsZerosAndNoMoreThanItMay) {
  CidSet set(2);
  EXPECT_FALSE(set.contains(CidSet::Key{}));
  EXPECT_TRUE(set.insert(CidSet::Key{}));
  EXPECT_FALSE(set.insert(CidSet::Key{}));
  EXPECT_TRUE(set.insert(CidSet::Key{5, 5}));
  EXPECT_TRUE(set.insert(CidSet::Key{6, 6}));
  EXPECT_TRUE(set.insert(CidSet::Key{6, 6}));
  EXPECT_EQ(set.size(), 2u);
}

TEST(DagWalk, DepthFirstEachOnce) {
  auto store = make_memory_blockstore();
  auto raw = Cid::of(as_bytes("leaf"), multicodec::kRaw);
  must(store->put(raw, as_bytes("leaf")));
  auto commitment = must(Cid::make(multicodec::kCommSealed, multihash::kPoseidonBls12381A1Fc1, Bytes(32, 1)));
  auto a = put(*store, {raw, commitment}, "a"), b = put(*store, {a, raw}, "b");
  auto root = put(*store, {b, a, raw}, "root");
  CidSet seen;
  DagWalk walk(*store, seen);
  std::vector<Cid> order;
  double last = 0;
  must(walk.walk(root, Missing::error, [&](const Cid& cid, BytesView) -> Result<> {
    order.push_back(cid);
    EXPECT_GE(walk.done(), last);
    last = walk.done();
    return {};
  }));
  EXPECT_EQ(order, (std::vector<Cid>{root, b, a, raw}));
  EXPECT_NEAR(walk.done(), 1, 1e-9);
  order.clear();
  must(walk.walk(root, Missing::error, [&](const Cid& cid, BytesView) -> Result<> {
    order.push_back(cid);
    return {};
  }));
  EXPECT_TRUE(order.empty());
}

TEST(DagWalk, WhatIsMissingIsNamedOrLeftOut) {
  auto store = make_memory_blockstore();
  auto gone = Cid::of(as_bytes("gone"));
  auto there = put(*store, {}, "there"), root = put(*store, {gone, there});
  size_t visited = 0;
  auto count = [&](const Cid&, BytesView) -> Result<> {
    ++visited;
    return {};
  };
  CidSet one, two;
  auto failed = DagWalk(*store, one).walk(root, Missing::error, count);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find(gone.str()), std::string::npos);
  visited = 0;
  must(DagWalk(*store, two).walk(root, Missing::leave_out, count));
  EXPECT_EQ(visited, 2u);
}

TEST(StateWatch, NoticesWhatIsMissingInAnyOrder) {
  EXPECT_TRUE(rc::check([] {
    // A random DAG, shuffled, perhaps with one block left out.
    auto all = make_memory_blockstore();
    std::vector<Cid> cids;
    const auto size = *rc::gen::inRange<size_t>(1, 20);
    for (size_t i = 0; i < size; ++i) {
      std::vector<Cid> links;
      for (const auto& cid : cids) {
        if (*rc::gen::inRange(0, 3) == 0) links.push_back(cid);
      }
      cids.push_back(put(*all, links, std::to_string(i)));
    }
    const Cid root = put(*all, cids, "root");
    cids.push_back(root);
    auto order = cids;
    std::shuffle(order.begin(), order.end(), std::mt19937(*rc::gen::arbitrary<uint32_t>()));
    const bool whole = *rc::gen::arbitrary<bool>();
    if (!whole) order.pop_back();
    auto store = make_memory_blockstore();
    StateWatch watch(*rc::gen::arbitrary<bool>());
    watch.add_root(root);
    for (const auto& cid : order) {
      auto data = must(get_block(*all, cid));
      must(store->put(cid, data));
      must(watch.take(cid, data));
    }
    RC_ASSERT(watch.finish(*store, [] { return Result<>(); }).has_value() == whole);
  }));
}

}  // namespace
}  // namespace nelumbo::chain
