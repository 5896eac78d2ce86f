#include "signing_api.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

pool::SendLimits send_limits(const std::optional<rpc::MessageSendSpec>& spec) {
  if (!spec) return {};
  return {spec->max_fee, spec->maximize_fee_cap};
}
/// The id that makes a repeated MpoolPushMessage give the first one's message; empty for none.
std::string_view uuid_of(const std::optional<rpc::MessageSendSpec>& spec) {
  static const rpc::MessageSendSpec none;
  if (!spec || spec->msg_uuid == none.msg_uuid) return {};
  return spec->msg_uuid;
}

void bind_keys(rpc::Server& server, const std::shared_ptr<wallet::Wallet>& wallet) {
  server.bind(full::WalletNew, [=](const std::string& type) -> Result<Address> {
    return wallet->new_key(TRY(wallet::parse_key_type(type)));
  });
  server.bind(full::WalletHas, [=](const Address& address) { return wallet->has(address); });
  server.bind(full::WalletList, [=] { return wallet->list(); });
  server.bind(full::WalletDefaultAddress, [=] { return wallet->default_address(); });
  server.bind(full::WalletSetDefault, [=](const Address& address) { return wallet->set_default(address); });
  server.bind(full::WalletExport, [=](const Address& address) -> Result<rpc::KeyInfo> {
    auto key = TRY(wallet->export_key(address));
    return rpc::KeyInfo{key.type, key.private_key};
  });
  server.bind(full::WalletImport, [=](const rpc::KeyInfo& key) {
    return wallet->import_key({key.type, key.private_key});
  });
  server.bind(full::WalletDelete, [=](const Address& address) { return wallet->remove(address); });
  server.bind(full::WalletValidateAddress, [](const std::string& text) { return Address::parse(text); });
}

}  // namespace

pool::SignMessage signer(std::shared_ptr<wallet::Wallet> wallet, uint64_t eth_chain_id) {
  return [=](const Address& key, const Message& message) -> Result<Signature> {
    return TRY(wallet::sign_message(*wallet, key, message, eth_chain_id)).signature;
  };
}

void bind_signing(rpc::Server& server, SigningApi with) {
  bind_keys(server, with.wallet);
  auto api = std::make_shared<const SigningApi>(std::move(with));
  server.bind(full::WalletSign, [=](const Address& address, const Bytes& data) -> Result<Signature> {
    return api->wallet->sign(TRY(api->key_address(address)), data);
  });
  server.bind(full::WalletSignMessage, [=](const Address& address, const Message& message) -> Result<SignedMessage> {
    auto key = TRY(api->key_address(address));
    return wallet::sign_message(*api->wallet, key, message, api->eth_chain_id);
  });
  server.bind(full::WalletVerify,
              [=](const Address& address, const Bytes& data, const Signature& signature) -> Result<bool> {
                auto key = TRY(api->key_address(address));
                return verify(signature, key, data).has_value();
              });
  auto push = [=](const Message& message, const std::optional<rpc::MessageSendSpec>& spec) -> Result<SignedMessage> {
    if (api->messager) {
      if (auto sent = TRY(api->messager->push(message, spec.value_or(rpc::MessageSendSpec())))) {
        if (api->keep) api->keep(*sent);
        return *std::move(sent);
      }
    }
    return api->sender->push(message, send_limits(spec), uuid_of(spec));
  };
  server.bind(full::MpoolPushMessage, push);
  server.bind(full::MpoolBatchPushMessage,
              [=](const std::vector<Message>& all,
                  const std::optional<rpc::MessageSendSpec>& spec) -> Result<std::vector<SignedMessage>> {
                std::vector<SignedMessage> out;
                for (const auto& message : all) out.push_back(TRY(push(message, spec)));
                return out;
              });
}

}  // namespace nelumbo::node
