#include "mining/miner.hpp"

#include <gtest/gtest.h>

#include "round.hpp"
#include "test_node.hpp"

namespace nelumbo::mining {
namespace {

using namespace testing;

class MinerTest : public ::testing::Test {
 protected:
  /// Two deadlines with sectors, one of them with two partitions.
  void SetUp() override {
    node->deadlines_now[3] = {{BitField::from_values({1, 2}), {}, {}}, {BitField::from_values({3}), {}, {}}};
    node->deadlines_now[30] = {{BitField::from_values({4, 5}), {}, {}}};
    config.miner = node->miner;
    config.block_delay = TestNode::kDelay;
    config.propagation_delay = 0;
    config.equivocation_delay = 0;
    config.catch_up = true;
    clock->time = time_of(0);
  }
  void start() {
    WindowPostConfig post;
    post.miner = node->miner;
    poster = std::make_shared<WindowPoster>(post, node, prover, sectors, store);
    miner = std::make_unique<Miner>(config, node, prover, sectors, std::make_shared<SlashFilter>(store), poster, clock);
  }
  static TimePoint time_of(ChainEpoch epoch) {
    return from_unix_seconds(
        static_cast<int64_t>(TestNode::kGenesisTime + TestNode::kDelay * static_cast<uint64_t>(epoch)));
  }
  ChainEpoch height() { return must(node->head())->height(); }
  /// Turns until the chain reaches the clock; gives how many blocks it took.
  size_t catch_up_to(ChainEpoch epoch) {
    clock->time = time_of(epoch);
    size_t before = node->chain.size();
    while (height() < epoch) {
      auto round = miner->turn({});
      EXPECT_TRUE(round) << (round ? "" : round.error().message);
      if (!round) break;
      EXPECT_TRUE(round->catching_up || epoch - height() <= Miner::kCatchUpLag);
    }
    return node->chain.size() - before;
  }

