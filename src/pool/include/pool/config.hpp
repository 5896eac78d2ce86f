#pragma once
// Limits and settings of the message pool (MpoolGetConfig, MpoolSetConfig).

#include <chrono>

#include "types/message.hpp"

namespace nelumbo::pool {

/// Bytes of one signed message.
inline constexpr size_t kMaxMessageSize = 64 << 10;
/// Messages in one block (and BLS, secp256k1 each at most kMaxPerSignatureKind).
inline constexpr size_t kBlockMessageLimit = 10'000;
inline constexpr size_t kMaxPerSignatureKind = 8192;
/// Pending messages of one sender, from anyone and from untrusted pushers (a public gateway).
inline constexpr size_t kMaxPendingPerSender = 1000;
inline constexpr size_t kMaxUntrustedPerSender = 100;
/// How far ahead of the expected nonce a message from the network may be.
inline constexpr uint64_t kMaxNonceGap = 4;
/// The least gas any message takes; selection stops when less is left of a block.
inline constexpr int64_t kSmallestMessageGas = 1'298'450;
/// The smallest replace-by-fee ratio that may be configured, in percent.
inline constexpr uint64_t kMinReplaceByFeePercent = 110;
/// Messages sent again in one round of republishing.
inline constexpr size_t kRepublishLimit = 30;

struct Config {
  std::vector<Address> priority_addresses;  ///< their messages are selected first and never pruned
  uint64_t size_limit_high = 30'000;        ///< messages: above, the pool is pruned
  uint64_t size_limit_low = 20'000;         ///< messages that pruning leaves
  uint64_t replace_by_fee_percent = 125;    ///< suggested premium of a replacement, of the replaced one's
  std::chrono::nanoseconds prune_cooldown = std::chrono::minutes(1);
  double gas_limit_overestimation = 1.25;
};

/// Ratio of replacement at least kMinReplaceByFeePercent, overestimation at least 1, low not above high.
Result<> check_config(const Config& config);

/// The least premium with which a message replaces one of this premium in the pool (110 % and one attoFIL).
TokenAmount min_replacement_premium(const TokenAmount& premium);
/// The premium suggested for a replacement under a configured ratio.
TokenAmount replacement_premium(const TokenAmount& premium, uint64_t percent);

}  // namespace nelumbo::pool
