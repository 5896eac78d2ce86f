#include "types/message.hpp"

#include "types/eth_transaction.hpp"
#include "types/network.hpp"

namespace nelumbo {

namespace {

/// The BLS address of the point at infinity: nobody's key.
const Address& zero_bls_address() {
  static const Address address = [] {
    Bytes identity(48);
    identity[0] = 0xc0;
    return must(Address::bls(identity));
  }();
  return address;
}

Result<> check_address(const Address& address, std::string_view which, uint32_t network_version) {
  if (!address.defined()) return fail(ErrorCode::invalid, "'{}' address is empty", which);
  if (address.protocol() == Protocol::delegated && network_version < 18) {
    return fail(ErrorCode::invalid, "'{}' address {} is an f4 address, which network version {} does not know", which,
                address.str(), network_version);
  }
  return {};
}

Result<> check_amounts(const Message& message) {
  static const TokenAmount total = kAttoPerFil * kTotalFilecoin;
  if (message.value < 0) return fail(ErrorCode::invalid, "'Value' is negative");
  if (message.value > total) return fail(ErrorCode::invalid, "'Value' is more than all filecoin there is");
  if (message.gas_fee_cap < 0) return fail(ErrorCode::invalid, "'GasFeeCap' is negative");
  if (message.gas_premium < 0) return fail(ErrorCode::invalid, "'GasPremium' is negative");
  if (message.gas_premium > message.gas_fee_cap)
    return fail(ErrorCode::invalid, "'GasFeeCap' is less than 'GasPremium'");
  return {};
}

}  // namespace

TokenAmount Message::effective_premium(const TokenAmount& base_fee) const {
  TokenAmount available = gas_fee_cap - base_fee;
  if (available < 0) return 0;
  return std::min(gas_premium, available);
}

Cid SignedMessage::cid() const {
  return signature.type == SignatureType::bls ? message.cid() : Cid::of(to_cbor(*this));
}

size_t SignedMessage::chain_length() const {
  return signature.type == SignatureType::bls ? to_cbor(message).size() : to_cbor(*this).size();
}

Result<Bytes> signing_bytes(const Message& message, SignatureType type, uint64_t eth_chain_id) {
  if (type != SignatureType::delegated) return to_bytes(message.cid().bytes());
  return TRY(EthTransaction::from_message(message, eth_chain_id)).unsigned_rlp();
}

Result<> verify_message(const SignedMessage& message, const Address& key_address, uint64_t eth_chain_id) {
  if (message.signature.type != SignatureType::delegated) {
    return verify(message.signature, key_address, message.message.cid().bytes());
  }
  auto transaction = TRY_IN("as an Ethereum transaction", EthTransaction::from_signed_message(message, eth_chain_id));
  auto again = TRY(transaction.message(message.message.from));
  if (again != message.message) {
    return fail(ErrorCode::invalid, "the message is not what its Ethereum transaction says");
  }
  Signature recoverable{SignatureType::delegated, TRY(transaction.recoverable_signature())};
  return verify(recoverable, key_address, transaction.unsigned_rlp());
}

Result<> check_message(const Message& message, int64_t min_gas, uint32_t network_version) {
  if (message.version != 0) return fail(ErrorCode::invalid, "'Version' {} is unknown", message.version);
  TRY(check_address(message.to, "To", network_version));
  if (network_version >= 7 && message.to == zero_bls_address()) {
    return fail(ErrorCode::invalid, "'To' is the address of no key");
  }
  TRY(check_address(message.from, "From", network_version));
  TRY(check_amounts(message));
  if (message.gas_limit > kBlockGasLimit) {
    return fail(ErrorCode::invalid, "'GasLimit' {} is more than a block's {}", message.gas_limit, kBlockGasLimit);
  }
  if (message.gas_limit <= 0) return fail(ErrorCode::invalid, "'GasLimit' {} is not positive", message.gas_limit);
  if (message.gas_limit < min_gas) {
    return fail(ErrorCode::invalid, "'GasLimit' {} is less than the {} that storing the message on chain costs",
                message.gas_limit, min_gas);
  }
  return {};
}

}  // namespace nelumbo
