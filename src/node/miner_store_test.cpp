#include "miner_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.hpp"
#include "mining/window_post.hpp"
#include "sealing/pipeline.hpp"

namespace nelumbo::node {
namespace {

using testing::HasSubstr;

struct MinerStore : testing::Test {
  TemporaryFolder folder;

  std::shared_ptr<KvStore> open(std::string_view name) {
    return must(open_miner_store(must(Repository::open(folder / name, RepoKind::miner))));
  }
  /// A store with an entry in several parts, backed up.
  fs::path backup() {
    auto kv = open("from");
    must(store_miner(*kv, Address::from_id(1234)));
    must(store_number(*kv, "seal-delay", -7));
    must(kv->put(sealing::kSectorsSpace, as_bytes("9"), as_bytes("a sector")));
    must(kv->put(mining::kWindowPostSpace, as_bytes("k"), {}));
    auto file = folder / "backup";
    must(back_up(*kv, file));
    return file;
  }
  Error refusal_of(const fs::path& file) {
    auto kv = open("to");
    auto result = restore_backup(*kv, file);
    EXPECT_FALSE(result);
    EXPECT_FALSE(must(stored_miner(*kv)));
    return result ? Error{} : result.error();
  }
};

TEST_F(MinerStore, IsEmptyAtFirst) {
  auto kv = open("from");
  EXPECT_FALSE(must(stored_miner(*kv)));
  EXPECT_FALSE(must(stored_number(*kv, "seal-delay")));
}

TEST_F(MinerStore, ABackupHasEveryPart) {
  auto file = backup();
  auto kv = open("to");
  must(restore_backup(*kv, file));
  EXPECT_EQ(*must(stored_miner(*kv)), Address::from_id(1234));
  EXPECT_EQ(*must(stored_number(*kv, "seal-delay")), -7);
  EXPECT_EQ(*must(kv->get(sealing::kSectorsSpace, as_bytes("9"))), to_bytes("a sector"));
  EXPECT_TRUE(must(kv->has(mining::kWindowPostSpace, as_bytes("k"))));
}

TEST_F(MinerStore, ABackupIsNotOverwritten) {
  auto file = backup();
  EXPECT_EQ(back_up(*open("from"), file).error().code, ErrorCode::exists);
}

TEST_F(MinerStore, ACutOffBackupIsRefusedWhole) {
  auto data = must(read_file(backup()));
  for (size_t size : {size_t{0}, size_t{5}, data.size() / 2, data.size() - 1}) {
    must(write_file(folder / "cut", BytesView(data).first(size)));
    EXPECT_THAT(refusal_of(folder / "cut").message, HasSubstr("backup of a miner"));
  }
}

TEST_F(MinerStore, AChangedBackupIsRefusedWhole) {
  auto data = must(read_file(backup()));
  data[data.size() / 2] ^= 1;
  must(write_file(folder / "changed", data));
  EXPECT_THAT(refusal_of(folder / "changed").message, HasSubstr("backup of a miner"));
}

}  // namespace
}  // namespace nelumbo::node
