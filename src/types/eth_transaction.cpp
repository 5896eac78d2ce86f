#include "types/eth_transaction.hpp"

#include "crypto/keys.hpp"
#include "types/rlp.hpp"

namespace nelumbo {

namespace {

using Form = EthTransaction::Form;

constexpr uint8_t kEip1559Type = 2;
constexpr uint8_t kEip2930Type = 1;
constexpr uint8_t kHomesteadPrefix = 1;
constexpr uint8_t kEip155Prefix = 2;
constexpr size_t kWord = 32;
constexpr size_t kEip1559Fields = 12;
constexpr size_t kLegacyFields = 9;

/// The value of v for recovery id 0; the other is one more.
BigInt first_v(Form form, uint64_t chain_id) {
  switch (form) {
    case Form::eip1559:
      return 0;
    case Form::homestead:
      return 27;
    case Form::eip155:
      return BigInt(chain_id) * 2 + 35;
  }
  return 0;
}

Result<> check_v(Form form, uint64_t chain_id, const BigInt& v) {
  BigInt first = first_v(form, chain_id);
  if (v == first || v == first + 1) return {};
  return fail(ErrorCode::invalid, "signature with v = {}, expected {} or {}", v.str(), first.str(),
              BigInt(first + 1).str());
}

const Address& eth_address_manager() {
  static const Address address = Address::from_id(Address::kEthereumAddressManager);
  return address;
}

/// The bytes inside params: one CBOR byte string, not empty, or no params at all.
Result<Bytes> input_of(const Message& message) {
  if (message.params.empty()) return Bytes();
  CborReader reader(message.params);
  auto input = TRY_IN("params", reader.bytes());
  TRY_IN("params", reader.finish());
  if (input.empty()) return fail(ErrorCode::invalid, "params are an empty byte string, which no transaction gives");
  return to_bytes(input);
}

Result<std::optional<EthAddress>> recipient_of(const Message& message) {
  if (message.to == eth_address_manager()) {
    if (message.method == kEamCreateExternal) return std::optional<EthAddress>();
    return fail(ErrorCode::invalid, "method {} of the Ethereum address manager has no Ethereum transaction",
                message.method);
  }
  if (message.method != kEvmInvokeContract) {
    return fail(ErrorCode::invalid,
                "method {} from an Ethereum account, where only {} (InvokeContract) and {} of {} are possible",
                message.method, kEvmInvokeContract, kEamCreateExternal, eth_address_manager().str());
  }
  return std::optional<EthAddress>(TRY(eth_address_of(message.to)));
}

Result<uint64_t> small_number(const RlpItem& item, std::string_view what) {
  if (item.is_list || item.bytes.size() > 8) return fail(ErrorCode::invalid, "{} is not a number of 8 bytes", what);
  uint64_t value = 0;
  for (uint8_t byte : item.bytes) value = value << 8 | byte;
  return value;
}

Result<BigInt> number(const RlpItem& item, std::string_view what) {
  if (item.is_list || item.bytes.size() > kWord)
    return fail(ErrorCode::invalid, "{} is not a number of 32 bytes", what);
  return bigint_from_magnitude(item.bytes);
}

Result<Bytes> byte_string(const RlpItem& item, std::string_view what) {
  if (item.is_list) return fail(ErrorCode::invalid, "{} is a list", what);
  return to_bytes(item.bytes);
}

Result<std::optional<EthAddress>> recipient(const RlpItem& item) {
  auto bytes = TRY(byte_string(item, "to"));
  if (bytes.empty()) return std::optional<EthAddress>();
  EthAddress out;
  if (bytes.size() != out.bytes.size()) return fail(ErrorCode::invalid, "recipient of {} bytes", bytes.size());
  std::copy(bytes.begin(), bytes.end(), out.bytes.begin());
  return std::optional(out);
}

Result<int64_t> gas_limit(const RlpItem& item) {
  auto value = TRY(small_number(item, "gas limit"));
  if (value > INT64_MAX) return fail(ErrorCode::invalid, "gas limit {} is too large", value);
  return static_cast<int64_t>(value);
}

Result<EthTransaction> parse_eip1559(BytesView raw, uint64_t chain_id) {
  auto list = TRY(decode_rlp(raw));
  const auto& f = list.items;
  if (!list.is_list || f.size() != kEip1559Fields) {
    return fail(ErrorCode::invalid, "an EIP-1559 transaction is a list of {} items", kEip1559Fields);
  }
  EthTransaction tx;
  tx.chain_id = TRY(small_number(f[0], "chain id"));
  if (tx.chain_id != chain_id) {
    return fail(ErrorCode::invalid, "transaction for chain {}, this network is {}", tx.chain_id, chain_id);
  }
  tx.nonce = TRY(small_number(f[1], "nonce"));
  tx.gas_premium = TRY(number(f[2], "max priority fee"));
  tx.gas_fee_cap = TRY(number(f[3], "max fee"));
  tx.gas_limit = TRY(gas_limit(f[4]));
  tx.to = TRY(recipient(f[5]));
  tx.value = TRY(number(f[6], "value"));
  tx.input = TRY(byte_string(f[7], "input"));
  if (!f[8].is_list || !f[8].items.empty()) return fail(ErrorCode::unsupported, "access lists must be empty");
  tx.v = TRY(number(f[9], "v"));
  tx.r = TRY(number(f[10], "r"));
  tx.s = TRY(number(f[11], "s"));
  TRY(check_v(tx.form, chain_id, tx.v));
  return tx;
}

Result<EthTransaction> parse_legacy(BytesView raw, uint64_t chain_id) {
  auto list = TRY(decode_rlp(raw));
  const auto& f = list.items;
  if (!list.is_list || f.size() != kLegacyFields) {
    return fail(ErrorCode::invalid, "a legacy transaction is a list of {} items", kLegacyFields);
  }
  EthTransaction tx;
  tx.chain_id = chain_id;
  tx.nonce = TRY(small_number(f[0], "nonce"));
  tx.gas_fee_cap = tx.gas_premium = TRY(number(f[1], "gas price"));
  tx.gas_limit = TRY(gas_limit(f[2]));
  tx.to = TRY(recipient(f[3]));
  tx.value = TRY(number(f[4], "value"));
  tx.input = TRY(byte_string(f[5], "input"));
  tx.v = TRY(number(f[6], "v"));
  tx.r = TRY(number(f[7], "r"));
  tx.s = TRY(number(f[8], "s"));
  tx.form = tx.v == 27 || tx.v == 28 ? Form::homestead : Form::eip155;
  TRY(check_v(tx.form, chain_id, tx.v));
  return tx;
}

Bytes with_type(Form form, const RlpList& list) {
  Bytes out = list.encode();
  if (form == Form::eip1559) out.insert(out.begin(), kEip1559Type);
  return out;
}

RlpList common_fields(const EthTransaction& tx) {
  RlpList list;
  if (tx.form == Form::eip1559) list.number(tx.chain_id);
  list.number(tx.nonce);
  if (tx.form == Form::eip1559) list.number(tx.gas_premium);
  list.number(tx.gas_fee_cap).number(tx.gas_limit);
  list.bytes(tx.to ? BytesView(tx.to->bytes) : BytesView()).number(tx.value).bytes(tx.input);
  if (tx.form == Form::eip1559) list.list(RlpList());
  return list;
}

/// Appends a number as 32 bytes, big-endian.
Result<> append_word(Bytes& out, const BigInt& value) {
  auto magnitude = bigint_magnitude(value);
  if (magnitude.size() > kWord) return fail(ErrorCode::invalid, "signature number of {} bytes", magnitude.size());
  out.insert(out.end(), kWord - magnitude.size(), 0);
  out.insert(out.end(), magnitude.begin(), magnitude.end());
  return {};
}

/// Which form a delegated signature has, and how many bytes of a form byte stand before r.
Result<std::pair<Form, size_t>> form_of_signature(BytesView data, uint64_t chain_id) {
  constexpr size_t kEip1559Size = 2 * kWord + 1;
  if (data.size() == kEip1559Size) return std::pair(Form::eip1559, size_t{0});
  auto sized = [&](const BigInt& v) { return data.size() == 1 + 2 * kWord + bigint_magnitude(v).size(); };
  BigInt first = first_v(Form::eip155, chain_id);
  if (!data.empty() && data[0] == kHomesteadPrefix && sized(27)) return std::pair(Form::homestead, size_t{1});
  if (!data.empty() && data[0] == kEip155Prefix && (sized(first) || sized(first + 1)))
    return std::pair(Form::eip155, size_t{1});
  return fail(ErrorCode::invalid, "delegated signature of {} bytes in no known layout", data.size());
}

}  // namespace

Result<EthTransaction> EthTransaction::from_message(const Message& message, uint64_t chain_id) {
  if (message.version != 0) return fail(ErrorCode::invalid, "message version {} is unknown", message.version);
  if (message.value < 0 || message.gas_fee_cap < 0 || message.gas_premium < 0 || message.gas_limit < 0) {
    return fail(ErrorCode::invalid, "a negative amount has no Ethereum transaction");
  }
  EthTransaction tx;
  tx.chain_id = chain_id;
  tx.nonce = message.nonce;
  tx.gas_fee_cap = message.gas_fee_cap;
  tx.gas_premium = message.gas_premium;
  tx.gas_limit = message.gas_limit;
  tx.to = TRY(recipient_of(message));
  tx.value = message.value;
  tx.input = TRY(input_of(message));
  return tx;
}

Result<EthTransaction> EthTransaction::from_signed_message(const SignedMessage& message, uint64_t chain_id) {
  if (message.signature.type != SignatureType::delegated) {
    return fail(ErrorCode::invalid, "a {} signature has no Ethereum transaction",
                signature_type_name(message.signature.type));
  }
  TRY_IN("sender", eth_address_of(message.message.from));
  auto tx = TRY(from_message(message.message, chain_id));
  BytesView data = message.signature.data;
  auto [form, skip] = TRY(form_of_signature(data, chain_id));
  tx.form = form;
  if (form != Form::eip1559) tx.gas_premium = tx.gas_fee_cap;
  tx.r = bigint_from_magnitude(data.subspan(skip, kWord));
  tx.s = bigint_from_magnitude(data.subspan(skip + kWord, kWord));
  tx.v = bigint_from_magnitude(data.subspan(skip + 2 * kWord));
  return tx;
}

Result<EthTransaction> EthTransaction::parse(BytesView raw, uint64_t chain_id) {
  if (raw.empty()) return fail(ErrorCode::invalid, "an empty transaction");
  if (raw[0] == kEip1559Type) return in_context(parse_eip1559(raw.subspan(1), chain_id), "EIP-1559 transaction");
  if (raw[0] >= 0x80) return in_context(parse_legacy(raw, chain_id), "legacy transaction");
  if (raw[0] == kEip2930Type) return fail(ErrorCode::unsupported, "EIP-2930 transactions are not supported");
  return fail(ErrorCode::unsupported, "unknown transaction type {}", raw[0]);
}

Bytes EthTransaction::unsigned_rlp() const {
  auto list = common_fields(*this);
  if (form == Form::eip155) list.number(chain_id).number(0).number(0);
  return with_type(form, list);
}

Bytes EthTransaction::signed_rlp() const { return with_type(form, common_fields(*this).number(v).number(r).number(s)); }

Result<Signature> EthTransaction::signature() const {
  TRY(check_v(form, chain_id, v));
  Signature out{SignatureType::delegated, {}};
  if (form == Form::homestead) out.data.push_back(kHomesteadPrefix);
  if (form == Form::eip155) out.data.push_back(kEip155Prefix);
  TRY(append_word(out.data, r));
  TRY(append_word(out.data, s));
  auto number = v == 0 ? Bytes{0} : bigint_magnitude(v);
  out.data.insert(out.data.end(), number.begin(), number.end());
  return out;
}

Result<Bytes> EthTransaction::recoverable_signature() const {
  TRY(check_v(form, chain_id, v));
  Bytes out;
  TRY(append_word(out, r));
  TRY(append_word(out, s));
  out.push_back(v == first_v(form, chain_id) ? 0 : 1);
  return out;
}

Result<Address> EthTransaction::sender() const {
  auto key = TRY(secp256k1::recover(keccak_256(unsigned_rlp()), TRY(recoverable_signature())));
  return eth_address_of_key(key).filecoin();
}

Result<Message> EthTransaction::message(const Address& from) const {
  Message out;
  out.to = to ? TRY(to->filecoin()) : eth_address_manager();
  out.from = from;
  out.nonce = nonce;
  out.value = value;
  out.gas_limit = gas_limit;
  out.gas_fee_cap = gas_fee_cap;
  out.gas_premium = gas_premium;
  out.method = to ? kEvmInvokeContract : kEamCreateExternal;
  if (!input.empty()) out.params = to_cbor(input);
  return out;
}

Result<SignedMessage> EthTransaction::signed_message() const {
  auto unsigned_message = TRY(message(TRY(sender())));
  auto made = TRY(signature());
  return SignedMessage{std::move(unsigned_message), std::move(made)};
}

}  // namespace nelumbo
