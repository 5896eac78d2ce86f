// What goes wrong: each waits or fails as its table says, and goes on by itself when the cause is gone.
#include "test_rig.hpp"

namespace nelumbo::sealing {
namespace {

using namespace testing;
using enum SectorState;
namespace methods = actors::methods;

TEST(Trouble, ShortFundsAreNamedAndWaitedFor) {
  Rig rig;
  rig.world.funds = 250;  // for two deposits
  rig.start();
  rig.pledge(3);
  rig.epochs(3);
  ASSERT_EQ(rig.machine->pending(Batch::pre_commit).size(), 1u);
  auto left = rig.machine->pending(Batch::pre_commit).front();
  EXPECT_NE(rig.reason(left).find("funds are short by 50 aFIL at " + rig.chain->worker.str()), std::string::npos)
      << rig.reason(left);
  rig.world.funds = 1'000'000;
  ASSERT_TRUE(rig.until({Proving}));
  rig.expect_nothing_twice();
}

TEST(Trouble, TheMinersOwnBalancePaysWhenItMay) {
  auto config = quick_config();
  config.collateral_from_miner_balance = true;
  Rig rig(config);
  rig.chain->available = 60;
  rig.start();
  rig.pledge(1);
  rig.epochs(3);
  ASSERT_FALSE(rig.world.messages.empty());
  EXPECT_EQ(rig.world.messages[0].message.message.value, TokenAmount(kDeposit - 60));
}

TEST(Trouble, AnAnswerThatIsLostMakesNoSecondMessage) {
  Rig rig;
  rig.chain->lose_answers = 2;
  rig.start();
  rig.pledge(4);
  ASSERT_TRUE(rig.until({Proving}));
  EXPECT_EQ(rig.world.messages.size(), 2u);
  EXPECT_GE(rig.chain->pushes, 3);
  rig.expect_nothing_twice();
}

TEST(Trouble, AMessageThatThePoolLostIsSentAgainUnderItsId) {
  Rig rig;
  rig.chain->lose_messages = 1;
  rig.start();
  rig.pledge(4);
  rig.epochs(4);
  EXPECT_NE(rig.reason(0).find("neither on the chain nor in a pool"), std::string::npos) << rig.reason(0);
  ASSERT_TRUE(rig.until({Proving}));
  EXPECT_EQ(rig.world.messages.size(), 2u);
  rig.expect_nothing_twice();
}

TEST(Trouble, ABaseFeeAboveTheFeeCapIsNamedAndWaitedFor) {
  Rig rig;
  rig.start();
  rig.pledge(2);
  rig.world.base_fee = 2000;
  rig.epochs(8);
  EXPECT_EQ(rig.state(0), PreCommitBatchWait);
  EXPECT_NE(rig.reason(0).find("its fee cap of 1 fFIL is below the base fee of 2 fFIL"), std::string::npos)
      << rig.reason(0);
  rig.world.base_fee = 1000;
  ASSERT_TRUE(rig.until({Proving}));
  EXPECT_EQ(rig.world.messages.size(), 2u);
  rig.expect_nothing_twice();
}

TEST(Trouble, ARefusedMessageIsNotSentAndTriedAgainLater) {
  Rig rig;
  rig.chain->refuse = Error{ErrorCode::invalid, "gas estimation: exit code 16"};
  rig.start();
  rig.pledge(2);
  rig.epochs(3);
  EXPECT_EQ(rig.state(0), PreCommitFailed);
  EXPECT_NE(must(rig.machine->get(0)).last_error.find("exit code 16"), std::string::npos);
  rig.chain->refuse.reset();
  ASSERT_TRUE(rig.until({Proving}));
  rig.expect_nothing_twice();
}

TEST(Trouble, PastItsTriesASectorWaitsForAPersonAndSaysWhatToDo) {
  Rig rig;
  rig.chain->refuse = Error{ErrorCode::invalid, "never"};
  rig.start();
  rig.pledge(1);
  for (int i = 0; i < 400; ++i) rig.epochs(1);
  EXPECT_EQ(rig.state(0), PreCommitFailed);
  EXPECT_NE(rig.reason(0).find("gave up after 8 tries"), std::string::npos) << rig.reason(0);
  EXPECT_NE(rig.reason(0).find("update-state"), std::string::npos);
  rig.chain->refuse.reset();
  must(rig.machine->update_state(0, SubmitPreCommitBatch, false));
  ASSERT_TRUE(rig.until({Proving}));
}

TEST(Trouble, AMessageThatFailsOnTheChainIsLookedIntoAndSentAgain) {
  Rig rig;
  rig.start();
  rig.pledge(2);
  rig.epochs(3);
  ASSERT_EQ(rig.state(0), PreCommitBatchWait);
  rig.world.messages[0].message.message.value = 0;  // the actor says: insufficient funds
  rig.world.messages[0].executed = rig.world.height;
  rig.world.messages[0].exit = 19;
  rig.world.pre_commits.clear();
  ASSERT_TRUE(rig.until({Proving}));
  auto log = must(rig.machine->get(0)).log;
  EXPECT_TRUE(std::any_of(log.begin(), log.end(), [](const auto& line) {
    return line.text.find("exit code 19 (ErrInsufficientFunds)") != std::string::npos;
  }));
}

TEST(Trouble, AReorganisationTakesMessagesBackAndTheyComeAgain) {
  for (bool lose : {false, true}) {
    Rig rig;
    rig.start();
    rig.pledge(2);
    ASSERT_TRUE(rig.until({WaitSeed}));
    rig.epochs(2);
    rig.reorganise(9, lose);
    ASSERT_FALSE(rig.world.allocated(0));
    ASSERT_TRUE(rig.until({Proving})) << lose;
    rig.expect_nothing_twice();
  }
}

TEST(Trouble, ASeedThatChangedIsDrawnAgain) {
  auto config = quick_config();
  config.seed_confidence = 0;
  Rig rig(config);
  rig.start();
  rig.pledge(1);
  ASSERT_TRUE(rig.until({WaitSeed}));
  while (rig.world.height < rig.world.pre_commits[0].info.pre_commit_epoch + kDelay) rig.epochs(1);
  ASSERT_EQ(rig.state(0), SubmitCommitAggregate);
  rig.reorganise(1, false);
  ASSERT_TRUE(rig.until({Proving}));
  auto log = must(rig.machine->get(0)).log;
  EXPECT_TRUE(std::any_of(log.begin(), log.end(), [](const auto& l) { return l.kind == "event;seed_changed"; }));
}

TEST(Trouble, ANodeThatIsGoneIsNamedAndWorkGoesOn) {
  Rig rig;
  rig.start();
  rig.pledge(2);
  rig.epochs(1);
  rig.chain->away = true;
  rig.epochs(2);
  EXPECT_NE(rig.reason(0).find("the node does not answer: connection refused"), std::string::npos) << rig.reason(0);
  rig.chain->away = false;
  ASSERT_TRUE(rig.until({WaitSeed}));
  rig.chain->away = true;
  rig.epochs(1);
  EXPECT_NE(rig.reason(0).find("the node does not answer: connection refused"), std::string::npos) << rig.reason(0);
  rig.chain->away = false;
  ASSERT_TRUE(rig.until({Proving}));
  rig.expect_nothing_twice();
}

TEST(Trouble, ABatchThatTheNodeBreaksOffSaysWhyAndStays) {
  auto config = quick_config();
  config.pre_commit_batch_wait = std::chrono::hours(24);
  Rig rig(config);
  rig.start();
  rig.pledge(2);
  rig.settle();
  rig.chain->away = true;  // between two heads: nobody has noticed yet
  auto flushed = rig.machine->flush(Batch::pre_commit);
  ASSERT_EQ(flushed.size(), 1u);
  EXPECT_EQ(flushed.front().error, "connection refused");
  EXPECT_EQ(rig.machine->pending(Batch::pre_commit).size(), 2u);
}

TEST(Trouble, WorkThatLacksSpaceOrParametersWaitsWithoutCountingAsAFailure) {
  Rig rig;
  for (int i = 0; i < 12; ++i)
    rig.sealer->failures["C2"].push_back({ErrorCode::unavailable, "parameters are being generated: 40 %"});
  rig.sealer->failures["AP"].push_back({ErrorCode::exhausted, "no path has 4 KiB free"});
  rig.start();
  rig.pledge(1);
  rig.settle();
  EXPECT_EQ(rig.reason(0), "no path has 4 KiB free");
  for (int i = 0; i < 60 && rig.state(0) != Committing; ++i) rig.epochs(1);
  EXPECT_EQ(rig.reason(0), "parameters are being generated: 40 %");
  ASSERT_TRUE(rig.until({Proving}));
  EXPECT_EQ(must(rig.machine->get(0)).tries, 0u);
}

TEST(Trouble, TreesThatFailThriceBeginAnewWithAnotherTicket) {
  Rig rig;
  for (int i = 0; i < 3; ++i) rig.sealer->failures["PC2"].push_back({ErrorCode::invalid, "the layers are damaged"});
  rig.start();
  rig.pledge(1);
  ASSERT_TRUE(rig.until({Proving}));
  auto first_layers =
      std::count_if(rig.world.work.begin(), rig.world.work.end(), [](const auto& each) { return each.task == "PC1"; });
  EXPECT_EQ(first_layers, 2);
}

TEST(Trouble, AFailedProofIsTriedLaterEachTime) {
  Rig rig;
  for (int i = 0; i < 2; ++i) rig.sealer->failures["C2"].push_back({ErrorCode::failed, "out of memory"});
  rig.start();
  rig.pledge(1);
  for (int i = 0; i < 60 && rig.state(0) != ComputeProofFailed; ++i) rig.epochs(1);
  EXPECT_NE(rig.reason(0).find("tries again in"), std::string::npos) << rig.reason(0);
  ASSERT_TRUE(rig.until({Proving}));
}

TEST(Trouble, AProofThatDoesNotVerifyIsNotSentAndMadeAgain) {
  Rig rig;
  rig.aggregator->wrong = 1;
  rig.start();
  rig.pledge(1);
  for (int i = 0; i < 60 && rig.state(0) != ComputeProofFailed; ++i) rig.epochs(1);
  ASSERT_EQ(rig.state(0), ComputeProofFailed);
  EXPECT_NE(must(rig.machine->get(0)).last_error.find("does not verify"), std::string::npos);
  EXPECT_TRUE(must(rig.machine->get(0)).proof_bytes.empty());
  ASSERT_TRUE(rig.until({Proving}));
  EXPECT_EQ(std::ranges::count(rig.world.work, "C2", &SimWork::task), 2);
  EXPECT_EQ(rig.messages_of(methods::kProveCommitSectors3), 1);
  rig.expect_nothing_twice();
}

TEST(Trouble, ProofsThatCannotBeAggregatedGoSingly) {
  Rig rig;
  rig.aggregator->error = Error{ErrorCode::unavailable, "the SRS is missing"};
  rig.start();
  rig.pledge(4);
  ASSERT_TRUE(rig.until({Proving}));
  EXPECT_EQ(rig.messages_of(methods::kProveCommitSectors3), 4);
  rig.expect_nothing_twice();
}

TEST(Trouble, AFullDiskHoldsASectorUntilThereIsSpace) {
  Rig rig;
  auto store = std::make_shared<MemoryKv>();
  rig.store = store;
  rig.start();
  rig.pledge(1);
  store->broken = true;
  rig.settle();
  EXPECT_NE(rig.reason(0).find("no space left on the disk"), std::string::npos) << rig.reason(0);
  EXPECT_EQ(rig.machine->pledge().error().code, ErrorCode::exhausted);
  store->broken = false;
  ASSERT_TRUE(rig.until({Proving}));
  rig.expect_nothing_twice();
}

TEST(Trouble, APreCommitmentThatRanOutIsHopelessAndSaysSo) {
  Rig rig;
  rig.start();
  rig.pledge(1);
  for (int i = 0; i < 60 && rig.state(0) != WaitSeed; ++i) rig.epochs(1);
  ASSERT_EQ(rig.state(0), WaitSeed);
  rig.sealer->stuck.insert(0);
  for (int i = 0; i < 30; ++i) rig.epochs(1);
  ASSERT_EQ(rig.state(0), Committing);
  rig.sealer->stuck.clear();
  rig.world.height += 31 * 2880;
  ASSERT_TRUE(rig.until({FailedUnrecoverable}));
  EXPECT_NE(must(rig.machine->get(0)).log.back().text.find("the deposit is lost"), std::string::npos);
}

}  // namespace
}  // namespace nelumbo::sealing
