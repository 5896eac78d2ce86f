#pragma once
// What a message may cost, and how a message that waits for its fee is made dearer.

#include "messager/service.hpp"

namespace nelumbo::messager {

/// The most that a message of a kind may spend on gas, attoFIL: the rule's ceiling, lowered by the client's where it
/// gave one (positive).
TokenAmount fee_ceiling(const FeeRules& rules, const std::string& kind, const TokenAmount& client);

/// Lowers the fee cap so that gas_limit * gas_fee_cap stays under the ceiling (or raises it to the ceiling when
/// `maximize`), and the premium to the fee cap. As lotus's CapGasFee.
void cap_fee(Message& message, const TokenAmount& ceiling, bool maximize);

/// Whether a message is not included because of what it pays: its fee cap is below the base fee, or what is left for
/// the miner is below the premium that is estimated now.
bool fee_too_low(const Message& message, const TokenAmount& base_fee, const TokenAmount& estimated_premium);

/// The message with a premium that replaces the old one in pools (1.25 times it, lotus's ratio) and at least the
/// estimated one, and a fee cap for it. `exhausted` when the ceiling forbids: the sentence says what it needs.
Result<Message> raise_fee(const Message& old, const Message& estimated, const TokenAmount& base_fee,
                          const TokenAmount& ceiling);

}  // namespace nelumbo::messager
