#include "singletons.hpp"

namespace nelumbo::genesis {

using namespace actors;

namespace {

// Facts of the reward and power actors (Q.128 where not said otherwise).
const BigInt& baseline_exponent() {
  static const BigInt value("340282591298641078465964189926313473653");  ///< doubles the baseline in a year
  return value;
}
constexpr uint64_t kInitialBaseline = 2'888'888'880'000'000'000;  ///< bytes
const BigInt& exp_lambda_minus_one() {
  static const BigInt value("37396273494747879394193016954629");  ///< six-year half-life per epoch
  return value;
}
const BigInt& initial_reward_estimate() {
  static const BigInt value("36266260308195979333");  ///< attoFIL per epoch
  return value;
}
constexpr int64_t kInitialRewardVelocity = -109'897'758'509;
constexpr uint64_t kSimpleTotal = 330'000'000;     ///< FIL
constexpr uint64_t kBaselineTotal = 770'000'000;   ///< FIL
constexpr uint64_t kInitialPower = 750'000;        ///< GiB
constexpr uint64_t kInitialPowerVelocity = 3'840;  ///< GiB per epoch

FilterEstimate filter(const BigInt& position, const BigInt& velocity) { return {position << 128, velocity << 128}; }

/// The reward actor after its step to epoch 0 on a network without power.
RewardState reward_state() {
  BigInt before_genesis = ((BigInt(kInitialBaseline) << 256) / baseline_exponent()) >> 128;
  RewardState state;
  state.effective_baseline_power = kInitialBaseline;
  state.this_epoch_baseline_power = (before_genesis * baseline_exponent()) >> 128;
  state.simple_total = kAttoPerFil * kSimpleTotal;
  state.baseline_total = kAttoPerFil * kBaselineTotal;
  // No power has been realised, so that only the simple minting of epoch 0 pays.
  state.this_epoch_reward = (state.simple_total * exp_lambda_minus_one()) >> 128;
  state.this_epoch_reward_smoothed = filter(initial_reward_estimate(), kInitialRewardVelocity);
  return state;
}

PowerState power_state(const Cid& empty_map) {
  PowerState state;
  state.this_epoch_qa_power_smoothed = filter(BigInt(kInitialPower) << 30, BigInt(kInitialPowerVelocity) << 30);
  state.cron_event_queue = empty_map;
  state.claims = empty_map;
  return state;
}

CronState cron_state() {
  return {{{singleton(kPowerActor), methods::kPowerCronTick}, {singleton(kMarketActor), methods::kMarketCronTick}}};
}

}  // namespace

Result<Actor> make_stateless_actor(const Build& build, std::string_view name) {
  return make_actor(build, name, std::vector<uint64_t>());
}

Result<> add_singletons(const Build& build, StateTree& tree) {
  auto empty_map = [&](unsigned width) { return Hamt(build.store, width).flush(); };
  auto empty_array = [&](unsigned width) { return Amt(build.store, AmtVersion::v3, width).flush(); };
  Cid map = TRY(empty_map(kHamtBitWidth));

  TRY(tree.set(kSystemActor, TRY(make_actor(build, names::kSystem, SystemState{build.manifest.data}))));
  TRY(tree.set(kRewardActor, TRY(make_actor(build, names::kReward, reward_state(), build.network.initial_reward))));
  TRY(tree.set(kCronActor, TRY(make_actor(build, names::kCron, cron_state()))));

  PowerState power = power_state(map);
  power.cron_event_queue = TRY(empty_map(kCronQueueHamtWidth));
  TRY(tree.set(kPowerActor, TRY(make_actor(build, names::kPower, power))));

  MarketState market;
  market.proposals = TRY(empty_array(kDealProposalsAmtWidth));
  market.states = TRY(empty_array(kDealStatesAmtWidth));
  market.pending_proposals = market.deal_ops_by_epoch = map;
  market.escrow_table = market.locked_table = TRY(empty_map(kBalanceTableHamtWidth));
  market.pending_deal_allocation_ids = market.provider_sectors = map;
  market.last_cron = -1;
  TRY(tree.set(kMarketActor, TRY(make_actor(build, names::kMarket, market))));

  VerifiedRegistryState registry{.root_key = singleton(kVerifiedRegistryRoot),
                                 .verifiers = map,
                                 .remove_data_cap_proposal_ids = map,
                                 .allocations = map,
                                 .next_allocation_id = 1,
                                 .claims = map};
  TRY(tree.set(kVerifiedRegistryActor, TRY(make_actor(build, names::kVerifiedRegistry, registry))));

  Cid token_map = TRY(empty_map(kDatacapHamtWidth));
  DatacapState datacap{.governor = singleton(kVerifiedRegistryActor),
                       .token = {.supply = 0, .balances = token_map, .allowances = token_map}};
  return tree.set(kDatacapActor, TRY(make_actor(build, names::kDatacap, datacap)));
}

}  // namespace nelumbo::genesis
