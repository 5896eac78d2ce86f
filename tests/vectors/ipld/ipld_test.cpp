// HAMTs and AMTs of real states: loaded, changed and changed back, and built anew from their content in a random order,
// they must have the root that the network gave them.
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "shapes.hpp"
#include "vectors/vectors.hpp"

using namespace nelumbo;

namespace {

const Bytes kOtherValue = to_cbor(std::string("a value that no state holds"));

struct Counts {
  size_t whole = 0;   ///< everything there: read, changed, rebuilt
  size_t pruned = 0;  ///< parts missing: changed where possible
  size_t entries = 0;
  size_t changes = 0;  ///< changes made and undone
  size_t foreign = 0;  ///< of the shape, but something else
  Counts& operator+=(const Counts& o) {
    whole += o.whole, pruned += o.pruned, entries += o.entries, changes += o.changes, foreign += o.foreign;
    return *this;
  }
};

std::ostream& operator<<(std::ostream& out, const Counts& c) {
  return out << c.whole << " whole, " << c.pruned << " pruned, " << c.entries << " entries, " << c.changes
             << " changes undone, " << c.foreign << " of another kind";
}

/// The structure under test: how to load, build and change it, for keys of its type.
struct HamtKind {
  using Key = Bytes;
  using Tree = Hamt;
  unsigned bit_width;
  HamtForm form;
  Result<Hamt> load(BlockstorePtr store, const Cid& root) const {
    return Hamt::load(std::move(store), root, bit_width);
  }
  Hamt empty(BlockstorePtr store) const { return Hamt(std::move(store), bit_width, form); }
  Key unused(uint64_t n) const { return to_bytes("unused key " + std::to_string(n)); }
};
struct AmtKind {
  using Key = uint64_t;
  using Tree = Amt;
  AmtVersion version;
  unsigned bit_width;
  Result<Amt> load(BlockstorePtr store, const Cid& root) const { return Amt::load(std::move(store), root, version); }
  Amt empty(BlockstorePtr store) const { return Amt(std::move(store), version, bit_width); }
  Key unused(uint64_t n) const { return uint64_t{1} << (30 + n); }
};

/// Does something to the tree and undoes it; the root must come back. False when a missing block was in the way.
template <class Tree, class Do, class Undo>
bool there_and_back(Tree& tree, const Cid& root, Do&& change, Undo&& undo) {
  auto done = change(tree);
  if (!done) {
    EXPECT_EQ(done.error().code, ErrorCode::not_found) << done.error().message;
    return false;
  }
  auto changed = tree.flush();
  EXPECT_TRUE(changed) << changed.error().message;
  EXPECT_NE(*changed, root);
  auto undone = undo(tree);
  EXPECT_TRUE(undone) << undone.error().message;
  EXPECT_EQ(tree.flush().value(), root);
  return true;
}

template <class Kind>
Counts check(const Kind& kind, const BlockstorePtr& blocks, const Cid& root, std::mt19937_64& random) {
  auto store = std::make_shared<OverlayBlockstore>(blocks);
  auto loaded = kind.load(store, root);
  if (!loaded) return {.foreign = 1};
  Counts counts;
  std::vector<std::pair<typename Kind::Key, Bytes>> content;
  auto walked = loaded->for_each([&](const auto& key, BytesView value) -> Result<> {
    if constexpr (std::is_integral_v<typename Kind::Key>) {
      content.emplace_back(key, to_bytes(value));
    } else {
      content.emplace_back(to_bytes(key), to_bytes(value));
    }
    return {};
  });
  if (!walked) {
    EXPECT_EQ(walked.error().code, ErrorCode::not_found) << walked.error().message;
  }
  counts.entries = content.size();
  EXPECT_EQ(loaded->flush().value(), root);

  for (const auto& [key, value] : content) EXPECT_EQ(loaded->get(key).value().value(), value);
  for (size_t i = 0; i < std::min<size_t>(content.size(), 8); ++i) {
    const auto& [key, value] = content[random() % content.size()];
    auto change = [&](auto& tree) { return tree.set(key, kOtherValue); };
    auto undo = [&](auto& tree) { return tree.set(key, value); };
    counts.changes += there_and_back(*loaded, root, change, undo);
    auto remove = [&](auto& tree) { return tree.remove(key); };
    counts.changes += there_and_back(*loaded, root, remove, undo);
  }
  for (uint64_t n = 0; n < 8; ++n) {
    auto change = [&](auto& tree) { return tree.set(kind.unused(n), kOtherValue); };
    auto undo = [&](auto& tree) { return tree.remove(kind.unused(n)); };
    counts.changes += there_and_back(*loaded, root, change, undo);
  }
  if (!walked) {
    counts.pruned = 1;
    return counts;
  }
  counts.whole = 1;
  std::ranges::shuffle(content, random);
  auto built = kind.empty(store);
  for (const auto& [key, value] : content) must(built.set(key, value));
  EXPECT_EQ(built.flush().value(), root) << "built from " << content.size() << " entries";
  return counts;
}

struct Totals {
  Counts hamts, amts_v3, amts_v0;
};

/// The bit width that an AMT v3 root names.
unsigned bit_width_of(Blockstore& store, const Cid& root) {
  auto data = must(get_block(store, root));
  CborReader reader(data);
  must(reader.array());
  return static_cast<unsigned>(must(reader.uint()));
}

/// Most HAMTs of the state have width 5, the market's balance tables 6. The first entry that is found where its hash
/// leads tells.
unsigned hamt_bit_width(Blockstore& store, const Cid& root) {
  for (unsigned bit_width : {5u, 6u}) {
    bool right = true;
    auto walked = hamt_for_each(
        store, root,
        [&](BytesView key, BytesView value) -> Result<> {
          right = hamt_get(store, root, key, bit_width).value_or(std::nullopt) == to_bytes(value);
          return fail(ErrorCode::cancelled, "the first entry is enough");
        },
        bit_width);
    if (right && (walked || walked.error().code != ErrorCode::invalid)) return bit_width;
  }
  return kHamtBitWidth;
}

void check_all(const BlockstorePtr& store, const std::vector<Cid>& blocks, HamtForm form, std::set<Cid>& seen,
               Totals& totals) {
  std::mt19937_64 random(1);
  auto roots = shapes::find_roots(*store, blocks);
  for (const auto& root : roots.hamts) {
    if (!seen.insert(root).second) continue;
    totals.hamts += check(HamtKind{hamt_bit_width(*store, root), form}, store, root, random);
    if (testing::Test::HasFailure()) FAIL() << "HAMT " << root.str();
  }
  for (const auto& root : roots.amts_v3) {
    if (!seen.insert(root).second) continue;
    totals.amts_v3 += check(AmtKind{AmtVersion::v3, bit_width_of(*store, root)}, store, root, random);
    if (testing::Test::HasFailure()) FAIL() << "AMT v3 " << root.str();
  }
  for (const auto& root : roots.amts_v0) {
    if (!seen.insert(root).second) continue;
    totals.amts_v0 += check(AmtKind{AmtVersion::v0, 3}, store, root, random);
    if (testing::Test::HasFailure()) FAIL() << "AMT v0 " << root.str();
  }
}

void print(std::string_view where, const Totals& totals) {
  std::cout << where << ": HAMTs: " << totals.hamts << "\n"
            << where << ": AMTs v3: " << totals.amts_v3 << "\n"
            << where << ": AMTs v0: " << totals.amts_v0 << std::endl;
}

TEST(Ipld, RootsInTheStatesOfTheFvmVectors) {
  NELUMBO_VECTORS_OR_SKIP(folder, "fvm");
  Totals totals;
  std::set<Cid> seen;
  size_t states = 0;
  for (const auto& path : vectors::list(folder)) {
    auto vector = must(vectors::load(path));
    ASSERT_NO_FATAL_FAILURE(check_all(vector.store, vector.car.blocks, HamtForm::bare, seen, totals)) << path;
    // The state tree itself must be among what was checked.
    auto root = must(Cid::parse(vector.json["preconditions"]["state_tree"]["root_cid"]["/"].get<std::string>()));
    auto state = must(get_block(*vector.store, root));
    CborReader reader(state);
    must(reader.array_of(3));
    must(reader.uint());
    EXPECT_TRUE(seen.contains(must(reader.cid()))) << "actors of " << path;
    ++states;
  }
  print(fmt::format("{} states", states), totals);
  EXPECT_GT(states, 0u);
  EXPECT_GT(totals.hamts.whole, 0u);
  EXPECT_GT(totals.hamts.pruned, 0u);
  EXPECT_GT(totals.amts_v3.whole, 0u);
  EXPECT_GT(totals.hamts.changes, totals.hamts.whole);
  EXPECT_GT(totals.amts_v3.changes, totals.amts_v3.whole);
}

class GenesisState : public testing::TestWithParam<std::pair<std::string, HamtForm>> {};

TEST_P(GenesisState, RootsAreGivenBack) {
  const auto& [name, form] = GetParam();
  auto path = cache_folder() / "assets" / "genesis" / (name + ".car");
  NELUMBO_ASSET_OR_SKIP(path);
  auto store = make_memory_blockstore();
  auto car = must(vectors::load_car(path, *store));
  Totals totals;
  std::set<Cid> seen;
  ASSERT_NO_FATAL_FAILURE(check_all(store, car.blocks, form, seen, totals));
  print(name, totals);
  EXPECT_GT(totals.hamts.whole, 0u);
  EXPECT_EQ(totals.hamts.pruned + totals.amts_v0.pruned + totals.amts_v3.pruned, 0u);
}

INSTANTIATE_TEST_SUITE_P(Networks, GenesisState,
                         testing::Values(std::pair{"mainnet", HamtForm::map},
                                         std::pair{"calibrationnet", HamtForm::map}),
                         [](const auto& info) { return info.param.first; });

}  // namespace
