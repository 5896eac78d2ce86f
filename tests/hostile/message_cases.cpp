#include "cases.hpp"

namespace nelumbo::hostile {

namespace {

/// The good message changed and signed again.
Bytes changed(const SignedMessage& good, const Forge& forge, const std::function<void(Message&)>& change) {
  Message message = good.message;
  change(message);
  return to_cbor(must(forge.sign(std::move(message))));
}

}  // namespace

const std::vector<MessageCase>& message_cases() {
  using enum Outcome;
  static const std::vector<MessageCase> cases{
      {"no message at all", rejected, [](const SignedMessage&, const Forge&) { return to_bytes(as_bytes("garbage")); }},
      {"a message cut short", rejected,
       [](const SignedMessage& good, const Forge&) {
         auto bytes = to_cbor(good);
         bytes.resize(bytes.size() - 7);
         return bytes;
       }},
      {"bytes behind the message", rejected,
       [](const SignedMessage& good, const Forge&) {
         auto bytes = to_cbor(good);
         bytes.push_back(0);
         return bytes;
       }},
      {"too many bytes", rejected,
       [](const SignedMessage& good, const Forge& forge) {
         return changed(good, forge, [](Message& m) { m.params = Bytes(65 << 10, 1); });
       }},
      {"a signature of another message", rejected,
       [](const SignedMessage& good, const Forge&) {
         auto message = good;
         message.message.value += 1;
         return to_cbor(message);
       }},
      {"version 1", rejected,
       [](const SignedMessage& good, const Forge& forge) {
         return changed(good, forge, [](Message& m) { m.version = 1; });
       }},
      {"a negative value", rejected,
       [](const SignedMessage& good, const Forge& forge) {
         return changed(good, forge, [](Message& m) { m.value = -1; });
       }},
      {"more than all there is", rejected,
       [](const SignedMessage& good, const Forge& forge) {
         return changed(good, forge, [](Message& m) { m.value = kAttoPerFil * 3'000'000'000; });
       }},
      {"too little gas to be included", rejected,
       [](const SignedMessage& good, const Forge& forge) {
         return changed(good, forge, [](Message& m) { m.gas_limit = 100; });
       }},
      {"more gas than a block has", rejected,
       [](const SignedMessage& good, const Forge& forge) {
         return changed(good, forge, [](Message& m) { m.gas_limit = kBlockGasLimit + 1; });
       }},
      {"a premium above the fee cap", rejected,
       [](const SignedMessage& good, const Forge& forge) {
         return changed(good, forge, [](Message& m) { m.gas_premium = m.gas_fee_cap + 1; });
       }},
      {"more than the sender has", ignored,
       [](const SignedMessage& good, const Forge& forge) {
         return changed(good, forge, [](Message& m) { m.value = kAttoPerFil * 1'900'000'000; });
       }},
      {"a nonce far ahead", ignored,
       [](const SignedMessage& good, const Forge& forge) {
         return changed(good, forge, [](Message& m) { m.nonce += 1000; });
       }},
      {"a fee cap below the least base fee", ignored,
       [](const SignedMessage& good, const Forge& forge) {
         return changed(good, forge, [](Message& m) { m.gas_fee_cap = m.gas_premium = kMinimumBaseFee - 1; });
       }},
      {"a sender that is not on chain", ignored,
       [](const SignedMessage& good, const Forge&) {
         auto key = must(generate_key(SignatureType::secp256k1));
         Message message = good.message;
         message.from = must(key_address(SignatureType::secp256k1, key));
         message.nonce = 0;
         auto bytes = must(signing_bytes(message, SignatureType::secp256k1, 1));
         return to_cbor(SignedMessage{message, must(sign(SignatureType::secp256k1, key, bytes))});
       }},
      // Last: it changes what the pool holds of the sender.
      {"an unspoilt message", good, [](const SignedMessage& good, const Forge&) { return to_cbor(good); }},
  };
  return cases;
}

}  // namespace nelumbo::hostile
