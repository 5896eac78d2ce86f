// States of real actors: those of the public networks' genesis files (actors v0) and those of mainnet messages
// (actors v9 and v10). Every head that is there must be read, and say the same in JSON as in the views.
#include <map>

#include <gtest/gtest.h>

#include "actors/miner.hpp"
#include "actors/state_json.hpp"
#include "actors/states.hpp"
#include "types/json.hpp"
#include "types/message.hpp"
#include "types/state_tree.hpp"
#include "vectors/vectors.hpp"

using namespace nelumbo;
using namespace nelumbo::actors;

namespace {

/// Reads the head of one actor in all ways that there are for it; false when a block is not there.
bool read_actor(const BlockstorePtr& store, const ActorCode& code, const Actor& actor, ActorId id) {
  auto json = read_state_json(*store, code, actor.head);
  if (!json && json.error().code == ErrorCode::not_found) return false;
  EXPECT_TRUE(json) << Address::from_id(id).str() << ": " << json.error().message;
  if (!json) return true;
  if (code.name == names::kMiner) {
    auto view = must(MinerView::load(store, actor.head));
    EXPECT_EQ(json->at("ProvingPeriodStart"), view.state().proving_period_start);
    EXPECT_EQ(json->at("LockedFunds"), view.state().locked_funds.str());
    EXPECT_EQ(json->at("Sectors"), to_json(view.state().sectors));
  } else if (code.name == names::kPower) {
    auto power = must(load_power(*store, actor.head));
    EXPECT_EQ(json->at("TotalRawBytePower"), power.total_raw_byte_power.str());
    EXPECT_EQ(json->at("Claims"), to_json(power.claims));
  } else if (code.name == names::kReward) {
    EXPECT_EQ(json->at("ThisEpochReward"), must(load_reward(*store, actor.head)).this_epoch_reward.str());
  } else if (code.name == names::kMarket) {
    EXPECT_EQ(json->at("NextID"), must(load_market(*store, actor.head)).next_id);
  }
  return true;
}

struct Network {
  std::string name;
  ActorId a_miner;
};
class RealGenesis : public testing::TestWithParam<Network> {};

TEST_P(RealGenesis, EveryActorIsRead) {
  auto path = cache_folder() / "assets" / "genesis" / (GetParam().name + ".car");
  NELUMBO_ASSET_OR_SKIP(path);
  auto store = make_memory_blockstore();
  auto roots = must(vectors::load_car(path, *store)).roots;
  auto header = must(get_cbor<BlockHeader>(*store, roots.at(0)));
  auto tree = must(StateTree::load(store, header.parent_state_root));
  CodeBook codes;
  std::map<std::string, size_t> counts;
  TokenAmount total;
  must(tree.for_each([&](ActorId id, const Actor& actor) -> Result<> {
    auto code = codes.find(actor.code);
    EXPECT_TRUE(code) << id;
    if (code) {
      EXPECT_TRUE(read_actor(store, *code, actor, id)) << id;
      ++counts[code->str()];
    }
    total += actor.balance;
    return {};
  }));
  EXPECT_EQ(total, kAttoPerFil * kTotalFilecoin);
  EXPECT_EQ(counts["fil/1/storagepower"], 1u);
  EXPECT_EQ(counts["fil/1/verifiedregistry"], 1u);
  for (const auto& [name, count] : counts) std::cout << name << ": " << count << "\n";

  auto miner_actor = must(tree.get(GetParam().a_miner));
  ASSERT_TRUE(miner_actor);
  auto view = must(MinerView::load(store, miner_actor->head));
  auto info = must(view.info());
  auto sectors = must(view.sectors());
  std::cout << GetParam().name << " " << Address::from_id(GetParam().a_miner).str() << ": " << sectors.size()
            << " sectors of " << info.sector_size << " bytes\n";
  auto power = must(load_power(*store, must(tree.get(kPowerActor))->head));
  auto claim = must(power_claim(store, power, Address::from_id(GetParam().a_miner)));
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->raw_byte_power, BigInt(info.sector_size) * sectors.size());
  EXPECT_EQ(must(must(view.live_sectors()).values()).size(), sectors.size());
}

INSTANTIATE_TEST_SUITE_P(Networks, RealGenesis,
                         testing::Values(Network{"mainnet", 1000}, Network{"calibrationnet", 1000}),
                         [](const auto& info) { return info.param.name; });

TEST(Actors, StatesOfMainnetMessagesAreRead) {
  NELUMBO_VECTORS_OR_SKIP(folder, "fvm");
  auto bundles = make_memory_blockstore();
  CodeBook codes;
  for (unsigned version : available_bundles("mainnet")) codes.add(must(load_bundle(*bundles, "mainnet", version)));
  std::map<std::string, size_t> counts;
  for (const auto& path : vectors::list(folder)) {
    auto vector = must(vectors::load(path));
    auto root = must(from_json<Cid>(vector.json["preconditions"]["state_tree"]["root_cid"]));
    auto tree = must(StateTree::load(vector.store, root));
    std::set<ActorId> ids{0, 1, 2, 3, 4, 5, 6, 7, 10, 80, 90, 99};
    for (const auto& each : vector.json["apply_messages"]) {
      auto message = must(from_cbor<Message>(must(from_base64(each["bytes"].get<std::string>()))));
      for (const auto& address : {message.from, message.to}) {
        if (auto id = tree.lookup_id(address); id && *id) ids.insert(**id);
      }
    }
    for (ActorId id : ids) {
      auto actor = tree.get(id);
      if (!actor || !*actor) continue;  // not in this part of the state
      auto code = codes.find((*actor)->code);
      ASSERT_TRUE(code) << path << " " << id << " " << (*actor)->code.str();
      if (read_actor(vector.store, *code, **actor, id)) ++counts[code->str()];
    }
  }
  for (const auto& [name, count] : counts) std::cout << name << ": " << count << "\n";
  EXPECT_GT(counts["fil/9/storageminer"], 0u);
  EXPECT_GT(counts["fil/10/storageminer"], 0u);
}

}  // namespace
