#include "chain/base_fee.hpp"

#include <algorithm>
#include <set>

namespace nelumbo::chain {

namespace {

constexpr int64_t kMaxChangeDenominator = 8;  ///< at most an eighth per epoch

/// Quotient rounded down, as Go's Euclidean division gives for a positive divisor.
BigInt divide_down(const BigInt& value, int64_t divisor) {
  BigInt quotient = value / divisor;
  if (value % divisor < 0) --quotient;
  return quotient;
}

TokenAmount at_least_minimum(TokenAmount fee) { return std::max(std::move(fee), TokenAmount(kMinimumBaseFee)); }

Result<TokenAmount> by_use(ChainStore& store, const Tipset& tipset) {
  std::set<Cid> seen;
  int64_t gas_limits = 0;
  for (const auto& block : tipset.blocks()) {
    auto messages = TRY(store.messages_of(block));
    for (const auto* list : {&messages.bls, &messages.secp}) {
      for (const auto& each : *list) {
        if (seen.insert(each.cid).second) gas_limits += each.message.gas_limit;
      }
    }
  }
  return next_base_fee_by_use(tipset.parent_base_fee(), gas_limits, tipset.blocks().size(),
                              tipset.height() > store.params().upgrade_smoke);
}

Result<TokenAmount> by_premium(ChainStore& store, const Tipset& tipset) {
  std::set<std::pair<Address, uint64_t>> seen;
  std::vector<WeightedPremium> premiums;
  const auto& base_fee = tipset.parent_base_fee();
  for (const auto& block : tipset.blocks()) {
    auto messages = TRY(store.messages_of(block));
    for (const auto* list : {&messages.bls, &messages.secp}) {
      for (const auto& each : *list) {
        if (!seen.emplace(each.message.from, each.message.nonce).second) continue;
        premiums.push_back({each.message.effective_premium(base_fee), each.message.gas_limit});
      }
    }
  }
  return next_base_fee_by_premium(base_fee, premium_at(std::move(premiums), kBlockGasTargetIndex));
}

}  // namespace

TokenAmount next_base_fee_by_use(const TokenAmount& base_fee, int64_t gas_limit_sum, size_t blocks, bool after_smoke) {
  constexpr int64_t kPackingNumerator = 4, kPackingDenominator = 5;
  const auto count = static_cast<int64_t>(blocks);
  // Before Smoke a block was taken to be packed to four fifths.
  int64_t used =
      after_smoke ? gas_limit_sum / count : kPackingDenominator * gas_limit_sum / (count * kPackingNumerator);
  int64_t delta = std::clamp(used - kBlockGasTarget, -kBlockGasTarget, kBlockGasTarget);
  BigInt change = divide_down(divide_down(base_fee * delta, kBlockGasTarget), kMaxChangeDenominator);
  return at_least_minimum(base_fee + change);
}

TokenAmount premium_at(std::vector<WeightedPremium> premiums, int64_t index) {
  std::stable_sort(premiums.begin(), premiums.end(),
                   [](const WeightedPremium& a, const WeightedPremium& b) { return a.premium > b.premium; });
  for (const auto& each : premiums) {
    if (index < each.gas_limit) return each.premium;
    index -= each.gas_limit;
  }
  return 0;
}

TokenAmount next_base_fee_by_premium(const TokenAmount& base_fee, const TokenAmount& premium) {
  const TokenAmount step = (base_fee + (kMaxChangeDenominator - 1)) / kMaxChangeDenominator;
  return at_least_minimum(base_fee + std::min(step, TokenAmount(premium - step)));
}

Result<TokenAmount> next_base_fee(ChainStore& store, const Tipset& tipset) {
  const auto& params = store.params();
  const ChainEpoch epoch = tipset.height();
  if (params.upgrade_breeze >= 0 && epoch > params.upgrade_breeze &&
      epoch < params.upgrade_breeze + params.breeze_gas_tamping) {
    return TokenAmount(100);
  }
  if (epoch < params.upgrade_fire_horse) return by_use(store, tipset);
  return by_premium(store, tipset);
}

}  // namespace nelumbo::chain
