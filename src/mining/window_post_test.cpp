#include "mining/window_post.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "post_disputes.hpp"
#include "post_sender.hpp"
#include "test_node.hpp"

namespace nelumbo::mining {
namespace {

using namespace testing;

class WindowPosterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config.miner = node->miner;
    start();
  }
  void start() { poster = std::make_unique<WindowPoster>(config, node, prover, sectors, store); }
  /// A head at this epoch with the messages that wait.
  TipsetPtr head_at(ChainEpoch epoch) {
    while (must(node->head())->height() + kMaxNullRounds < epoch)
      add_head(must(node->head())->height() + kMaxNullRounds);
    return add_head(epoch);
  }
  TipsetPtr add_head(ChainEpoch epoch) {
    auto head = node->tipset(epoch, must(node->head())->cids());
    BlockMessage message{head->blocks().front(), {}, {}};
    for (const auto& m : must(node->select_messages({}, 1))) message.bls_messages.push_back(m.cid());
    rpc::BlockTemplate block;
    block.messages = must(node->select_messages({}, 1));
    must(node->create_block(block));  // the node learns the messages' bodies
    must(node->submit_block(message));
    return must(node->head());
  }
  /// Every epoch of a stretch, as they come in life.
  void live(ChainEpoch from, ChainEpoch to) {
    for (ChainEpoch epoch = from; epoch < to; ++epoch) (void)poster->tick(head_at(epoch), false);
  }
  actors::DeadlineInfo window(uint64_t index, int period = 0) const {
    return actors::deadline_info(node->period_start + period * actors::kProvingPeriod, index, 0);
  }
  void lose_sector(SectorNumber number) { fs::remove(folder / "sealed" / sector_file_name(1000, number)); }

  std::shared_ptr<TestNode> node = std::make_shared<TestNode>();
  std::shared_ptr<TestProver> prover = std::make_shared<TestProver>();
  std::shared_ptr<const sealing::Storage> sectors = storage_with({1, 2, 3});
  fs::path folder = sectors->paths()[0].folder;
  std::shared_ptr<KvStore> store = fresh_store();
  WindowPostConfig config;
  std::unique_ptr<WindowPoster> poster;
};

TEST_F(WindowPosterTest, WaitsForConfidencesAndSendsOnce) {
  node->deadlines_now[2] = {{BitField::from_values({1, 2}), {}, {}}};
  auto d = window(2);
  ASSERT_TRUE(poster->tick(head_at(d.challenge + config.challenge_confidence - 1), false));
  EXPECT_EQ(prover->window_proofs, 0);
  ASSERT_TRUE(poster->tick(head_at(d.challenge + config.challenge_confidence), false));
  EXPECT_EQ(prover->window_proofs, 1);
  EXPECT_EQ(node->sent, 0);
  start();  // a restart keeps the proof
  ASSERT_TRUE(poster->tick(head_at(d.open + config.submit_confidence), false));
  EXPECT_EQ(prover->window_proofs, 1);
  EXPECT_EQ(node->sent, 1);
  start();  // and what was sent
  for (ChainEpoch e = 1; e <= 5; ++e) ASSERT_TRUE(poster->tick(head_at(d.open + config.submit_confidence + e), false));
  EXPECT_EQ(prover->window_proofs, 1);
  EXPECT_EQ(node->sent, 1);
  head_at(d.close);
  EXPECT_TRUE(node->missed.empty());
}

TEST_F(WindowPosterTest, SkipsWhatCannotBeRead) {
  // 2 is on the disk but broken, 9 is not there at all; 3 alone can be proven and stands in for them.
  node->deadlines_now[2] = {{BitField::from_values({2, 3, 9}), {}, {}}};
  prover->unreadable = {2};
  auto d = window(2);
  ASSERT_TRUE(poster->tick(head_at(d.open + 5), true));
  EXPECT_EQ(prover->last_sectors, (std::vector<SectorNumber>{3, 3, 3}));
  ASSERT_EQ(poster->submissions().size(), 1u);
  EXPECT_EQ(poster->submissions()[0].skipped, 2u);
  head_at(d.open + 6);
  head_at(d.open + 7);
  EXPECT_EQ(node->deadlines_now[2][0].faulty, BitField::from_values({2, 9}));
}

