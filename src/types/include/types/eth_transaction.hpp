#pragma once
// Ethereum transactions and the Filecoin messages they stand for: EIP-1559 (FIP-0055), legacy Homestead and EIP-155
// (FIP-0091). No room below or beside needs to know the RLP.

#include "crypto/hash.hpp"
#include "types/eth_address.hpp"
#include "types/message.hpp"

namespace nelumbo {

/// Method numbers a transaction becomes: contract creation goes to the address manager f010, a call to the contract.
inline constexpr MethodNum kEamCreateExternal = 4;
inline constexpr MethodNum kEvmInvokeContract = 3844450837;

struct EthTransaction {
  enum class Form { homestead, eip155, eip1559 };

  Form form = Form::eip1559;
  uint64_t chain_id = 0;
  uint64_t nonce = 0;
  TokenAmount gas_fee_cap;  ///< attoFIL per gas; the gas price of the legacy forms
  TokenAmount gas_premium;  ///< attoFIL per gas; equals gas_fee_cap in the legacy forms
  int64_t gas_limit = 0;
  std::optional<EthAddress> to;  ///< none creates a contract
  TokenAmount value;
  Bytes input;
  /// The signature as Ethereum numbers it: v is 0 or 1 for EIP-1559, 27 or 28 for Homestead, 2 * chain_id + 35 or 36
  /// for EIP-155.
  BigInt v, r, s;

  /// The unsigned EIP-1559 transaction of a message from an Ethereum account.
  static Result<EthTransaction> from_message(const Message& message, uint64_t chain_id);
  /// The signed transaction of a delegated message; its form follows from the signature's length and first byte.
  static Result<EthTransaction> from_signed_message(const SignedMessage& message, uint64_t chain_id);
  /// Reads a raw signed transaction, as eth_sendRawTransaction gets it.
  static Result<EthTransaction> parse(BytesView raw, uint64_t chain_id);

  /// What is signed (its keccak-256 is the digest) and what is hashed and sent.
  Bytes unsigned_rlp() const;
  Bytes signed_rlp() const;
  Hash256 hash() const { return keccak_256(signed_rlp()); }

  /// The signature in the layout of a Filecoin message: r, s, v (65 bytes) for EIP-1559; a form byte (1 Homestead, 2
  /// EIP-155), r, s, v for the legacy forms.
  Result<Signature> signature() const;
  /// r, s and a recovery id of 0 or 1, whatever the form.
  Result<Bytes> recoverable_signature() const;
  /// The f410 address of the key that signed.
  Result<Address> sender() const;

  Result<Message> message(const Address& from) const;
  /// The signed message from the recovered sender.
  Result<SignedMessage> signed_message() const;
};

}  // namespace nelumbo
