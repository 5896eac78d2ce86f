// The genesis files of the public networks, as the asset program puts them into the cache folder.
#include <gtest/gtest.h>

#include "codec/car.hpp"
#include "ipld/hamt.hpp"
#include "vectors/vectors.hpp"

using namespace nelumbo;

namespace {

struct Network {
  std::string name;
  std::string genesis;
};

class Genesis : public testing::TestWithParam<Network> {};

Cid cid_at(CborReader& reader, int skip) {
  for (; skip > 0; --skip) must(reader.raw());
  return must(reader.cid());
}

/// Actors under the state root that a genesis block names: field 8 of the header.
size_t count_actors(Blockstore& store, const Cid& genesis) {
  auto header = must(get_block(store, genesis));
  CborReader reader(header);
  must(reader.array());
  Cid root = cid_at(reader, 8);
  auto state = must(get_block(store, root));
  CborReader versioned(state);
  // From version 1 on [version, actors, info]; before, the HAMT itself, which has two fields.
  if (must(versioned.array()) == 3) root = cid_at(versioned, 1);
  size_t count = 0;
  must(hamt_for_each(store, root, [&](BytesView key, BytesView) -> Result<> {
    ++count;
    auto found = TRY(hamt_get(store, root, key));
    if (!found) return fail(ErrorCode::failed, "the actor at {} is not found again", to_hex(key));
    return {};
  }));
  return count;
}

TEST_P(Genesis, HasTheKnownRootAndRightDigests) {
  auto path = cache_folder() / "assets" / "genesis" / (GetParam().name + ".car");
  NELUMBO_ASSET_OR_SKIP(path);
  auto store = make_memory_blockstore();
  auto roots = must(vectors::load_car(path, *store)).roots;  // fails on a wrong digest
  ASSERT_EQ(roots.size(), 1u);
  EXPECT_EQ(roots[0].str(), GetParam().genesis);
  auto actors = count_actors(*store, roots[0]);
  EXPECT_GT(actors, 10u);
  std::cout << GetParam().name << ": " << actors << " actors" << std::endl;
}

INSTANTIATE_TEST_SUITE_P(
    Networks, Genesis,
    testing::Values(Network{"mainnet", "bafy2bzacecnamqgqmifpluoeldx7zzglxcljo6oja4vrmtj7432rphldpdmm2"},
                    Network{"calibrationnet", "bafy2bzacecyaggy24wol5ruvs6qm73gjibs2l2iyhcqmvi7r7a4ph7zx3yqd4"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
