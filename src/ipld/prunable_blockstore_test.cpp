#include "ipld/prunable_blockstore.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

using namespace nelumbo;

namespace {

class PrunableBlockstoreTest : public testing::Test {
 protected:
  PrunableBlockstoreTest() {
    std::string name = (fs::temp_directory_path() / "nelumbo-prunable-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    store = std::make_unique<PrunableBlockstore>(must(KvStore::open(folder / "db", {"x"})), "x", 1 << 20);
  }
  ~PrunableBlockstoreTest() override {
    store.reset();
    fs::remove_all(folder);
  }
  static Block block(int i) {
    auto data = to_bytes(std::to_string(i));
    return {Cid::of(data, multicodec::kRaw), data};
  }
  static Bytes key(int i) { return to_bytes(block(i).cid.hash()); }
  void put(int i) { must(store->put(block(i).cid, block(i).data)); }
  bool has(int i) { return must(store->has(block(i).cid)); }

  fs::path folder;
  std::unique_ptr<PrunableBlockstore> store;
};

TEST_F(PrunableBlockstoreTest, KeepsBlocksLikeAnyOther) {
  EXPECT_FALSE(must(store->get(block(1).cid)));
  put(1);
  const Block more[] = {block(2), block(3)};
  must(store->put_many(more));
  for (int i : {1, 2, 3}) EXPECT_EQ(must(store->get(block(i).cid)), block(i).data);
  EXPECT_EQ(must(store->below()->get(block(2).cid)), block(2).data);
  auto inlined = must(Cid::make(multicodec::kRaw, multihash::kIdentity, as_bytes("in")));
  EXPECT_TRUE(must(store->has(inlined)));
  EXPECT_EQ(must(store->get(inlined)), to_bytes(std::string_view("in")));
}

TEST_F(PrunableBlockstoreTest, ARemovedBlockIsGoneFromTheCacheToo) {
  put(1);
  must(store->get(block(1).cid));
  must(store->remove(block(1).cid));
  EXPECT_FALSE(has(1));
  EXPECT_FALSE(must(store->get(block(1).cid)));
  put(1);
  EXPECT_TRUE(has(1));
}

TEST_F(PrunableBlockstoreTest, TheWatchSparesWhatItHasSeen) {
  for (int i = 0; i < 6; ++i) put(i);
  must(store->begin_watch());
  EXPECT_EQ(store->begin_watch().error().code, ErrorCode::exists);
  put(1);
  const Block more[] = {block(2)};
  must(store->put_many(more));
  EXPECT_TRUE(has(3));
  must(store->get(block(4).cid));  // reading alone makes nothing depend on it
  EXPECT_FALSE(has(9));
  const std::vector<Bytes> keys{key(0), key(1), key(2), key(3), key(4)};
  EXPECT_EQ(must(store->remove_unseen(keys)), 2u);
  store->end_watch();
  for (int i : {1, 2, 3, 5}) EXPECT_TRUE(has(i)) << i;
  for (int i : {0, 4}) EXPECT_FALSE(has(i)) << i;
  EXPECT_THROW(must(store->remove_unseen(keys)), std::logic_error);
  // The next watch has seen nothing yet.
  must(store->begin_watch());
  EXPECT_EQ(must(store->remove_unseen(std::span(keys).subspan(1, 3))), 3u);
  store->end_watch();
}

TEST_F(PrunableBlockstoreTest, FoundMeansThereWhateverIsRemovedAtTheSameTime) {
  constexpr int kBlocks = 200;
  for (int i = 0; i < kBlocks; ++i) put(i);
  must(store->begin_watch());
  std::atomic<bool> wrong = false;
  {
    std::jthread remover([&] {
      for (int i = 0; i < kBlocks; ++i) {
        const std::vector<Bytes> one{key(i)};
        must(store->remove_unseen(one));
      }
    });
    std::jthread user([&] {
      for (int i = kBlocks; i-- > 0;) {
        if (!has(i)) put(i);  // as a flush does
      }
    });
    std::jthread reader([&] {
      for (int i = 0; i < kBlocks; ++i) must(store->get(block(i).cid));
    });
  }
  for (int i = 0; i < kBlocks; ++i) wrong = wrong || !must(store->below()->has(block(i).cid));
  EXPECT_FALSE(wrong);
  store->end_watch();
}

}  // namespace