TEST_F(WindowPosterTest, CutsPartitionsIntoMessages) {
  config.max_partitions_per_message = 2;
  start();
  node->deadlines_now[2] = {
      {BitField::from_values({1}), {}, {}}, {BitField::from_values({2}), {}, {}}, {BitField::from_values({3}), {}, {}}};
  ASSERT_TRUE(poster->tick(head_at(window(2).open), true));
  auto sent = poster->submissions();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].partitions, (std::vector<uint64_t>{0, 1}));
  EXPECT_EQ(sent[1].partitions, (std::vector<uint64_t>{2}));
}

TEST_F(WindowPosterTest, APartitionWithRecoveringSectorsMayHaveAMessageOfItsOwn) {
  config.single_recovering_partition = true;
  start();
  auto two = BitField::from_values({2});
  node->deadlines_now[2] = {
      {BitField::from_values({1}), {}, {}}, {two, two, two}, {BitField::from_values({3}), {}, {}}};
  ASSERT_TRUE(poster->tick(head_at(window(2).open), true));
  auto sent = poster->submissions();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].partitions, (std::vector<uint64_t>{0, 2}));
  EXPECT_EQ(sent[1].partitions, (std::vector<uint64_t>{1}));
}

TEST_F(WindowPosterTest, FollowsHeadsUntilStoppedAndRestsWhilePaused) {
  node->deadlines_now[2] = {{BitField::from_values({1, 2}), {}, {}}};
  auto d = window(2);
  std::stop_source stop;
  ChainEpoch epoch = d.open - 1;
  const auto patience = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  node->on_wait_head = [&] {
    const bool paused = epoch < d.open + 20;
    poster->pause(paused);
    EXPECT_TRUE(!paused || prover->window_proofs == 0);
    // The proof is made on another thread: the chain stands still until its message is sent.
    if (epoch < d.open + 22) head_at(++epoch);
    if (node->sent > 0 || std::chrono::steady_clock::now() > patience) stop.request_stop();
    std::this_thread::yield();
  };
  poster->run(stop.get_token(), JumpingClock());
  EXPECT_EQ(node->sent, 1);
  EXPECT_EQ(prover->window_proofs, 1);
}

TEST_F(WindowPosterTest, SaysWhenNothingCanBeProven) {
  node->deadlines_now[2] = {{BitField::from_values({8, 9}), {}, {}}};
  auto done = poster->tick(head_at(window(2).open), true);
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("none of the sectors can be read"), std::string::npos) << done.error().message;
}

TEST_F(WindowPosterTest, AWrongProofIsNotSentButMadeAgain) {
  node->deadlines_now[2] = {{BitField::from_values({1}), {}, {}}};
  prover->wrong_proofs = 1;
  auto d = window(2);
  auto done = poster->tick(head_at(d.open + 5), false);
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("does not verify"), std::string::npos) << done.error().message;
  EXPECT_EQ(node->sent, 0);
  ASSERT_TRUE(poster->tick(head_at(d.open + 6), false));
  EXPECT_EQ(prover->window_proofs, 2);
  EXPECT_EQ(node->sent, 1);

  config.verify = false;
  store = fresh_store();
  start();
  prover->wrong_proofs = 1;
  ASSERT_TRUE(poster->tick(head_at(window(2, 1).open + 5), false));
  EXPECT_EQ(prover->wrong_proofs, 1);  // nobody asked
}

