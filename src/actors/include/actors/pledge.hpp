#pragma once
// What a miner must lock: the formulas of actors v18 (FIP-0077, FIP-0081, FIP-0100), for genesis construction and for
// the API's estimates.

#include "actors/states.hpp"

namespace nelumbo::actors {

/// Natural logarithm of a Q.128 number, in Q.128.
BigInt natural_log(const BigInt& q128);
/// The sum over `duration` epochs of the ratio of two filters, in Q.128.
BigInt extrapolated_cumsum_of_ratio(ChainEpoch duration, const FilterEstimate& numerator,
                                    const FilterEstimate& denominator);
/// The reward that `power` is expected to earn in `duration` epochs, attoFIL.
TokenAmount expected_reward(const FilterEstimate& reward, const FilterEstimate& network_power,
                            const StoragePower& power, ChainEpoch duration);

/// The state of the network that pledges depend on.
struct PledgeInputs {
  StoragePower baseline_power;
  FilterEstimate reward_smoothed;
  FilterEstimate power_smoothed;
  TokenAmount circulating_supply;
  int64_t epochs_since_ramp_start = 0;
  uint64_t ramp_duration_epochs = 0;
};
/// The inputs as the reward and power actors hold them at `epoch`.
PledgeInputs pledge_inputs(const RewardState& reward, const PowerState& power, const TokenAmount& circulating_supply,
                           ChainEpoch epoch);

/// The pledge for new quality-adjusted power.
TokenAmount initial_pledge(const PledgeInputs& network, const StoragePower& qa_power);
/// The deposit of a pre-commitment, for the power of a sector full of verified data.
TokenAmount pre_commit_deposit(const PledgeInputs& network, uint64_t sector_size);
/// What a new miner must bring (FIP-0077).
TokenAmount create_miner_deposit(const PledgeInputs& network, const NetworkParams& params);

/// Quality-adjusted power of a sector: verified space counts tenfold over its time.
StoragePower qa_power(uint64_t sector_size, ChainEpoch duration, const BigInt& verified_deal_weight);
/// The most a sector of this size can have.
inline StoragePower qa_power_max(uint64_t sector_size) { return StoragePower(sector_size) * 10; }

}  // namespace nelumbo::actors
