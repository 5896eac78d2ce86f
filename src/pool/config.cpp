#include "pool/config.hpp"

namespace nelumbo::pool {

Result<> check_config(const Config& config) {
  if (config.replace_by_fee_percent < kMinReplaceByFeePercent) {
    return fail(ErrorCode::invalid, "replace-by-fee ratio of {} % is below the least allowed, {} %",
                config.replace_by_fee_percent, kMinReplaceByFeePercent);
  }
  if (!(config.gas_limit_overestimation >= 1)) {
    return fail(ErrorCode::invalid, "gas limit overestimation {} is below 1", config.gas_limit_overestimation);
  }
  if (config.size_limit_low > config.size_limit_high) {
    return fail(ErrorCode::invalid, "low size limit {} is above the high one, {}", config.size_limit_low,
                config.size_limit_high);
  }
  return {};
}

TokenAmount min_replacement_premium(const TokenAmount& premium) {
  return replacement_premium(premium, kMinReplaceByFeePercent);
}

TokenAmount replacement_premium(const TokenAmount& premium, uint64_t percent) { return premium * percent / 100 + 1; }

}  // namespace nelumbo::pool
