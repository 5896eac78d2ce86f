#pragma once
// What a hostile peer gossips: blocks and messages, each of which breaks one rule.

#include "forge.hpp"

namespace nelumbo::hostile {

/// What must become of it. All but `good` never get into the chain or the pool.
enum class Outcome {
  good,      ///< taken: the way is open
  rejected,  ///< a rule that every forwarder must check: the sender is scored down for passing it on
  bad,       ///< found out by full validation: the sender is blamed
  ignored,   ///< not passed on; honest nodes may pass it on before they know, so that nobody is blamed
};
std::string_view outcome_name(Outcome outcome);

struct BlockCase {
  std::string_view name;
  std::string_view rule;  ///< of validation that it breaks
  Outcome outcome;
  std::function<void(chain::FullBlock&, const Forge&)> spoil;
  bool sign = true;            ///< sign it again afterwards
  bool name_messages = false;  ///< its messages are others: name them in the header
};
const std::vector<BlockCase>& block_cases();

struct MessageCase {
  std::string_view name;
  Outcome outcome;
  std::function<Bytes(const SignedMessage& good, const Forge&)> make;  ///< the bytes to publish
};
const std::vector<MessageCase>& message_cases();

}  // namespace nelumbo::hostile
