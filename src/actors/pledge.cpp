#include "actors/pledge.hpp"

#include <array>

namespace nelumbo::actors {

namespace {

constexpr unsigned kPrecision = 128;
constexpr ChainEpoch kPledgeProjection = 20 * kEpochsPerDay;
constexpr int64_t kGammaUnit = 1000;
constexpr int64_t kFullSkew = 300;  ///< permille of the simple formula at the ramp's end (FIP-0081)

// The logarithm on [1, 2] is approximated by a quotient of two polynomials; their coefficients, highest first, are
// consensus facts of the built-in actors (Q.128).
using Coefficients = std::array<BigInt, 7>;
const Coefficients& log_numerator() {
  static const Coefficients c{
      BigInt("261417938209272870992496419296200268025"),    BigInt("7266615505142943436908456158054846846897"),
      BigInt("32458783941900493142649393804518050491988"),  BigInt("17078670566130897220338060387082146864806"),
      BigInt("-35150353308172866634071793531642638290419"), BigInt("-20351202052858059355702509232125230498980"),
      BigInt("-1563932590352680681114104005183375350999")};
  return c;
}
const Coefficients& log_denominator() {
  static const Coefficients c{
      BigInt("49928077726659937662124949977867279384"),    BigInt("2508163877009111928787629628566491583994"),
      BigInt("21757751789594546643737445330202599887121"), BigInt("53400635271583923415775576342898617051826"),
      BigInt("41248834748603606604000911015235164348839"), BigInt("9015227820322455780436733526367238305537"),
      BigInt("340282366920938463463374607431768211456")};
  return c;
}
const BigInt& log_of_two() {
  static const BigInt value("235865763225513294137944142764154484399");
  return value;
}
/// Below this squared velocity of the denominator it counts as constant (2^-50 in Q.128).
const BigInt& constant_denominator() {
  static const BigInt value("302231454903657293676544");
  return value;
}

/// Right shift that rounds towards minus infinity, as the actors' does.
BigInt shift_down(const BigInt& value, unsigned bits = kPrecision) { return value >> bits; }

BigInt polynomial(const Coefficients& coefficients, const BigInt& x) {
  BigInt value = coefficients[0];
  for (size_t i = 1; i < coefficients.size(); ++i) value = shift_down(value * x) + coefficients[i];
  return value;
}

}  // namespace

BigInt natural_log(const BigInt& q128) {
  // x = z * 2^-k lies in [1, 2); ln z = ln x + k ln 2.
  int64_t k = static_cast<int64_t>(boost::multiprecision::msb(q128)) - kPrecision;
  BigInt x = k > 0 ? BigInt(q128 >> static_cast<unsigned>(k)) : BigInt(q128 << static_cast<unsigned>(-k));
  BigInt log_x = (polynomial(log_numerator(), x) << kPrecision) / polynomial(log_denominator(), x);
  return log_of_two() * k + log_x;
}

BigInt extrapolated_cumsum_of_ratio(ChainEpoch duration, const FilterEstimate& numerator,
                                    const FilterEstimate& denominator) {
  BigInt delta = BigInt(duration) << kPrecision;
  const auto& [position_1, velocity_1] = numerator;
  const auto& [position_2, velocity_2] = denominator;
  BigInt squared = shift_down(velocity_2 * velocity_2);
  if (squared > constant_denominator()) {
    BigInt end = position_2 + shift_down(delta * velocity_2);
    BigInt log_ratio = natural_log(end) - natural_log(position_2);
    BigInt m1 = shift_down(velocity_2 * position_1 * log_ratio);
    BigInt m2 = shift_down(velocity_1 * (velocity_2 * delta - position_2 * log_ratio));
    return (m1 + m2) / squared;
  }
  BigInt middle = position_1 + shift_down(velocity_1 * (delta >> 1));
  return middle * delta / position_2;
}

TokenAmount expected_reward(const FilterEstimate& reward, const FilterEstimate& network_power,
                            const StoragePower& power, ChainEpoch duration) {
  if (estimate(network_power) == 0) return estimate(reward);
  TokenAmount expected = shift_down(power * extrapolated_cumsum_of_ratio(duration, reward, network_power));
  return expected < 0 ? TokenAmount(0) : expected;
}

namespace {

/// Deposits and pledges are at least one attoFIL, so that a zero always means "nothing locked".
TokenAmount expected_reward_at_least_one(const PledgeInputs& network, const StoragePower& power) {
  auto reward = expected_reward(network.reward_smoothed, network.power_smoothed, power, kPledgeProjection);
  return reward < 1 ? TokenAmount(1) : reward;
}

/// How much of the pledge follows the baseline formula, in permille (FIP-0081).
int64_t gamma(int64_t epochs_since_start, uint64_t duration) {
  if (epochs_since_start < 0) return kGammaUnit;
  if (duration == 0 || epochs_since_start >= static_cast<int64_t>(duration)) return kGammaUnit - kFullSkew;
  return kGammaUnit - epochs_since_start * kFullSkew / static_cast<int64_t>(duration);
}

}  // namespace

PledgeInputs pledge_inputs(const RewardState& reward, const PowerState& power, const TokenAmount& circulating_supply,
                           ChainEpoch epoch) {
  return {.baseline_power = reward.this_epoch_baseline_power,
          .reward_smoothed = reward.this_epoch_reward_smoothed,
          .power_smoothed = power.this_epoch_qa_power_smoothed,
          .circulating_supply = circulating_supply,
          .epochs_since_ramp_start = epoch - power.ramp_start_epoch,
          .ramp_duration_epochs = power.ramp_duration_epochs};
}

TokenAmount initial_pledge(const PledgeInputs& network, const StoragePower& qa_power) {
  // Consensus pledge: a share of 3/10 of the circulating supply, by baseline (gamma) and by network power (the rest).
  StoragePower by_network = std::max<BigInt>(estimate(network.power_smoothed), qa_power);
  StoragePower by_baseline = std::max<BigInt>(by_network, network.baseline_power);
  BigInt share = network.circulating_supply * 3 * qa_power;
  int64_t g = gamma(network.epochs_since_ramp_start, network.ramp_duration_epochs);
  TokenAmount additional =
      share * g / (by_baseline * 10 * kGammaUnit) + share * (kGammaUnit - g) / (by_network * 10 * kGammaUnit);
  TokenAmount nominal = expected_reward_at_least_one(network, qa_power) + additional;
  // At most one FIL for 32 GiB.
  TokenAmount cap = kAttoPerFil / (uint64_t{32} << 30) * qa_power;
  return std::min(nominal, cap);
}

TokenAmount pre_commit_deposit(const PledgeInputs& network, uint64_t sector_size) {
  return expected_reward_at_least_one(network, qa_power_max(sector_size));
}

TokenAmount create_miner_deposit(const PledgeInputs& network, const NetworkParams& params) {
  return initial_pledge(network, create_miner_deposit_power(params));
}

StoragePower qa_power(uint64_t sector_size, ChainEpoch duration, const BigInt& verified_deal_weight) {
  constexpr unsigned kQualityPrecision = 20;
  BigInt space_time = BigInt(sector_size) * duration;
  BigInt weighted = (space_time - verified_deal_weight) * 10 + verified_deal_weight * 100;
  BigInt quality = (weighted << kQualityPrecision) / space_time / 10;
  return (BigInt(sector_size) * quality) >> kQualityPrecision;
}

}  // namespace nelumbo::actors
