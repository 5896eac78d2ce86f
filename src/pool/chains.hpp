#pragma once
// Chains: runs of one sender's messages that enter a block together, cut where the reward per gas would drop.

#include <memory>

#include "pool/selection.hpp"

namespace nelumbo::pool {

/// A later chain of the same sender depends on all earlier ones.
struct Chain {
  std::vector<MessagePtr> messages;
  TokenAmount reward;      ///< attoFIL
  int64_t gas = 0;         ///< sum of limits
  double performance = 0;  ///< reward per gas, for a whole block
  double effective = 0;    ///< weighed with the chance to be the first to include it, and with its parents'
  double probability = 0;
  double parent_offset = 0;  ///< what its unmerged parent takes off `effective`
  bool valid = true;
  bool merged = false;
  SignatureType signature = SignatureType::secp256k1;
  Chain* next = nullptr;
  Chain* previous = nullptr;

  /// Drops messages from the end until the rest fits and does not lose money; what depends on it is invalid then.
  void trim(int64_t gas_limit, size_t message_limit, const TokenAmount& base_fee);
  /// Takes it and all that depends on it out.
  void invalidate();
  void set_probability(double value);
  /// Chains that can never be in the blocks counted keep only a sign.
  void set_no_probability() { effective = performance < 0 ? performance : 0; }
  void compute_effective();
};

using Chains = std::vector<std::unique_ptr<Chain>>;

double gas_performance(const TokenAmount& reward, int64_t gas);
/// A sender's includable messages as linked chains, each with a better performance than the next.
Chains make_chains(const SenderMessages& sender, const SelectionRules& rules);

/// Better performance first, then the larger reward.
bool better(const Chain& a, const Chain& b);
/// Merged first, then profitable, then by effective performance.
bool better_effective(const Chain& a, const Chain& b);

}  // namespace nelumbo::pool
