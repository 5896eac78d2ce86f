// Wallet…: this node's own keys.

#include "context.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

Result<TokenAmount> balance_of(Context& context, const Address& address) {
  auto actor = TRY(context.states->actor(address, *context.head->head()));
  return actor ? actor->balance : TokenAmount(0);
}

Result<SignedMessage> sign_message(Context& context, const Address& address, const Message& message) {
  auto key = TRY(context.states->key_address(address, context.head->head()));
  return wallet::sign_message(*context.wallet, key, message, context.params.eth_chain_id);
}

Result<bool> verify_signature(Context& context, const Address& address, const Bytes& data, const Signature& signature) {
  auto key = TRY(context.states->key_address(address, context.head->head()));
  return verify(signature, key, data).has_value();
}

}  // namespace

void bind_wallet(rpc::Server& server, Context& context) {
  auto& wallet = *context.wallet;
  server.bind(full::WalletNew, [&](const std::string& type) -> Result<Address> {
    return wallet.new_key(TRY(wallet::parse_key_type(type)));
  });
  server.bind(full::WalletHas, [&](const Address& address) { return wallet.has(address); });
  server.bind(full::WalletList, [&] { return wallet.list(); });
  server.bind(full::WalletBalance, [&](const Address& address) { return balance_of(context, address); });
  server.bind(full::WalletSign, [&](const Address& address, const Bytes& data) -> Result<Signature> {
    return wallet.sign(TRY(context.states->key_address(address, context.head->head())), data);
  });
  server.bind(full::WalletSignMessage,
              [&](const Address& address, const Message& message) { return sign_message(context, address, message); });
  server.bind(full::WalletVerify, [&](const Address& address, const Bytes& data, const Signature& signature) {
    return verify_signature(context, address, data, signature);
  });
  server.bind(full::WalletDefaultAddress, [&] { return wallet.default_address(); });
  server.bind(full::WalletSetDefault, [&](const Address& address) { return wallet.set_default(address); });
  server.bind(full::WalletExport, [&](const Address& address) -> Result<rpc::KeyInfo> {
    auto key = TRY(wallet.export_key(address));
    return rpc::KeyInfo{key.type, key.private_key};
  });
  server.bind(full::WalletImport, [&](const rpc::KeyInfo& key) {
    return wallet.import_key({key.type, key.private_key});
  });
  server.bind(full::WalletDelete, [&](const Address& address) { return wallet.remove(address); });
  server.bind(full::WalletValidateAddress, [](const std::string& text) { return Address::parse(text); });
}

}  // namespace nelumbo::node