  std::shared_ptr<TestNode> node = std::make_shared<TestNode>();
  std::shared_ptr<TestProver> prover = std::make_shared<TestProver>();
  std::shared_ptr<const sealing::Storage> sectors = storage_with({1, 2, 3, 4, 5});
  std::shared_ptr<KvStore> store = fresh_store();
  std::shared_ptr<JumpingClock> clock = std::make_shared<JumpingClock>();
  MinerConfig config;
  std::shared_ptr<WindowPoster> poster;
  std::unique_ptr<Miner> miner;
};

TEST_F(MinerTest, CatchesUpSparselyWithoutMissingADeadline) {
  config.sparse = 300;
  start();
  // Three and a half proving periods; two deadlines with 2 messages in each period.
  size_t blocks = catch_up_to(10'000);
  EXPECT_TRUE(node->missed.empty());
  EXPECT_LE(blocks, 10'000 / 300 + 4 * 2 * 5);
  EXPECT_GE(poster->submissions().size(), 6u);
  EXPECT_TRUE(node->deadlines_now[3][0].faulty.empty());
}

TEST_F(MinerTest, LargestStepsStayWithinTheNullRoundLimit) {
  config.sparse = 100'000;
  start();
  catch_up_to(9'000);
  EXPECT_TRUE(node->missed.empty());
}

TEST_F(MinerTest, CatchesUpBlockByBlock) {
  start();
  // The election of an epoch is lost with a chance of e^-5.
  size_t blocks = catch_up_to(700);
  EXPECT_GT(blocks, 650u);
  EXPECT_LE(blocks, 700u);
  EXPECT_TRUE(node->missed.empty());
}

TEST_F(MinerTest, TriesAgainWhenAWindowPostFailsOrIsLost) {
  config.sparse = 800;
  node->refuse_posts = 1;
  node->lose_messages = 1;
  start();
  catch_up_to(3'000);
  EXPECT_TRUE(node->missed.empty());
  EXPECT_EQ(node->refuse_posts, 0);
  EXPECT_EQ(node->lose_messages, 0);
}

TEST_F(MinerTest, ALostAnswerMakesNoSecondMessage) {
  config.sparse = 800;
  node->lose_answers = 3;
  start();
  catch_up_to(6'000);
  EXPECT_EQ(node->lose_answers, 0);
  EXPECT_TRUE(node->missed.empty());
  EXPECT_EQ(static_cast<size_t>(node->sent), poster->submissions().size());
}

TEST_F(MinerTest, RecoversSectorsThatWereFaulty) {
  config.sparse = 400;
  node->deadlines_now[30][0].faulty = BitField::from_values({4, 5});
  start();
  catch_up_to(3'000);
  EXPECT_EQ(node->declared.size(), 1u);
  EXPECT_TRUE(node->deadlines_now[30][0].faulty.empty());
  EXPECT_TRUE(node->missed.empty());
}

TEST_F(MinerTest, MinesInTimeWhenNotBehind) {
  start();
  for (int i = 0; i < 20; ++i) {
    auto round = must(miner->turn({}));
    EXPECT_FALSE(round.catching_up);
    if (round.block) {
      EXPECT_EQ(clock->time, time_of(round.epoch));
      EXPECT_EQ(height(), round.epoch);
    }
  }
  EXPECT_GE(height(), 19);
}

TEST_F(MinerTest, ASectorThatCannotBeReadCostsItsRoundsOnly) {
  node->challenge_among = 2;
  prover->unreadable = {1};
  config.sparse = 1;
  start();
  catch_up_to(60);
  EXPECT_GT(node->chain.size(), 20u);
  for (const auto& block : node->chain) EXPECT_EQ(block.header.height % 2, 1);
  // In its own time the round is tried for as long as its epoch lasts: the file may come back.
  clock->time = time_of(height());
  bool refused = false;
  while (true) {
    auto round = miner->turn({});
    refused = refused || !round;
    clock->time += std::chrono::seconds(1);
    if (!round || round->unproven.empty()) continue;
    EXPECT_EQ(round->epoch % 2, 0);
    EXPECT_GE(clock->time, time_of(round->epoch));
    break;
  }
  EXPECT_TRUE(refused) << "given up before its time was over";
}

TEST_F(MinerTest, NeverSignsASecondBlockOnABase) {
  start();
  clock->time = time_of(0);
  node->refuse_blocks = 1;  // signed and recorded, but the daemon is gone
  while (node->refuse_blocks == 1) {
    auto round = miner->turn({});
    EXPECT_EQ(round.has_value(), node->refuse_blocks == 1);
  }
  auto recorded = must(SlashFilter(store).recorded_on(node->miner, must(node->head())->key()));
  ASSERT_TRUE(recorded);
  start();  // after a restart, much later
  clock->time = time_of(200);
  auto round = must(miner->turn({}));
  ASSERT_TRUE(round.block);
  EXPECT_EQ(*round.block, recorded->header.cid());
  EXPECT_EQ(node->chain.back(), *recorded);
}

TEST_F(MinerTest, SendsAgainTheOwnBlockThatTheHeadLacks) {
  start();
  clock->time = time_of(0);
  const auto genesis = must(node->head());
  node->refuse_blocks = 1;  // signed and recorded, but the daemon is gone
  while (node->refuse_blocks == 1) std::ignore = miner->turn({});
  auto recorded = must(SlashFilter(store).recorded_on(node->miner, genesis->key()));
  ASSERT_TRUE(recorded);
  BlockHeader other = recorded->header;  // meanwhile another miner's block of that epoch has become the head
  other.miner = Address::from_id(1001);
  node->set_head(must(Tipset::make({other})));
  std::vector<Cid> heard;
  node->on_submit = [&](const BlockMessage& block) { heard.push_back(block.header.cid()); };
  std::ignore = miner->turn({});
  EXPECT_EQ(heard, std::vector{recorded->header.cid()});
}

TEST_F(MinerTest, HearsOthersOutBeforeItBringsAChainBackThatWasDown) {
  config.others_patience = 10;
  start();
  clock->time = time_of(1'000);
  int looks = 0;
  node->is_syncing = true;
  node->on_wait_head = [&] {
    clock->time += std::chrono::seconds(1);
    ++looks;
    if (looks == 20) node->is_syncing = false;
    if (looks == 25) node->set_head(node->tipset(500, must(node->head())->cids()));  // what the others have mined
  };
  auto round = must(miner->turn({}));
  EXPECT_GE(looks, 35);  // quiet for ten seconds after the last news
  EXPECT_GT(round.epoch, 500);
  // From then on it waits for nobody, until the clock is reached.
  node->on_wait_head = {};
  catch_up_to(1'000);
  EXPECT_EQ(height(), 1'000);
}

TEST_F(MinerTest, LeavesCatchingUpToWhoeverDoesIt) {
  config.others_patience = 10;
  config.catch_up = false;
  start();
  clock->time = time_of(100);
  ChainEpoch theirs = 0;
  node->on_wait_head = [&] {
    clock->time += std::chrono::seconds(1);
    theirs += 10;
    node->set_head(node->tipset(theirs, must(node->head())->cids()));
  };
  auto round = must(miner->turn({}));
  EXPECT_TRUE(node->chain.empty() || node->chain.size() == 1);
  EXPECT_GE(round.epoch, 100);
}

TEST_F(MinerTest, StopsWhileWaiting) {
  start();
  std::stop_source stop;
  stop.request_stop();
  auto round = miner->turn(stop.get_token());
  ASSERT_FALSE(round);
  EXPECT_EQ(round.error().code, ErrorCode::cancelled);
  EXPECT_TRUE(node->chain.empty());
}

TEST_F(MinerTest, LeavesOutEquivocatingBlocksOfTheBase) {
  start();
  auto one = node->tipset(1, must(node->head())->cids());
  BlockHeader second = one->blocks().front();
  second.miner = Address::from_id(1001);
  second.ticket = Ticket{Bytes{9}};
  auto both = must(Tipset::make({one->blocks().front(), second}));
  node->set_head(one);  // the daemon has found the second block's miner out
  config.equivocation_delay = 2;
  RoundTools tools{config, *node, *prover, *sectors, *clock};
  for (ChainEpoch epoch = 2;; ++epoch) {
    Round round{.epoch = epoch};
    auto block = must(make_block(tools, both, epoch, clock->time, {}, round));
    if (!block) continue;
    EXPECT_EQ(block->header.parents, one->cids());
    break;
  }
  EXPECT_EQ(clock->time, time_of(0) + std::chrono::seconds(2));
}

TEST(TicketQuality, IsTheTicketsPlaceAmongAll) {
  auto best = ticket_quality(Ticket{Bytes{1}}), other = ticket_quality(Ticket{Bytes{2}});
  for (double quality : {best, other}) {
    EXPECT_GE(quality, 0);
    EXPECT_LE(quality, 1);
  }
  EXPECT_NE(best, other);
}

}  // namespace
}  // namespace nelumbo::mining
