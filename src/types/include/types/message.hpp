#pragma once
// Chain messages.

#include "types/signature.hpp"

namespace nelumbo {

inline constexpr int64_t kBlockGasLimit = 10'000'000'000;
/// The base fee never falls below this (attoFIL).
inline constexpr uint64_t kMinimumBaseFee = 100;

struct Message {
  uint64_t version = 0;
  Address to;
  Address from;
  uint64_t nonce = 0;
  TokenAmount value;
  int64_t gas_limit = 0;
  TokenAmount gas_fee_cap;  ///< attoFIL per gas unit
  TokenAmount gas_premium;  ///< attoFIL per gas unit
  MethodNum method = 0;
  Bytes params;

  static constexpr auto fields = nelumbo::fields(
      field("Version", &Message::version), field("To", &Message::to), field("From", &Message::from),
      field("Nonce", &Message::nonce), field("Value", &Message::value), field("GasLimit", &Message::gas_limit),
      field("GasFeeCap", &Message::gas_fee_cap), field("GasPremium", &Message::gas_premium),
      field("Method", &Message::method), field("Params", &Message::params));
  friend bool operator==(const Message&, const Message&) = default;

  Cid cid() const { return Cid::of(to_cbor(*this)); }
  /// The most the sender can pay: value + gas_limit * gas_fee_cap.
  TokenAmount required_funds() const { return value + gas_fee_cap * gas_limit; }
  /// What a miner can claim per gas unit: the premium, or less where fee cap minus base fee is smaller; never negative.
  TokenAmount effective_premium(const TokenAmount& base_fee) const;
};

struct SignedMessage {
  Message message;
  Signature signature;

  static constexpr auto fields =
      nelumbo::fields(field("Message", &SignedMessage::message), field("Signature", &SignedMessage::signature));
  friend bool operator==(const SignedMessage&, const SignedMessage&) = default;

  /// A BLS message is known by its unsigned CID (the signature is aggregated away), all others by the signed one.
  Cid cid() const;
  /// Bytes that count on chain: the unsigned form for BLS.
  size_t chain_length() const;
};

/// What the signature of a message covers: the bytes of its CID for secp256k1 and BLS, the RLP of the Ethereum
/// transaction in its EIP-1559 form for delegated (FIP-0055; transactions of the older forms reach us signed already,
/// FIP-0091).
Result<Bytes> signing_bytes(const Message& message, SignatureType type, uint64_t eth_chain_id);
/// Checks a message's signature against the key address of its sender. A delegated one is checked as the Ethereum
/// transaction the message stands for, which must give back exactly this message.
Result<> verify_message(const SignedMessage& message, const Address& key_address, uint64_t eth_chain_id);

/// The rules a message must meet whatever the state (lotus ValidForBlockInclusion): version 0, addresses defined,
/// To not the zero BLS address from v7, value in [0, total supply], fee cap and premium signs and order, gas limit in
/// (0, block gas limit] and not below min_gas.
Result<> check_message(const Message& message, int64_t min_gas, uint32_t network_version);

}  // namespace nelumbo
