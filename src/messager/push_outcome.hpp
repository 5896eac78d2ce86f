#pragma once
// What a node's pool says of a message that it is given.

#include "base/result.hpp"

namespace nelumbo::messager {

enum class PushOutcome {
  taken,        ///< or there already
  too_low,      ///< its nonce is on chain
  gap,          ///< the pool lacks messages before it
  other_there,  ///< another message with this nonce is in the pool, and this one's premium does not replace it
  full,         ///< as many of this sender's messages are there as the pool takes
  refused,      ///< by a rule: fee cap, funds, signature …
  unreachable,  ///< the node did not answer
};

/// By the words of lotus's pool and of ours: over the API lotus gives no codes for them.
PushOutcome push_outcome(const Error& error);

}  // namespace nelumbo::messager
