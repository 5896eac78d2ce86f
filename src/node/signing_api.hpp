#pragma once
// The part of the API that needs the node's own keys: it is the same on a full node and on a lite one.

#include "messager_link.hpp"
#include "pool/sender.hpp"
#include "rpc/server.hpp"
#include "rpc/methods.hpp"
#include "wallet/wallet.hpp"

namespace nelumbo::node {

/// Lives longer than the server.
struct SigningApi {
  std::shared_ptr<wallet::Wallet> wallet;
  std::shared_ptr<pool::MessageSender> sender;
  uint64_t eth_chain_id = 0;
  /// The key address that signs for an address.
  std::function<Result<Address>(const Address&)> key_address;
  std::shared_ptr<MessagerLink> messager;  ///< null: every message is this node's own
  /// Takes a message that the message server signed into this node's pool, so that it is known here at once.
  std::function<void(const SignedMessage&)> keep;
};

/// Signs with the wallet, as the sender needs it.
pool::SignMessage signer(std::shared_ptr<wallet::Wallet> wallet, uint64_t eth_chain_id);

/// Wallet… but for WalletBalance, MpoolPushMessage and MpoolBatchPushMessage.
void bind_signing(rpc::Server& server, SigningApi api);

}  // namespace nelumbo::node
