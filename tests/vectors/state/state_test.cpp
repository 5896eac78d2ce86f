// The state trees of the public networks' genesis files: every actor read, all filecoin there, addresses resolved.
#include <gtest/gtest.h>

#include "types/block.hpp"
#include "types/network.hpp"
#include "types/state_tree.hpp"
#include "vectors/vectors.hpp"

using namespace nelumbo;

namespace {

class GenesisState : public testing::TestWithParam<NetworkParams> {
 protected:
  void SetUp() override {
    auto path = cache_folder() / "assets" / "genesis" / GetParam().genesis_asset;
    NELUMBO_ASSET_OR_SKIP(path);
    must(vectors::load_car(path, *store_));
    genesis_ = must(Cid::parse(GetParam().genesis_cid));
  }

  BlockHeader header() { return must(get_cbor<BlockHeader>(*store_, genesis_)); }

  BlockstorePtr store_ = make_memory_blockstore();
  Cid genesis_;
};

TEST_P(GenesisState, HeaderIsGivenBack) {
  auto genesis = header();
  EXPECT_EQ(genesis.cid(), genesis_);
  EXPECT_EQ(genesis.height, 0);
  EXPECT_EQ(must(Tipset::make({genesis}))->cids(), std::vector{genesis_});
}

TEST_P(GenesisState, HoldsAllFilecoin) {
  auto tree = must(StateTree::load(store_, header().parent_state_root));
  EXPECT_EQ(tree.version(), state_tree_version(GetParam().genesis_network_version));
  TokenAmount total;
  size_t count = 0;
  must(tree.for_each([&](ActorId id, const Actor& actor) -> Result<> {
    total += actor.balance;
    ++count;
    auto again = TRY(tree.get(id));
    if (!again || *again != actor) return fail(ErrorCode::failed, "actor {} is not found again", id);
    return {};
  }));
  EXPECT_EQ(total, kAttoPerFil * kTotalFilecoin);
  EXPECT_EQ(must(tree.flush()), header().parent_state_root);
  std::cout << GetParam().name << ": " << count << " actors" << std::endl;
}

TEST_P(GenesisState, ResolvesEveryAddressOfTheInitActor) {
  auto tree = must(StateTree::load(store_, header().parent_state_root));
  auto init = must(get_block(*store_, must(tree.get(ActorId{1}))->head));
  CborReader reader(init);
  must(reader.array());
  size_t count = 0;
  must(hamt_for_each(*store_, must(reader.cid()), [&](BytesView key, BytesView value) -> Result<> {
    auto address = TRY(Address::from_bytes(key));
    auto id = TRY(from_cbor<ActorId>(value));
    EXPECT_EQ(must(tree.lookup_id(address)), id) << address.str();
    EXPECT_TRUE(must(tree.get(address))) << address.str();
    ++count;
    return {};
  }));
  EXPECT_GT(count, 0u);
  EXPECT_EQ(must(tree.lookup_id(Address::actor(as_bytes("nobody")))), std::nullopt);
}

TEST_P(GenesisState, ChangesAndComesBack) {
  auto root = header().parent_state_root;
  auto tree = must(StateTree::load(store_, root));
  auto actor = must(tree.get(ActorId{1})).value();
  auto changed = actor;
  changed.nonce += 1;
  must(tree.set(1, changed));
  EXPECT_EQ(must(tree.get(ActorId{1})), changed);
  auto other = must(tree.flush());
  EXPECT_NE(other, root);
  EXPECT_EQ(must(must(StateTree::load(store_, other)).get(ActorId{1})), changed);
  must(tree.set(1, actor));
  EXPECT_EQ(must(tree.flush()), root);
}

INSTANTIATE_TEST_SUITE_P(Networks, GenesisState, testing::Values(mainnet_params(), calibration_params()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
