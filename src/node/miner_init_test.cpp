// What init does without a node.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.hpp"
#include "genesis/preseal.hpp"
#include "miner_init_steps.hpp"

namespace nelumbo::node {
namespace {

using ::testing::HasSubstr;

size_t stored_sectors(KvStore& kv) {
  size_t count = 0;
  must(kv.scan("sectors", {}, [&](BytesView, BytesView) { return ++count > 0; }));
  return count;
}

TEST(MinerInit, PreSealedSectorsAreTakenFromTheirManifest) {
  TemporaryFolder folder;
  const auto miner = Address::from_id(1000);
  auto sealed = must(genesis::pre_seal(folder / "sealed", {.miner = miner, .sectors = 3, .fake = true}));
  auto manifest = must(genesis::write_pre_seal(folder / "sealed", sealed));
  GenesisMinerOptions options{folder / "repo", miner.str(), folder / "sealed", manifest};
  must(init_genesis_miner(options));
  {
    auto kv = must(open_miner_store(must(Repository::open(folder / "repo", RepoKind::miner))));
    EXPECT_EQ(must(stored_miner(*kv)), miner);
    EXPECT_EQ(stored_sectors(*kv), 3u);
    EXPECT_EQ(take_pre_sealed(kv, manifest, miner).error().code, ErrorCode::exists);
  }
  options.repository = folder / "other";
  options.actor = "t01001";
  auto refused = init_genesis_miner(options);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("--pre-sealed-metadata"));
  auto kv = must(open_miner_store(must(Repository::open(folder / "other", RepoKind::miner))));
  EXPECT_FALSE(must(stored_miner(*kv))) << "the miner is stored before its sectors";
}

TEST(MinerInit, MetadataOfAMinerThatIsMadeOnlyNowIsRefused) {
  TemporaryFolder folder;
  MinerInitOptions options;
  options.repository = folder / "repo";
  options.metadata = folder / "manifest.json";
  options.sector_size = 2048;
  auto refused = init_miner(options);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("--pre-sealed-metadata"));
  EXPECT_FALSE(fs::exists(options.repository));
}

}  // namespace
}  // namespace nelumbo::node
