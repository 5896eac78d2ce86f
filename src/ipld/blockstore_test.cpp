#include "ipld/blockstore.hpp"

#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/temporary_folder.hpp"
#include "ipld/kv_store.hpp"

using namespace nelumbo;

namespace {

Block raw_block(std::string_view text) { return {Cid::of(as_bytes(text), multicodec::kRaw), to_bytes(text)}; }

/// A dag-cbor block of these links.
Block node_of(const std::vector<Cid>& links) {
  auto data = to_cbor(links);
  return {Cid::of(data), data};
}

void check_as_a_store(Blockstore& store) {
  auto a = raw_block("a");
  EXPECT_FALSE(must(store.has(a.cid)));
  EXPECT_EQ(must(store.get(a.cid)), std::nullopt);
  EXPECT_EQ(must(store.get_shared(a.cid)), nullptr);
  EXPECT_EQ(get_block(store, a.cid).error().code, ErrorCode::not_found);
  must(store.put(a.cid, a.data));
  EXPECT_TRUE(must(store.has(a.cid)));
  EXPECT_EQ(must(store.get(a.cid)), a.data);
  EXPECT_EQ(*must(store.get_shared(a.cid)), a.data);
  // The same multihash under another codec is the same block.
  EXPECT_EQ(must(store.get(Cid::of(as_bytes("a"), multicodec::kDagCbor))), a.data);
  std::vector<Block> more{raw_block("b"), raw_block("c")};
  must(store.put_many(more));
  EXPECT_EQ(must(store.get(more[1].cid)), more[1].data);
  auto inlined = must(Cid::make(multicodec::kRaw, multihash::kIdentity, as_bytes("inside")));
  EXPECT_EQ(must(store.get(inlined)), to_bytes("inside"));
  EXPECT_TRUE(must(store.has(inlined)));
  must(store.put(inlined, as_bytes("inside")));
}

TEST(Blockstore, AllKindsBehaveAlike) {
  TemporaryFolder folder;
  check_as_a_store(*make_memory_blockstore());
  OverlayBlockstore overlay(make_memory_blockstore());
  check_as_a_store(overlay);
  check_as_a_store(*make_cached_blockstore(make_memory_blockstore(), 1 << 20));
  check_as_a_store(*make_cached_blockstore(make_memory_blockstore(), 0));
  check_as_a_store(*make_kv_blockstore(must(KvStore::open(folder.path(), {"blocks"})), "blocks"));
}

TEST(Blockstore, ObjectsRoundTrip) {
  auto store = make_memory_blockstore();
  std::vector<uint64_t> value{1, 2, 3};
  auto cid = must(put_cbor(*store, value));
  EXPECT_EQ(must(get_cbor<std::vector<uint64_t>>(*store, cid)), value);
  EXPECT_FALSE(get_cbor<std::string>(*store, cid));
}

TEST(Links, AreFoundInOrder) {
  auto a = raw_block("a").cid, b = raw_block("b").cid;
  CborWriter writer;
  writer.array(3);
  writer.cid(a);
  writer.map(1);
  writer.text("x");
  writer.array(2);
  writer.cid(b);
  writer.bytes(as_bytes("x"));
  writer.cid(a);
  std::vector<Cid> found;
  must(for_each_link(writer.out, [&](const Cid& cid) -> Result<> {
    found.push_back(cid);
    return {};
  }));
  EXPECT_EQ(found, (std::vector{a, b, a}));
  writer.out.push_back(0);
  EXPECT_FALSE(for_each_link(writer.out, [](const Cid&) -> Result<> { return {}; }));
  EXPECT_FALSE(for_each_link(Bytes{0x9a, 0xff, 0xff, 0xff, 0xff}, [](const Cid&) -> Result<> { return {}; }));
}

TEST(Overlay, FlushReachableWritesTheTreeAndForgetsTheRest) {
  auto below = make_memory_blockstore();
  OverlayBlockstore overlay(below);
  auto leaf = raw_block("leaf");
  auto inner = node_of({leaf.cid});
  auto commitment = must(Cid::make(multicodec::kCommSealed, multihash::kPoseidonBls12381A1Fc1, Bytes(32, 1)));
  auto inlined = must(Cid::make(multicodec::kRaw, multihash::kIdentity, as_bytes("x")));
  auto absent = raw_block("absent");
  auto root = node_of({inner.cid, commitment, inlined, absent.cid, inner.cid});
  auto stray = raw_block("stray");
  must(overlay.put_many(std::vector{leaf, inner, root, stray}));
  EXPECT_FALSE(must(below->has(root.cid)));
  must(overlay.flush_reachable(root.cid));
  for (const auto& block : {leaf, inner, root}) EXPECT_EQ(must(below->get(block.cid)), block.data);
  EXPECT_FALSE(must(below->has(stray.cid)));
  EXPECT_FALSE(must(overlay.has(stray.cid)));
  EXPECT_TRUE(must(overlay.has(root.cid)));
  must(overlay.put(stray.cid, stray.data));
  must(overlay.flush_all());
  EXPECT_TRUE(must(below->has(stray.cid)));
}

TEST(Overlay, DeepChainsNeedNoStack) {
  auto below = make_memory_blockstore();
  OverlayBlockstore overlay(below);
  auto last = raw_block("end");
  must(overlay.put(last.cid, last.data));
  for (int i = 0; i < 100000; ++i) {
    last = node_of({last.cid});
    must(overlay.put(last.cid, last.data));
  }
  must(overlay.flush_reachable(last.cid));
  EXPECT_TRUE(must(below->has(raw_block("end").cid)));
}

TEST(Cached, StaysWithinItsBytesAndServesFromMemory) {
  auto below = make_memory_blockstore();
  auto cached = make_cached_blockstore(below, 16 << 10);
  std::vector<Block> blocks;
  for (int i = 0; i < 100; ++i) blocks.push_back(raw_block(std::string(1000, 'x') + std::to_string(i)));
  for (const auto& block : blocks) must(cached->put(block.cid, block.data));
  for (const auto& block : blocks) EXPECT_EQ(must(cached->get(block.cid)), block.data);
  auto first = must(cached->get_shared(blocks.back().cid));
  EXPECT_EQ(must(cached->get_shared(blocks.back().cid)), first) << "the same object while it is cached";
  for (const auto& block : blocks) must(cached->get(block.cid));
  EXPECT_EQ(*first, blocks.back().data) << "a block in use survives its eviction";
}

TEST(Stores, ManyThreadsAtOnce) {
  TemporaryFolder folder;
  auto kv = make_kv_blockstore(must(KvStore::open(folder.path(), {"blocks"})), "blocks");
  auto cached = make_cached_blockstore(std::make_shared<OverlayBlockstore>(kv), 4 << 10);
  std::vector<std::jthread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        auto block = raw_block(std::to_string((i * (t + 1)) % 300));
        if (!cached->put(block.cid, block.data)) ++wrong;
        auto got = cached->get(block.cid);
        if (!got || !*got || **got != block.data) ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST(KvStore, SpacesBatchesAndScans) {
  TemporaryFolder folder;
  {
    auto store = must(KvStore::open(folder.path(), {"one", "two"}));
    must(store->put("one", as_bytes("k"), as_bytes("1")));
    must(store->put("two", as_bytes("k"), as_bytes("2")));
    EXPECT_EQ(must(store->get("one", as_bytes("k"))), to_bytes("1"));
    EXPECT_EQ(store->get("three", as_bytes("k")).error().code, ErrorCode::not_found);
    std::vector<KvStore::Write> writes{
        {"one", to_bytes("a"), to_bytes("x")}, {"one", to_bytes("b"), Bytes()}, {"two", to_bytes("k"), std::nullopt}};
    must(store->write(writes, true));
    EXPECT_FALSE(must(store->has("two", as_bytes("k"))));
    EXPECT_EQ(must(store->get("one", as_bytes("b"))), Bytes());
    std::vector<std::string> keys;
    must(store->scan("one", as_bytes("b"), [&](BytesView key, BytesView) {
      keys.emplace_back(as_text(key));
      return true;
    }));
    EXPECT_EQ(keys, (std::vector<std::string>{"b", "k"}));
    must(store->remove("one", as_bytes("k")));
    EXPECT_FALSE(must(store->has("one", as_bytes("k"))));
  }
  // A later version may ask for other spaces: the old ones are kept.
  auto again = must(KvStore::open(folder.path(), {"three"}));
  EXPECT_EQ(must(again->get("one", as_bytes("a"))), to_bytes("x"));
}

TEST(KvStore, ASecondOpenerIsToldAndDamageIsNamed) {
  TemporaryFolder folder;
  {
    auto store = must(KvStore::open(folder.path(), {"one"}));
    auto second = KvStore::open(folder.path(), {"one"});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::exists);
    for (int i = 0; i < 1000; ++i) must(store->put("one", as_bytes(std::to_string(i)), Bytes(100, 1)));
  }
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    if (entry.path().filename().string().starts_with("MANIFEST")) must(write_file(entry.path(), "damaged"));
  }
  auto damaged = KvStore::open(folder.path(), {"one"});
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, ErrorCode::invalid) << damaged.error().message;
}

}  // namespace