TEST_F(WindowPosterTest, DeclaresFaultsBeforeTheCutoffAndRecoveriesWhenFilesAreBack) {
  node->deadlines_now[10] = {{BitField::from_values({1, 2}), {}, {}}, {BitField::from_values({3}), {}, {}}};
  auto d = window(10);
  lose_sector(2);
  lose_sector(3);
  live(d.fault_cutoff - 30, d.fault_cutoff);
  ASSERT_EQ(node->faults.size(), 1u);  // both partitions in one message
  EXPECT_EQ(node->deadlines_now[10][0].faulty, BitField::from_values({2}));
  EXPECT_EQ(node->deadlines_now[10][1].faulty, BitField::from_values({3}));
  live(d.fault_cutoff, d.close + 2);
  EXPECT_EQ(prover->last_sectors, (std::vector<SectorNumber>{1, 1}));  // 1 stands in for 2, which skips nothing
  EXPECT_EQ(poster->submissions().back().skipped, 0u);
  EXPECT_TRUE(node->missed.empty());

  put_sector(folder, 2);
  auto next = window(10, 1);
  live(next.open - 200, next.close + 2);
  EXPECT_EQ(node->declared.size(), 1u);
  EXPECT_EQ(node->deadlines_now[10][0].faulty, BitField());
  EXPECT_EQ(node->deadlines_now[10][1].faulty, BitField::from_values({3}));
  EXPECT_EQ(node->faults.size(), 1u);
}

TEST_F(WindowPosterTest, ARecoveringSectorThatIsGoneAgainIsDeclaredFaulty) {
  auto two = BitField::from_values({2});
  node->deadlines_now[10] = {{BitField::from_values({1, 2}), two, two}};
  lose_sector(2);
  auto d = window(10);
  live(d.fault_cutoff - 30, d.fault_cutoff);
  EXPECT_EQ(node->deadlines_now[10][0].recovering, BitField());
}

TEST_F(WindowPosterTest, WithoutPreChecksNoFaultIsDeclared) {
  config.pre_checks = false;
  start();
  node->deadlines_now[10] = {{BitField::from_values({1, 2}), {}, {}}};
  lose_sector(2);
  auto d = window(10);
  live(d.fault_cutoff - 30, d.close + 2);
  EXPECT_TRUE(node->faults.empty());
  EXPECT_EQ(poster->submissions().back().skipped, 1u);
}

TEST_F(WindowPosterTest, ADeclarationThatFailedIsSentAgain) {
  auto all = BitField::from_values({1, 2});
  node->deadlines_now[10] = {{all, all, {}}};
  node->refuse_declarations = 1;
  node->lose_messages = 1;
  auto d = window(10);
  live(d.open - 180, d.fault_cutoff);
  EXPECT_EQ(node->refuse_declarations, 0);
  EXPECT_EQ(node->lose_messages, 0);
  EXPECT_EQ(node->declared.size(), 2u);
  EXPECT_EQ(node->sent, 3);
  EXPECT_EQ(node->deadlines_now[10][0].recovering, all);
}

TEST_F(WindowPosterTest, RecoveriesAreLimited) {
  config.recovering_sector_limit = 2;
  config.max_partitions_per_declaration = 1;
  start();
  auto one_two = BitField::from_values({1, 2}), three = BitField::from_values({3});
  node->deadlines_now[10] = {{one_two, one_two, {}}, {three, three, {}}};
  node->deadlines_now[11] = {{three, three, {}}};
  ASSERT_TRUE(poster->tick(head_at(window(10).open - 180), false));
  EXPECT_EQ(node->sent, 2);
  head_at(window(10).open - 179);
  head_at(window(10).open - 178);
  EXPECT_EQ(node->deadlines_now[10][0].recovering, one_two);
  EXPECT_TRUE(node->deadlines_now[10][1].recovering.empty());  // the limit of the deadline is reached
  EXPECT_EQ(node->deadlines_now[11][0].recovering, three);
}

TEST_F(WindowPosterTest, AMessageWaitsOutASpikeOfTheBaseFee) {
  node->deadlines_now[2] = {{BitField::from_values({1, 2}), {}, {}}};
  auto d = window(2);
  ASSERT_TRUE(poster->tick(head_at(d.open + 5), false));
  ASSERT_EQ(node->pool.size(), 1u);
  node->base_fee = node->pool[0].message.gas_fee_cap + 1;
  live(d.open + 6, d.open + 40);
  EXPECT_EQ(node->sent, 1);
  EXPECT_EQ(node->pool.size(), 1u);
  node->base_fee -= 1;
  live(d.open + 40, d.close + 1);
  EXPECT_EQ(node->sent, 1);
  EXPECT_TRUE(node->missed.empty());
}

