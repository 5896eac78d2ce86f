// A sector's way from a pledge to Proving, and what an operator can ask of it.
#include "test_rig.hpp"

namespace nelumbo::sealing {
namespace {

using namespace testing;
using enum SectorState;
using std::chrono::seconds;
namespace methods = actors::methods;
constexpr MethodNum kTerminateSectors = 9, kProveReplicaUpdates3 = 35;  ///< of the miner actor

TEST(Machine, TenPledgedSectorsProveFromOnePreCommitmentAndOneAggregatedProof) {
  Rig rig;
  rig.start();
  auto numbers = rig.pledge(10);
  EXPECT_EQ(numbers.back(), 9u);
  ASSERT_TRUE(rig.until({Proving}));
  EXPECT_EQ(rig.messages_of(methods::kPreCommitSectorBatch2), 1);
  EXPECT_EQ(rig.messages_of(methods::kProveCommitSectors3), 1);
  EXPECT_EQ(rig.world.sectors.size(), 10u);
  // Deposits and pledges came with the messages.
  EXPECT_EQ(rig.world.funds, TokenAmount(1'000'000'000) - 10 * kPledge);
  rig.expect_nothing_twice();
}

TEST(Machine, SixProofsGoSinglyWhenProofsAreNotAggregated) {
  auto config = quick_config();
  config.aggregate_commits = false;
  Rig rig(config);
  rig.start();
  rig.pledge(6);
  ASSERT_TRUE(rig.until({Proving}));
  EXPECT_EQ(rig.messages_of(methods::kProveCommitSectors3), 6);
  rig.expect_nothing_twice();
}

TEST(Machine, BelowTheBaseFeeThresholdProofsShareAMessageWithoutBeingAggregated) {
  auto config = quick_config();
  config.aggregate_above_base_fee = 1'000'000;
  Rig rig(config);
  rig.start();
  rig.pledge(5);
  ASSERT_TRUE(rig.until({Proving}));
  ASSERT_EQ(rig.messages_of(methods::kProveCommitSectors3), 1);
  auto params = must(from_cbor<actors::ProveCommitSectors3Params>(rig.world.messages.back().message.message.params));
  EXPECT_EQ(params.sector_proofs.size(), 5u);
  EXPECT_TRUE(params.aggregate_proof.empty());
}

TEST(Machine, ABatchGoesOutWhenItIsFullAndOnCommand) {
  auto config = quick_config();
  config.pre_commit_batch_wait = seconds(24 * 3600);
  config.max_pre_commit_batch = 3;
  Rig rig(config);
  rig.start();
  rig.pledge(4);
  rig.settle();
  EXPECT_EQ(rig.messages_of(methods::kPreCommitSectorBatch2), 1);
  ASSERT_EQ(rig.machine->pending(Batch::pre_commit).size(), 1u);
  auto left = rig.machine->pending(Batch::pre_commit).front();
  EXPECT_NE(rig.reason(left).find("the batch of 1 goes out in"), std::string::npos) << rig.reason(left);
  auto flushed = rig.machine->flush(Batch::pre_commit);
  ASSERT_EQ(flushed.size(), 1u);
  EXPECT_EQ(flushed.front().sectors, std::vector<SectorNumber>{left});
  EXPECT_TRUE(flushed.front().message);
  EXPECT_EQ(rig.state(left), PreCommitBatchWait);
}

TEST(Machine, ABatchGoesOutBeforeATicketGetsTooOld) {
  auto config = quick_config();
  config.pre_commit_batch_wait = seconds(40 * 24 * 3600);
  Rig rig(config);
  rig.start();
  rig.pledge(1);
  rig.settle();
  rig.world.height += 2870;  // of 2880 + 900, 900 were gone when it was drawn
  rig.epochs(1);
  EXPECT_EQ(rig.state(0), SubmitPreCommitBatch);
  ASSERT_TRUE(rig.until({Proving}));
  EXPECT_EQ(rig.messages_of(methods::kPreCommitSectorBatch2), 1);
}

TEST(Machine, EachStateSaysWhatItWaitsFor) {
  auto config = quick_config();
  config.max_sealing = 1;
  Rig rig(config);
  rig.start();
  rig.pledge(2);
  rig.settle();
  EXPECT_NE(rig.reason(1).find("1 sectors are being sealed, the most allowed"), std::string::npos) << rig.reason(1);
  rig.epochs(3);
  EXPECT_EQ(rig.state(0), PreCommitBatchWait);
  EXPECT_NE(rig.reason(0).find("more epochs until it counts"), std::string::npos) << rig.reason(0);
  rig.epochs(6);
  EXPECT_EQ(rig.state(0), WaitSeed);
  EXPECT_NE(rig.reason(0).find("waits for seed epoch"), std::string::npos) << rig.reason(0);
  ASSERT_TRUE(rig.until({Proving}));
}

TEST(Machine, IsStuckWhenAStateTakesLongerThanNormal) {
  Rig rig;
  rig.sealer->stuck.insert(0);
  rig.start();
  rig.pledge(2);
  rig.settle();
  EXPECT_EQ(must(rig.machine->wait_of(0)).over_normal, seconds(0));
  EXPECT_EQ(rig.reason(0), "AP runs: working (25 %)");
  rig.epochs(30);
  EXPECT_GT(must(rig.machine->wait_of(0)).over_normal, seconds(0));
  // It holds nobody up.
  EXPECT_TRUE(rig.state(1) != Packing);
}

TEST(Machine, ARestartGoesOnWhereItWas) {
  Rig rig;
  rig.start();
  rig.pledge(5);
  for (int i = 0; i < 40; ++i) {
    rig.epochs(1);
    rig.start();
    rig.settle();
  }
  ASSERT_TRUE(rig.until({Proving}));
  rig.expect_nothing_twice();
}

TEST(Machine, SwitchedOffItShowsAndChangesNothing) {
  Rig rig;
  rig.start();
  rig.pledge(1);
  auto config = quick_config();
  config.enabled = false;
  Machine off(config, PipelineParts{rig.chain, rig.sealer, rig.aggregator, rig.store, rig.clock},
              [](std::function<void()> work) { work(); });
  must(off.load());
  EXPECT_EQ(off.list().size(), 1u);
  EXPECT_EQ(off.round(), TimePoint::max());
  EXPECT_EQ(off.pledge().error().code, ErrorCode::unsupported);
  EXPECT_EQ(off.list().front().state, Empty);
}

TEST(Machine, NumbersAreNeitherThoseOfTheChainNorReservedOnes) {
  Rig rig;
  rig.chain->others = BitField::from_values({0, 1, 5});
  rig.start();
  EXPECT_EQ(rig.pledge(2), (std::vector<SectorNumber>{2, 3}));
  must(rig.machine->reserve("import", BitField::from_values({4, 6}), false));
  EXPECT_EQ(rig.pledge(2), (std::vector<SectorNumber>{7, 8}));
  EXPECT_EQ(rig.machine->reserve("other", BitField::from_values({6}), false).error().code, ErrorCode::exists);
  EXPECT_EQ(rig.machine->reserve("used", BitField::from_values({2}), false).error().code, ErrorCode::exists);
  must(rig.machine->reserve("used", BitField::from_values({2}), true));
  EXPECT_EQ(must(must(rig.machine->reserve_count("many", 2)).values()), (std::vector<uint64_t>{9, 10}));
  EXPECT_EQ(rig.pledge(1), std::vector<SectorNumber>{11});
  must(rig.machine->free_reservation("import"));
  EXPECT_EQ(must(rig.machine->reservations()).size(), 2u);
  // A number is not given again when its sector is gone.
  must(rig.machine->remove(11));
  rig.settle();
  EXPECT_EQ(rig.state(11), Removed);
  rig.start();
  EXPECT_EQ(rig.pledge(1), std::vector<SectorNumber>{12});
}

TEST(Machine, StatesThatWouldSendOrSealTwiceAreRefusedByHand) {
  Rig rig;
  rig.start();
  rig.pledge(1);
  rig.epochs(3);
  ASSERT_EQ(rig.state(0), PreCommitBatchWait);
  EXPECT_EQ(rig.machine->update_state(0, SubmitPreCommitBatch, false).error().code, ErrorCode::invalid);
  EXPECT_FALSE(rig.machine->update_state(0, GetTicket, false));
  EXPECT_FALSE(rig.machine->remove(0));
  ASSERT_TRUE(rig.until({WaitSeed}));
  EXPECT_FALSE(rig.machine->update_state(0, Packing, false));    // sealed twice
  EXPECT_FALSE(rig.machine->update_state(0, Proving, false));    // not on the chain
  EXPECT_FALSE(rig.machine->update_state(0, Committing, true));  // has no seed
  ASSERT_TRUE(rig.until({Proving}));
  EXPECT_FALSE(rig.machine->update_state(0, SubmitCommit, false));
  EXPECT_TRUE(rig.machine->update_state(0, SubmitCommit, true));
  ASSERT_TRUE(rig.until({Proving}));
  rig.expect_nothing_twice();
}

TEST(Machine, GasHasACeilingForTheMessageAndForEachSector) {
  auto config = quick_config();
  config.pre_commit_gas = {1000, 20};
  config.commit_gas = {5000, 30};
  config.terminate_gas = 700;
  Rig rig(config);
  rig.start();
  rig.pledge(4);
  ASSERT_TRUE(rig.until({Proving}));
  EXPECT_EQ(rig.chain->max_fees[methods::kPreCommitSectorBatch2], 1000 + 4 * 20);
  EXPECT_EQ(rig.chain->max_fees[methods::kProveCommitSectors3], 5000 + 4 * 30);
  must(rig.machine->mark_for_upgrade(1));
  must(rig.machine->begin_upgrade(1, {{2048, Cid::of(Bytes{9})}}));
  for (auto number : {0, 2, 3}) must(rig.machine->terminate(number));
  ASSERT_TRUE(rig.until({Proving, UpdateActivating, TerminateFinality}, 400));
  EXPECT_EQ(rig.chain->max_fees[kProveReplicaUpdates3], 5000 + 30);
  EXPECT_EQ(rig.chain->max_fees[kTerminateSectors], 700) << "one message, however many sectors";
}

TEST(Machine, AdoptedSectorsAreProvingAndNewOnesComeAfterThem) {
  Rig rig;
  const SealProof proof{5};
  const AdoptedSector adopted[] = {{0, proof, Cid::of(Bytes{1}), Cid::of(Bytes{0})},
                                   {7, proof, Cid::of(Bytes{2}), Cid::of(Bytes{0})}};
  must(adopt_sectors(rig.store, adopted, kGenesis));
  EXPECT_EQ(adopt_sectors(rig.store, adopted, kGenesis).error().code, ErrorCode::exists);
  rig.start();
  rig.epochs(3);
  auto record = must(rig.machine->get(7));
  EXPECT_EQ(record.state, Proving);
  EXPECT_EQ(record.sealed_cid, Cid::of(Bytes{2}));
  EXPECT_EQ(rig.pledge(1), std::vector<SectorNumber>{8});
  ASSERT_TRUE(rig.until({Proving}));
  rig.expect_nothing_twice();
}

TEST(Machine, ATerminatedSectorKeepsItsFilesUntilThatIsFinal) {
  Rig rig;
  rig.start();
  rig.pledge(1);
  ASSERT_TRUE(rig.until({Proving}));
  must(rig.machine->terminate(0));
  ASSERT_TRUE(rig.until({TerminateFinality}, 400));
  EXPECT_FALSE(rig.world.sectors.front().live);
  rig.world.height += 890;
  rig.epochs(1);
  EXPECT_EQ(rig.state(0), TerminateFinality);
  ASSERT_TRUE(rig.until({Removed}));
}

TEST(Machine, AnUpgradeEncodesProvesAndReplacesTheReplica) {
  Rig rig;
  rig.start();
  rig.pledge(1);
  ASSERT_TRUE(rig.until({Proving}));
  EXPECT_FALSE(rig.machine->begin_upgrade(0, {{2048, Cid::of(Bytes{9})}}));
  must(rig.machine->mark_for_upgrade(0));
  must(rig.machine->begin_upgrade(0, {{2048, Cid::of(Bytes{9})}}));
  ASSERT_TRUE(rig.until({UpdateActivating}));
  EXPECT_EQ(rig.messages_of(35), 1);
  EXPECT_EQ(rig.world.sectors.front().sealed, must(rig.machine->get(0)).update_sealed_cid.value());
  rig.world.height += 900;
  ASSERT_TRUE(rig.until({Proving}));
  EXPECT_EQ(must(rig.machine->get(0)).pieces.front().piece_cid, Cid::of(Bytes{9}));
}

TEST(Machine, AnUpgradeThatIsAbortedLeavesTheSectorAsItWas) {
  Rig rig;
  rig.start();
  rig.pledge(1);
  ASSERT_TRUE(rig.until({Proving}));
  must(rig.machine->mark_for_upgrade(0));
  rig.sealer->stuck.insert(0);
  must(rig.machine->begin_upgrade(0, {{2048, Cid::of(Bytes{9})}}));
  rig.settle();
  ASSERT_EQ(rig.state(0), UpdateReplica);
  must(rig.machine->abort_upgrade(0));
  rig.settle();
  EXPECT_EQ(rig.state(0), Proving);
  EXPECT_TRUE(rig.sealer->jobs().empty());
}

TEST(Machine, SendersAreTakenInTheirOrderFirstWithFundsElseTheWorker) {
  auto config = quick_config();
  auto poor = Address::from_id(300), rich = Address::from_id(301), stranger = Address::from_id(302);
  config.pre_commit_control = {stranger, poor, rich};
  Rig rig(config);
  rig.chain->control = {poor, rich};
  rig.chain->balances = {{poor, 50}, {rich, 5000}, {stranger, 5000}};
  rig.start();
  rig.pledge(1);
  ASSERT_TRUE(rig.until({Proving}));
  EXPECT_EQ(rig.world.messages[0].message.message.from, rich);
  EXPECT_EQ(rig.world.messages[1].message.message.from, rig.chain->worker);
}

}  // namespace
}  // namespace nelumbo::sealing
