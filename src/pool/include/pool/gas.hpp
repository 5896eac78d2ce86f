#pragma once
// Gas estimation: the limit by running the message, the premium from recent blocks, the fee cap from the base fee.

#include <functional>
#include <memory>

#include "pool/message_pool.hpp"

namespace nelumbo::pool {

/// Limits on what a message may cost (MessageSendSpec).
struct SendLimits {
  TokenAmount max_fee;            ///< attoFIL in all; zero: the node's default
  bool maximize_fee_cap = false;  ///< spend up to max_fee as fee cap
};

/// Runs a message on top of a tipset after the prior ones, with nothing stored; no balance or signature needed.
using CallWithGas = std::function<Result<Receipt>(const Message& message, const std::vector<MessagePtr>& prior,
                                                  const TipsetPtr& base, std::string& failure)>;

inline const TokenAmount kDefaultMaxFee = kAttoPerFil * 7 / 100;  ///< 0.07 FIL

/// Lowers the fee cap so that the message costs at most the limit, and the premium to the fee cap.
void cap_gas_fee(Message& message, const TokenAmount& default_max_fee, const SendLimits& limits);

struct PremiumSample {
  TokenAmount premium;
  int64_t gas_limit = 0;
};
/// The premium at 47.5 % of `blocks` blocks' target gas, from the top; zero when they were emptier.
TokenAmount median_premium(std::vector<PremiumSample> samples, size_t blocks);

/// A factor near 1 that keeps premiums from all being the same: normal, deviation 0.005, drawn from the system.
double premium_noise();

class GasEstimator {
 public:
  GasEstimator(std::shared_ptr<ChainSource> source, std::shared_ptr<MessagePool> pool, CallWithGas call,
               TokenAmount default_max_fee = kDefaultMaxFee, std::function<double()> noise = premium_noise);
  ~GasEstimator();

  /// Gas a message uses after the sender's pending ones (without overestimation). An execution that fails is an error
  /// with its exit code and reason.
  Result<int64_t> gas_limit(const Message& message) const;
  /// What a node spends on a message when its sender names no limit.
  const TokenAmount& default_max_fee() const;
  /// A premium to be included within so many epochs, with a little noise. An empty key is the head.
  Result<TokenAmount> gas_premium(uint64_t epochs, const TipsetKey& key = {}) const;
  /// A fee cap that lasts while the base fee grows for so many full epochs.
  Result<TokenAmount> fee_cap(const Message& message, int64_t epochs, const TipsetKey& key = {}) const;
  /// Fills in what is zero of gas limit, premium and fee cap, then caps the fee (GasEstimateMessageGas).
  Result<Message> message_gas(Message message, const SendLimits& limits = {}, const TipsetKey& key = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo::pool
