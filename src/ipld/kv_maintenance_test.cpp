#include "ipld/kv_maintenance.hpp"

#include <gtest/gtest.h>

using namespace nelumbo;

namespace {

class KvMaintenanceTest : public testing::Test {
 protected:
  KvMaintenanceTest() {
    std::string name = (fs::temp_directory_path() / "nelumbo-kv-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~KvMaintenanceTest() override { fs::remove_all(folder); }

  static Bytes key(uint32_t i) { return to_bytes(Cid::of(to_bytes(std::to_string(i))).hash()); }
  static void fill(KvStore& kv, uint32_t from, uint32_t to) {
    std::vector<KvStore::Write> writes;
    for (uint32_t i = from; i < to; ++i) writes.push_back({"x", key(i), Bytes(500, static_cast<uint8_t>(i * 7))});
    must(kv.write(writes, false));
  }
  static size_t count(KvStore& kv) {
    size_t out = 0;
    must(kv.scan("x", {}, [&](BytesView, BytesView) { return ++out > 0; }));
    return out;
  }
  fs::path folder;
};

TEST_F(KvMaintenanceTest, LoadedIsThereAfterAFlush) {
  {
    auto kv = must(open_for_loading(folder / "db", {"x"}));
    fill(*kv, 0, 5'000);
    must(maintenance_of(*kv).flush());
  }
  auto kv = must(KvStore::open(folder / "db", {"x"}));
  EXPECT_EQ(count(*kv), 5'000u);
}

TEST_F(KvMaintenanceTest, CompactionFreesWhatWasRemoved) {
  auto kv = must(KvStore::open(folder / "db", {"x"}));
  auto& maintenance = maintenance_of(*kv);
  fill(*kv, 0, 20'000);
  must(maintenance.flush());
  const auto before = must(maintenance.size("x"));
  EXPECT_EQ(before.entries, 20'000u);
  EXPECT_EQ(before.removed, 0u);
  for (uint32_t i = 0; i < 19'000; ++i) must(kv->remove("x", key(i)));
  must(maintenance.flush());
  EXPECT_GT(must(maintenance.size("x")).removed, 10'000u);
  must(maintenance.compact("x", {}, {}, true));
  const auto after = must(maintenance.size("x"));
  EXPECT_EQ(after.entries, 1'000u);
  EXPECT_LT(after.bytes, before.bytes / 4);
  EXPECT_EQ(count(*kv), 1'000u);
}

TEST_F(KvMaintenanceTest, ASpaceIsEmptiedAtOnce) {
  auto kv = must(KvStore::open(folder / "db", {"x", "y"}));
  fill(*kv, 0, 3'000);
  must(maintenance_of(*kv).flush());
  fill(*kv, 3'000, 4'000);
  must(kv->put("y", key(1), key(2)));
  must(maintenance_of(*kv).clear("x"));
  EXPECT_EQ(count(*kv), 0u);
  EXPECT_TRUE(must(kv->has("y", key(1))));
  fill(*kv, 0, 10);
  EXPECT_EQ(count(*kv), 10u);
  kv.reset();
  kv = must(KvStore::open(folder / "db", {"x", "y"}));
  EXPECT_EQ(count(*kv), 10u);
  EXPECT_FALSE(maintenance_of(*kv).clear("z"));
}

}  // namespace
