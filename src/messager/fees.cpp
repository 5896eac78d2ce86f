#include "fees.hpp"

#include "pool/config.hpp"

namespace nelumbo::messager {

TokenAmount fee_ceiling(const FeeRules& rules, const std::string& kind, const TokenAmount& client) {
  auto found = rules.kinds.find(kind);
  const TokenAmount& own = found == rules.kinds.end() ? rules.max_fee : found->second;
  return client > 0 && client < own ? client : own;
}

void cap_fee(Message& message, const TokenAmount& ceiling, bool maximize) {
  if (message.gas_limit <= 0) return;
  if (maximize || message.gas_fee_cap * message.gas_limit > ceiling) message.gas_fee_cap = ceiling / message.gas_limit;
  message.gas_premium = std::min(message.gas_premium, message.gas_fee_cap);
}

bool fee_too_low(const Message& message, const TokenAmount& base_fee, const TokenAmount& estimated_premium) {
  return message.gas_fee_cap < base_fee || message.effective_premium(base_fee) < estimated_premium;
}

Result<Message> raise_fee(const Message& old, const Message& estimated, const TokenAmount& base_fee,
                          const TokenAmount& ceiling) {
  static const uint64_t ratio = pool::Config().replace_by_fee_percent;
  Message out = old;
  out.gas_limit = estimated.gas_limit;
  out.gas_premium = std::max<TokenAmount>(pool::replacement_premium(old.gas_premium, ratio), estimated.gas_premium);
  const TokenAmount most = ceiling / out.gas_limit;
  const TokenAmount least = std::max<TokenAmount>(base_fee, out.gas_premium);
  if (most < least) {
    return fail(ErrorCode::exhausted, "fee ceiling {} reached; replacing needs {}", fil_string(ceiling),
                fil_string(least * out.gas_limit));
  }
  const TokenAmount wanted =
      std::max<TokenAmount>(TokenAmount(base_fee + out.gas_premium), std::max(old.gas_fee_cap, estimated.gas_fee_cap));
  out.gas_fee_cap = std::min(wanted, most);
  return out;
}

}  // namespace nelumbo::messager
