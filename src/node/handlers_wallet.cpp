// Wallet…: this node's own keys.

#include "context.hpp"
#include "signing_api.hpp"

namespace nelumbo::node {

namespace {

Result<TokenAmount> balance_of(Context& context, const Address& address) {
  auto actor = TRY(context.states->actor(address, *context.head->head()));
  return actor ? actor->balance : TokenAmount(0);
}

}  // namespace

void bind_wallet(rpc::Server& server, Context& context) {
  bind_signing(server, {.wallet = context.wallet,
                        .sender = context.sender,
                        .eth_chain_id = context.params.eth_chain_id,
                        .key_address = [&](const Address& address) {
                          return context.states->key_address(address, context.head->head());
                        }});
  server.bind(rpc::full::WalletBalance, [&](const Address& address) { return balance_of(context, address); });
}

}  // namespace nelumbo::node
