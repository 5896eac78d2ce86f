#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "mining/catch_up.hpp"
#include "test_node.hpp"

namespace nelumbo::mining {
namespace {

using namespace testing;

TEST(NextEpoch, StepsToOpeningsAndThroughOpenDeadlines) {
  CatchUpState s{.head = 100, .clock = 10'000, .sparse = 300};
  EXPECT_EQ(next_epoch(s), 400);
  s.deadlines = {{250, 310}};
  EXPECT_EQ(next_epoch(s), 250);
  s.head = 250;
  EXPECT_EQ(next_epoch(s), 251);
  s.head = 309;  // nothing more can be sent
  EXPECT_EQ(next_epoch(s), 609);
  s.deadlines.clear();
  s.lost_until = 640;
  EXPECT_EQ(next_epoch(s), 641);
  s.clock = 640;
  EXPECT_EQ(next_epoch(s), std::nullopt);
}

TEST(NextEpoch, IsAlwaysValid) {
  EXPECT_TRUE(rc::check([] {
    CatchUpState s;
    s.head = *rc::gen::inRange<ChainEpoch>(0, 5000);
    s.clock = s.head + *rc::gen::inRange<ChainEpoch>(-5, 3000);
    s.sparse = *rc::gen::inRange<ChainEpoch>(0, 5000);
    s.lost_until = s.head + *rc::gen::inRange<ChainEpoch>(-5, 20);
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
      auto open = s.head + *rc::gen::inRange<ChainEpoch>(-70, 3000);
      s.deadlines.push_back({open, open + 60});
    }
    auto epoch = next_epoch(s);
    if (!epoch) RC_SUCCEED();
    RC_ASSERT(*epoch > s.head);
    RC_ASSERT(*epoch > s.lost_until);
    RC_ASSERT(*epoch <= s.clock);
    RC_ASSERT(*epoch - s.head - 1 <= kMaxNullRounds - 1);
    for (const auto& work : s.deadlines) {
      if (work.open > s.head) RC_ASSERT(*epoch <= std::max(work.open, s.lost_until + 1));
    }
  }));
}

BlockMessage block(ChainEpoch height, std::vector<Cid> parents, uint8_t variant = 0) {
  BlockMessage out;
  out.header.miner = Address::from_id(1000);
  out.header.height = height;
  out.header.parents = std::move(parents);
  out.header.ticket = Ticket{Bytes{variant}};
  out.header.parent_state_root = out.header.parent_message_receipts = out.header.messages = Cid::of(Bytes{1});
  return out;
}

TipsetPtr base_of(ChainEpoch height, std::vector<Cid> parents, std::vector<uint8_t> others, bool own = false) {
  std::vector<BlockHeader> blocks;
  for (auto other : others) {
    blocks.push_back(block(height, parents, other).header);
    blocks.back().miner = Address::from_id(2000u + other);
  }
  if (own) blocks.push_back(block(height, parents).header);
  return must(Tipset::make(std::move(blocks)));
}

TEST(SlashFilterTest, RefusesEachConsensusFault) {
  auto store = fresh_store();
  const std::vector<Cid> genesis{Cid::of(Bytes{1})};
  auto before = base_of(9, genesis, {1}), beside = base_of(9, genesis, {2});
  auto first = block(10, before->cids());
  {
    SlashFilter filter(store);
    ASSERT_TRUE(filter.record(first, *before));
    ASSERT_TRUE(filter.record(first, *before));  // the same block again
  }
  SlashFilter filter(store);  // after a restart
  auto error_of = [&](const BlockMessage& b, const Tipset& base) {
    auto result = filter.record(b, base);
    EXPECT_FALSE(result);
    EXPECT_TRUE(result || result.error().code == ErrorCode::permission);
    return result ? std::string() : result.error().message;
  };
  EXPECT_NE(error_of(block(10, beside->cids(), 7), *beside).find("double-fork"), std::string::npos);
  EXPECT_NE(error_of(block(11, before->cids()), *before).find("time-offset"), std::string::npos);
  auto without = base_of(10, before->cids(), {3}), with = base_of(10, before->cids(), {3}, true);
  EXPECT_NE(error_of(block(11, without->cids()), *without).find("parent-grinding"), std::string::npos);
  EXPECT_NE(error_of(block(11, without->cids()), *with).find("parent-grinding"), std::string::npos)
      << "the base has the own block, the new block does not build on it";
  EXPECT_EQ(must(filter.left_out(first.header.miner, *without)), first);
  EXPECT_EQ(must(filter.left_out(first.header.miner, *with)), std::nullopt);
  EXPECT_TRUE(filter.record(block(11, with->cids()), *with));
  // Another miner in the same repository is its own matter.
  auto foreign = block(10, before->cids());
  foreign.header.miner = Address::from_id(1001);
  EXPECT_TRUE(filter.record(foreign, *before));

  EXPECT_EQ(must(filter.recorded(first.header.miner, 10)), first);
  EXPECT_EQ(must(filter.recorded_on(first.header.miner, before->key())), first);
  ASSERT_TRUE(filter.forget(first.header));
  EXPECT_EQ(must(filter.recorded_on(first.header.miner, before->key())), std::nullopt);
}

TEST(SlashFilterTest, GoesOnOnAHeadWithOtherParentsThanTheOwnBlock) {
  // The own block lost against one that knew more parents: no fault can be made of that, and when nobody else mines, a
  // refusal would end the chain.
  SlashFilter filter(fresh_store());
  auto few = base_of(9, {Cid::of(Bytes{1})}, {1}), more = base_of(9, {Cid::of(Bytes{1})}, {1, 2});
  ASSERT_TRUE(filter.record(block(10, few->cids()), *few));
  auto winner = base_of(10, more->cids(), {3});
  EXPECT_TRUE(filter.record(block(11, winner->cids()), *winner));
}

TEST(SlashFilterTest, ForgetsWhatIsTooOldToBeAFault) {
  auto store = fresh_store();
  SlashFilter filter(store);
  auto parent = [](ChainEpoch epoch) { return Cid::of(to_bytes("parent " + std::to_string(epoch))); };
  auto foreign = block(1, {parent(1)});
  foreign.header.miner = Address::from_id(1001);
  const auto base = base_of(0, {Cid::of(Bytes{1})}, {1});
  ASSERT_TRUE(filter.record(foreign, *base));
  for (ChainEpoch epoch = 1; epoch <= 150; ++epoch) ASSERT_TRUE(filter.record(block(epoch, {parent(epoch)}), *base));
  const Address miner = block(1, {}).header.miner;
  EXPECT_TRUE(must(filter.recorded(miner, 1)));
  // A thousand epochs later, the old ones go in steps; those within a finality stay.
  ASSERT_TRUE(filter.record(block(1140, {parent(1140)}), *base));
  EXPECT_FALSE(must(filter.recorded(miner, 1)));
  EXPECT_FALSE(must(filter.recorded_on(miner, TipsetKey{{parent(1)}})));
  EXPECT_FALSE(must(filter.recorded(miner, 100)));
  ASSERT_TRUE(filter.record(block(1141, {parent(1141)}), *base));
  EXPECT_FALSE(must(filter.recorded(miner, 140)));
  EXPECT_TRUE(must(filter.recorded(miner, 141)));
  EXPECT_TRUE(must(filter.recorded(miner, 150)));
  EXPECT_TRUE(must(filter.recorded(foreign.header.miner, 1))) << "another miner's";
}

}  // namespace
}  // namespace nelumbo::mining
