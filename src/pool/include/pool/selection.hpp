#pragma once
// Which pending messages a block should hold: chains of one sender's messages by reward per gas, within the block's
// limits. Local policy, not consensus.

#include <functional>

#include "pool/config.hpp"
#include "pool/source.hpp"

namespace nelumbo::pool {

/// One sender's pending messages and where its account stands before them.
struct SenderMessages {
  Address sender;
  uint64_t nonce = 0;  ///< of the account, after the base tipset
  TokenAmount balance;
  std::vector<MessagePtr> messages;  ///< ascending nonces
  bool priority = false;             ///< selected before all others
};

struct SelectionRules {
  TokenAmount base_fee;                                        ///< of the block that is made
  std::function<int64_t(const SignedMessage&)> inclusion_gas;  ///< gas a message needs at least
  int64_t gas_limit = kBlockGasLimit;
  size_t message_limit = kBlockMessageLimit;
  size_t signature_kind_limit = kMaxPerSignatureKind;
};

/// Messages of senders, nonce order kept, dependencies before dependents, none that loses money. Above a ticket quality
/// of 0.84 the best chains win; below, a chain's value is weighed with the chance that no earlier block of the same
/// tipset takes it.
std::vector<MessagePtr> select_messages(const std::vector<SenderMessages>& senders, const SelectionRules& rules,
                                        double ticket_quality);

/// What a block producer earns with a message (attoFIL; three times the loss when the fee cap is below the base fee).
TokenAmount gas_reward(const Message& message, const TokenAmount& base_fee);

/// Chance that the i-th block of a tipset is this one, by ticket quality, for i in 0 … 14.
std::vector<double> block_probabilities(double ticket_quality);

/// The order in which pruning keeps messages and republishing sends them: the best chains first. Messages that cannot
/// be included (nonce gap, funds, gas) are left out.
std::vector<std::vector<MessagePtr>> ranked_chains(const std::vector<SenderMessages>& senders,
                                                   const SelectionRules& rules);

}  // namespace nelumbo::pool
