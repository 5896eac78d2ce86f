#include "actors/states.hpp"

#include <gtest/gtest.h>

#include "actors/pledge.hpp"
#include "actors/state_json.hpp"
#include "types/json.hpp"

namespace nelumbo::actors {
namespace {

TEST(Multisig, VestsLinearlyAndRoundsUp) {
  MultisigState state{.initial_balance = 100, .start_epoch = 10, .unlock_duration = 30};
  EXPECT_EQ(state.amount_locked(0), 100);
  EXPECT_EQ(state.amount_locked(10), 100);
  EXPECT_EQ(state.amount_locked(11), 97);  // 96.67
  EXPECT_EQ(state.amount_locked(25), 50);
  EXPECT_EQ(state.amount_locked(40), 0);
  EXPECT_EQ(MultisigState{.initial_balance = 5}.amount_locked(0), 0);
}

TEST(Multisig, PendingTransactions) {
  auto store = make_memory_blockstore();
  Hamt map(store);
  must(map.set_as(Bytes{0x06}, MultisigTransaction{.to = Address::from_id(1), .value = 7}));  // zigzag varint of 3
  MultisigState state{.pending_txns = must(map.flush())};
  auto pending = must(pending_transactions(store, state));
  ASSERT_EQ(pending.size(), 1u);
  EXPECT_EQ(pending.at(3).value, 7);
}

TEST(Power, ConsensusMinimum) {
  PowerState state;
  PowerClaim small{.raw_byte_power = 1}, large{.raw_byte_power = 100};
  EXPECT_TRUE(meets_consensus_minimum(state, small, 100));
  EXPECT_FALSE(meets_consensus_minimum(state, PowerClaim{}, 100));
  state.miner_above_min_power_count = 4;
  EXPECT_FALSE(meets_consensus_minimum(state, small, 100));
  EXPECT_TRUE(meets_consensus_minimum(state, large, 100));
}

TEST(StateJson, LotussNamesAndNulls) {
  auto store = make_memory_blockstore();
  Cid head = must(put_cbor(*store, CronState{}));
  EXPECT_EQ(must(read_state_json(*store, {18, "cron"}, head)).dump(), R"({"Entries":null})");
  head = must(put_cbor(*store, AccountState{Address::from_id(5)}));
  EXPECT_EQ(must(read_state_json(*store, {18, "account"}, head)).at("Address"), Address::from_id(5).str());
  EXPECT_TRUE(must(read_state_json(*store, {18, "eam"}, head)).is_null());
  EXPECT_EQ(read_state_json(*store, {18, "unheard-of"}, head).error().code, ErrorCode::unsupported);
  EXPECT_EQ(read_state_json(*store, {18, "storagepower"}, head).error().code, ErrorCode::unsupported);
  EXPECT_EQ(read_state_json(*store, {18, "account"}, Cid::of(Bytes{9})).error().code, ErrorCode::not_found);
}

TEST(Pledge, NaturalLog) {
  // Values of the actors' own tests: x and ln x, both Q.128; whole parts are compared.
  const std::pair<const char*, const char*> known[] = {
      {"340282366920938463463374607431768211456", "0"},
      {"924990000000000000000000000000000000000", "340282366920938463463374607431768211456"},
      {"34028236692093846346337460743176821145600000000000000000000", "15670582109617661336106769654068947397831"},
      {"6805647338418769269267492148635364229120000000000000000000000", "17473506083804940763855390762239996622013"},
      {"204169000000000000000000000000000000", "-2524410000000000000000000000000000000000"},
      {"34028236692093846346337460743", "-7835291054808830668053384827034473698915"},
  };
  for (const auto& [x, log] : known) {
    EXPECT_EQ(BigInt(natural_log(BigInt(x)) >> 128), BigInt(BigInt(log) >> 128)) << x;
  }
}

TEST(Pledge, ShiftRoundsDown) {
  EXPECT_EQ(estimate({.position = -1, .velocity = 0}), -1);
  EXPECT_EQ(estimate({.position = BigInt(5) << 128, .velocity = 0}), 5);
}

TEST(Pledge, ConstantNetworkPaysItsShare) {
  // Without velocities the expected reward is share * reward * epochs.
  FilterEstimate reward{BigInt(1000) << 128, 0}, power{BigInt(50) << 128, 0};
  EXPECT_EQ(expected_reward(reward, power, 5, 10), 1000);
  EXPECT_EQ(expected_reward(reward, {}, 5, 10), 1000);  // a network without power: one epoch's reward
}

TEST(Pledge, IsCappedAtOneFilFor32GiB) {
  PledgeInputs network{.baseline_power = 1,
                       .reward_smoothed = {kAttoPerFil << 128, 0},
                       .power_smoothed = {BigInt(1) << 128, 0},
                       .circulating_supply = kAttoPerFil * 1'000'000};
  EXPECT_EQ(initial_pledge(network, BigInt(32) << 30), kAttoPerFil / (uint64_t{32} << 30) * (uint64_t{32} << 30));
  EXPECT_GE(pre_commit_deposit({.power_smoothed = {BigInt(1) << 200, 0}}, 2048), 1);
}

TEST(Pledge, RampMovesFromBaselineToNetworkShare) {
  PledgeInputs network{.baseline_power = 1'000'000,
                       .reward_smoothed = {},
                       .power_smoothed = {BigInt(1000) << 128, 0},
                       .circulating_supply = 1'000'000'000,
                       .epochs_since_ramp_start = -1,
                       .ramp_duration_epochs = 100};
  // 0.3 * supply * power / denominator, plus the one attoFIL of a reward of zero.
  EXPECT_EQ(initial_pledge(network, 10), 1 + 3000);
  network.epochs_since_ramp_start = 100;
  EXPECT_EQ(initial_pledge(network, 10), 1 + 2100 + 900'000);
  network.epochs_since_ramp_start = 50;
  EXPECT_EQ(initial_pledge(network, 10), 1 + 2550 + 450'000);
  network.ramp_duration_epochs = 0;
  EXPECT_EQ(initial_pledge(network, 10), 1 + 2100 + 900'000);
}

TEST(Pledge, VerifiedSpaceCountsTenfold) {
  EXPECT_EQ(qa_power(2048, 100, 0), 2048);
  EXPECT_EQ(qa_power(2048, 100, 2048 * 100), 20480);
  EXPECT_EQ(qa_power(2048, 100, 1024 * 100), 11264);
}

}  // namespace
}  // namespace nelumbo::actors
