#pragma once
// The base fee of the next tipset (FIP-0001's EIP-1559 rule; from network version 28 on by premiums).

#include "chain/store.hpp"

namespace nelumbo::chain {

inline constexpr int64_t kBlockGasTarget = kBlockGasLimit / 2;
/// How far into a block's gas, counted from the highest premium, the deciding premium stands.
inline constexpr int64_t kBlockGasTargetIndex = kBlockGasLimit / 100 * 80 - 1;

/// Rule by use: up to an eighth up or down with the gas limits of a tipset's distinct messages.
TokenAmount next_base_fee_by_use(const TokenAmount& base_fee, int64_t gas_limit_sum, size_t blocks, bool after_smoke);
struct WeightedPremium {
  TokenAmount premium;
  int64_t gas_limit;
};
/// The premium at which the gas limits, summed from the highest premium down, pass `index`; zero when they never do.
TokenAmount premium_at(std::vector<WeightedPremium> premiums, int64_t index);
/// Rule by premium: with an eighth as the step, the fee moves by the smaller of the step and premium - step.
TokenAmount next_base_fee_by_premium(const TokenAmount& base_fee, const TokenAmount& premium);

/// The base fee for blocks that have this tipset as parent.
Result<TokenAmount> next_base_fee(ChainStore& store, const Tipset& tipset);

}  // namespace nelumbo::chain