TEST_F(WindowPosterTest, ComputesWithoutSendingAndRecoversByHand) {
  auto faulty = BitField::from_values({2});
  node->deadlines_now[2] = {{BitField::from_values({1, 2, 9}), faulty, {}}};
  auto head = head_at(window(2).close + 100);
  auto params = must(poster->compute(2, head));
  ASSERT_EQ(params.size(), 1u);
  EXPECT_EQ(params[0].partitions[0].skipped, BitField::from_values({9}));
  EXPECT_EQ(params[0].chain_commit_epoch, window(2).challenge);
  EXPECT_EQ(params[0].proofs.size(), 1u);
  EXPECT_TRUE(must(poster->compute(3, head)).empty());
  EXPECT_FALSE(poster->compute(48, head));
  EXPECT_EQ(node->sent, 0);

  EXPECT_EQ(must(poster->recover({2}, head)).size(), 1u);
  head_at(window(2).close + 101);
  head_at(window(2).close + 102);
  EXPECT_EQ(node->deadlines_now[2][0].recovering, faulty);
  EXPECT_FALSE(poster->recover({77}, head));
}

TEST_F(WindowPosterTest, ADisputedProofIsNoticed) {
  Disputes disputes;
  auto look = [&](ChainEpoch epoch) {
    return must(disputes.look(*node, node->miner, head_at(epoch), node->period_start));
  };
  node->disputable[2] = 2;
  EXPECT_TRUE(look(window(2).close + 10).empty());
  EXPECT_TRUE(look(window(2).close + 70).empty());
  node->disputable[2] = 1;
  EXPECT_EQ(look(window(2).close + 130), std::vector<uint64_t>{2});
  EXPECT_TRUE(look(window(2).close + 190).empty());
  node->disputable[2] = 0;  // the next window has closed: its proofs are others
  EXPECT_TRUE(look(window(2, 1).close + 10).empty());
}

class PostSenderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config.miner = node->miner;
    node->control = {first, second, precommit};
    config.other_kinds = {robust};
    node->ids[robust] = precommit;
  }
  Message sent() {
    PostSender sender(config, node);
    auto info = must(node->miner_info(config.miner, {}));
    must(sender.push(actors::methods::kDeclareFaultsRecovered, Bytes{1}, info, fmt::format("{}", ++occasion)));
    return node->pool.back().message;
  }

  std::shared_ptr<TestNode> node = std::make_shared<TestNode>();
  WindowPostConfig config;
  Address first = Address::from_id(201), second = Address::from_id(202), precommit = Address::from_id(203);
  Address robust = must(Address::bls(Bytes(48, 9)));
  int occasion = 0;
};

TEST_F(PostSenderTest, TakesTheFirstControlAddressWithFundsThatNoOtherKindHas) {
  EXPECT_EQ(sent().from, first);
  node->balances[first] = 5;
  EXPECT_EQ(sent().from, second);
  node->keyless.insert(second);
  EXPECT_EQ(sent().from, node->worker);
  node->balances[node->worker] = 0;
  EXPECT_EQ(sent().from, node->owner);
}

TEST_F(PostSenderTest, WhereNoneHasEnoughTheRichestPaysWhatItCan) {
  for (const auto& each : {first, second, node->worker, node->owner}) node->balances[each] = 1'000'000;
  node->balances[second] = 500'000'000;
  auto message = sent();
  EXPECT_EQ(message.from, second);
  EXPECT_EQ(message.gas_fee_cap, 50);
  config.worker_fallback = config.owner_fallback = false;
  node->keyless = {first, second};
  PostSender sender(config, node);
  auto none = sender.push(11, {}, must(node->miner_info(config.miner, {})), "x");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("no key"), std::string::npos) << none.error().message;
}

TEST_F(PostSenderTest, FallsBackToAnEstimatedFeeWhenTheBalanceIsPromised) {
  node->control.clear();
  config.owner_fallback = false;
  node->balances[node->worker] = kAttoPerFil;
  EXPECT_EQ(sent().gas_fee_cap, kAttoPerFil / TestNode::kGas);
}

}  // namespace
}  // namespace nelumbo::mining
