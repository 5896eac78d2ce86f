#include "actors/miner.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "actors/state_json.hpp"
#include "types/json.hpp"

namespace nelumbo::actors {
namespace {

TEST(Deadline, OfAPeriod) {
  auto info = deadline_info(100, 2, 215);
  EXPECT_EQ(info.open, 220);
  EXPECT_EQ(info.close, 280);
  EXPECT_EQ(info.challenge, 200);
  EXPECT_EQ(info.fault_cutoff, 150);
  EXPECT_EQ(info.last(), 279);
  EXPECT_FALSE(info.is_open());
  EXPECT_TRUE(info.fault_cutoff_passed());
  auto after = deadline_info(100, 48, 215);
  EXPECT_EQ(after.open, after.close);
  EXPECT_EQ(after.open, 100 + 2880);
}

TEST(Deadline, JsonIsLotuss) {
  EXPECT_EQ(to_json(deadline_info(0, 1, 5)).dump(),
            R"({"CurrentEpoch":5,"PeriodStart":0,"Index":1,"Open":60,"Close":120,"Challenge":40,"FaultCutoff":-10,)"
            R"("WPoStPeriodDeadlines":48,"WPoStProvingPeriod":2880,"WPoStChallengeWindow":60,)"
            R"("WPoStChallengeLookback":20,"FaultDeclarationCutoff":70})");
}

RC_GTEST_PROP(Deadline, TheCurrentOneIsOpen, ()) {
  ChainEpoch start = *rc::gen::inRange<ChainEpoch>(-10'000, 10'000'000);
  ChainEpoch epoch = *rc::gen::inRange<ChainEpoch>(0, 10'000'000);
  auto info = current_deadline(start, epoch);
  RC_ASSERT(info.is_open());
  RC_ASSERT(info.index < kDeadlines);
  RC_ASSERT((info.period_start - start) % kProvingPeriod == 0);
  RC_ASSERT(info.period_started());
  RC_ASSERT(!info.period_elapsed());
}

RC_GTEST_PROP(Deadline, TheNextOneIsTheFirstThatHasNotElapsed, ()) {
  ChainEpoch start = *rc::gen::inRange<ChainEpoch>(-3000, 100'000);
  ChainEpoch epoch = start + *rc::gen::inRange<ChainEpoch>(0, 100'000);
  uint64_t index = *rc::gen::inRange<uint64_t>(0, kDeadlines);
  auto next = deadline_info(start, index, epoch).next_not_elapsed();
  RC_ASSERT(!next.has_elapsed());
  RC_ASSERT(next.index == index);
  auto before = deadline_info(next.period_start - kProvingPeriod, index, epoch);
  RC_ASSERT(before.has_elapsed() || before.period_start < start);
  RC_ASSERT(deadline_is_mutable(start, index, epoch) == (epoch < next.open - kChallengeWindow));
}

SectorOnChainInfo a_sector() {
  SectorOnChainInfo sector;
  sector.sector_number = 7;
  sector.seal_proof = SealProof{5};
  sector.sealed_cid = Cid::of(Bytes{1});
  sector.activation = 10;
  sector.expiration = 1000;
  sector.verified_deal_weight = 12345;
  sector.initial_pledge = 99;
  sector.power_base_epoch = 11;
  sector.flags = 1;
  sector.daily_fee = 3;
  return sector;
}

/// The encoding of an array with some of its last items left out.
Bytes first_items(const Bytes& encoded, uint64_t count) {
  CborReader reader(encoded);
  must(reader.array());
  CborWriter out;
  out.array(count);
  for (uint64_t i = 0; i < count; ++i) out.raw(must(reader.raw()));
  return out.out;
}

TEST(MinerCbor, SectorsOfAllVersions) {
  auto sector = a_sector();
  auto encoded = to_cbor(sector);
  EXPECT_EQ(must(from_cbor<SectorOnChainInfo>(encoded)), sector);
  auto without_fee = sector;
  without_fee.daily_fee = 0;
  EXPECT_EQ(must(from_cbor<SectorOnChainInfo>(first_items(encoded, 15))), without_fee);
  auto old = must(from_cbor<SectorOnChainInfo>(first_items(encoded, 11)));
  EXPECT_EQ(old.power_base_epoch, old.activation);
  EXPECT_FALSE(from_cbor<SectorOnChainInfo>(first_items(encoded, 12)));
  EXPECT_FALSE(to_json(sector).contains("DeprecatedDealIDs"));
}

TEST(MinerCbor, ShapesRoundTrip) {
  Deadline deadline;
  for (Cid* cid :
       {&deadline.partitions, &deadline.expirations_epochs, &deadline.optimistic_post_submissions,
        &deadline.sectors_snapshot, &deadline.partitions_snapshot, &deadline.optimistic_post_submissions_snapshot}) {
    *cid = Cid::of(Bytes{2});
  }
  deadline.live_power.qa = 5;
  EXPECT_EQ(must(from_cbor<Deadline>(to_cbor(deadline))), deadline);
  EXPECT_EQ(must(from_cbor<Deadline>(first_items(to_cbor(deadline), 11))).live_power.qa, 0);

  MinerInfo info;
  info.owner = info.worker = Address::from_id(5);
  info.beneficiary = Address::from_id(6);
  info.sector_size = 2048;
  EXPECT_EQ(must(from_cbor<MinerInfo>(to_cbor(info))), info);
  EXPECT_EQ(must(from_cbor<MinerInfo>(first_items(to_cbor(info), 11))).beneficiary, info.owner);

  Partition partition;
  partition.sectors = BitField::from_values({1, 2, 3});
  partition.faults = BitField::from_values({2});
  partition.terminated = BitField::from_values({3});
  partition.expirations_epochs = partition.early_terminated = Cid::of(Bytes{3});
  EXPECT_EQ(must(from_cbor<Partition>(to_cbor(partition))), partition);
  EXPECT_EQ(must(partition.active().values()), std::vector<uint64_t>{1});
}

RC_GTEST_PROP(MinerCbor, RandomBytesNeverThrow, (const Bytes& bytes)) {
  (void)from_cbor<SectorOnChainInfo>(bytes);
  (void)from_cbor<Deadline>(bytes);
  (void)from_cbor<MinerInfo>(bytes);
  (void)from_cbor<Partition>(bytes);
  auto store = make_memory_blockstore();
  must(store->put(Cid::of(bytes), bytes));
  (void)MinerView::load(store, Cid::of(bytes));
  for (auto name : {names::kPower, names::kMiner, names::kMarket, names::kReward}) {
    (void)read_state_json(*store, {18, std::string(name)}, Cid::of(bytes));
  }
}

}  // namespace
}  // namespace nelumbo::actors
