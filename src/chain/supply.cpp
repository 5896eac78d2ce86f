#include "chain/supply.hpp"

#include "actors/bundle.hpp"
#include "actors/miner.hpp"
#include "actors/states.hpp"
#include "code_names.hpp"

namespace nelumbo::chain {

namespace {

/// Funds of the genesis multisigs that vest linearly over a time.
struct Vesting {
  int64_t fil;
  ChainEpoch duration;
};
constexpr ChainEpoch kSixMonths = 183 * kEpochsPerDay, kYear = 365 * kEpochsPerDay;

// Whole FIL, summed over the multisigs of each duration (mainnet's genesis; lotus counts them on every network).
constexpr Vesting kUntilCalico[] = {{49'929'341 + 32'787'700, kSixMonths},
                                    {22'421'712, kYear},
                                    {7'223'364, 2 * kYear},
                                    {87'637'883, 3 * kYear},
                                    {100'000'000 + 300'000'000, 6 * kYear}};
constexpr Vesting kAfterCalico[] = {
    {10'632'000, 0},        {19'015'887 + 32'787'700, kSixMonths}, {22'421'712 + 9'400'000, kYear},
    {7'223'364, 2 * kYear}, {87'637'883 + 898'958, 3 * kYear},     {100'000'000 + 300'000'000 + 9'805'053, 6 * kYear}};

/// What of `initial` is locked `elapsed` epochs after the start.
TokenAmount locked_of(const TokenAmount& initial, ChainEpoch duration, ChainEpoch elapsed) {
  if (elapsed >= duration) return 0;
  if (elapsed < 0) return initial;
  // Rounded down per epoch before multiplying, as the first multisig actor did.
  return (initial / duration) * (duration - elapsed);
}

TokenAmount vested_of(std::span<const Vesting> schedule, const TokenAmount& unit, ChainEpoch elapsed) {
  TokenAmount sum = 0;
  for (const auto& each : schedule) {
    const TokenAmount initial = unit * each.fil;
    sum += initial - locked_of(initial, each.duration, elapsed);
  }
  return sum;
}

Result<Actor> require(const StateTree& state, ActorId id) {
  auto actor = TRY(state.get(id));
  if (!actor) return fail(ErrorCode::not_found, "actor f0{} is not on chain", id);
  return *std::move(actor);
}

constexpr uint32_t kOnlyPledgeVersion = 23;   ///< deal collateral no longer counts as locked (FIP-0081's upgrade)
constexpr uint32_t kReserveTeepVersion = 25;  ///< FIP-0100

}  // namespace

TokenAmount vested_at(const NetworkParams& params, ChainEpoch epoch) {
  // Until Ignition the amounts were taken in attoFIL by mistake, and counted from epoch 0.
  if (epoch <= params.upgrade_ignition) return vested_of(kUntilCalico, 1, epoch);
  const ChainEpoch elapsed = epoch - params.upgrade_liftoff;
  if (epoch <= params.upgrade_calico) return vested_of(kUntilCalico, kAttoPerFil, elapsed);
  return vested_of(kAfterCalico, kAttoPerFil, elapsed);
}

Result<TokenAmount> locked_pledge(const StateTree& state) {
  auto actor = TRY(require(state, actors::kPowerActor));
  return TRY_IN("power actor", actors::load_power(*state.store(), actor.head)).total_pledge_collateral;
}

Result<CirculatingSupply> vm_circulating_supply(const NetworkParams& params, ChainEpoch epoch, const StateTree& state,
                                                const TokenAmount& genesis_pledge) {
  const uint32_t version = params.network_version_at(epoch);
  CirculatingSupply out;
  out.vested = vested_at(params, epoch);
  if (epoch > params.upgrade_assembly) {
    const auto& reserve = version >= kReserveTeepVersion ? params.reserved_from_teep : params.reserved;
    out.reserve_disbursed = reserve - TRY(require(state, actors::kReserveActor)).balance;
  } else {
    out.vested += genesis_pledge;  // later part of what left the reserve
  }
  auto reward = TRY(require(state, actors::kRewardActor));
  out.mined = TRY_IN("reward actor", actors::load_reward(*state.store(), reward.head)).total_storage_power_reward;
  out.burnt = TRY(require(state, actors::kBurntFundsActor)).balance;
  out.locked = TRY(locked_pledge(state));
  if (version < kOnlyPledgeVersion) {
    auto market = TRY(require(state, actors::kMarketActor));
    out.locked += actors::market_locked(TRY_IN("market actor", actors::load_market(*state.store(), market.head)));
  }
  out.circulating = out.vested + out.mined + out.reserve_disbursed - out.burnt - out.locked;
  if (out.circulating < 0) out.circulating = 0;
  return out;
}

namespace {

/// The circulating part of one actor's balance.
Result<TokenAmount> circulating_part(const BlockstorePtr& store, std::string_view name, ActorId id, const Actor& actor,
                                     ChainEpoch epoch, uint32_t version) {
  using namespace actors::names;
  constexpr ActorId kSaft = 122;  // lotus's builtin.SaftAddress
  for (ActorId never : {actors::kInitActor, actors::kRewardActor, actors::kVerifiedRegistryActor, actors::kPowerActor,
                        actors::kSystemActor, actors::kCronActor, actors::kBurntFundsActor, kSaft,
                        actors::kReserveActor, actors::kEamActor, actors::kDatacapActor}) {
    if (id == never) return TokenAmount(0);
  }
  if (id == actors::kMarketActor) {
    if (version >= kOnlyPledgeVersion) return actor.balance;
    return TokenAmount(actor.balance - actors::market_locked(TRY(actors::load_market(*store, actor.head))));
  }
  if (name == kAccount || name == kPaymentChannel || name == kEthAccount || name == kEvm || name == kPlaceholder) {
    return actor.balance;
  }
  if (name == kMiner) {
    auto miner = TRY(actors::MinerView::load(store, actor.head));
    const TokenAmount unlocked = actor.balance - miner.locked_total();
    // A miner whose locks exceed its balance is broken; none of its funds circulate.
    return unlocked < 0 ? TokenAmount(0) : TokenAmount(unlocked - miner.state().fee_debt);
  }
  if (name == kMultisig) {
    auto state = TRY(actors::load_multisig(*store, actor.head));
    TokenAmount free = actor.balance - state.amount_locked(epoch);
    return free < 0 ? TokenAmount(0) : free;
  }
  return fail(ErrorCode::unsupported, "actor f0{} is of a kind that supply does not know ({})", id, actor.code.str());
}

}  // namespace

Result<TokenAmount> exact_circulating_supply(const NetworkParams& params, ChainEpoch epoch, const StateTree& state) {
  const uint32_t version = params.network_version_at(epoch);
  auto names = TRY(CodeNames::load(state));
  TokenAmount circulating = 0, total = 0;
  TRY(state.for_each([&](ActorId id, const Actor& actor) -> Result<> {
    total += actor.balance;
    if (actor.balance == 0) return {};
    circulating += TRY(circulating_part(state.store(), names.name(actor.code), id, actor, epoch, version));
    return {};
  }));
  const TokenAmount expected = kAttoPerFil * kTotalFilecoin;
  if (total != expected) {
    return fail(ErrorCode::invalid, "all balances sum to {} instead of {} attoFIL", total.str(), expected.str());
  }
  return circulating;
}

}  // namespace nelumbo::chain
