// Wallet…: this node's own keys.

#include "base/log.hpp"
#include "context.hpp"
#include "signing_api.hpp"

namespace nelumbo::node {

namespace {

Result<TokenAmount> balance_of(Context& context, const Address& address) {
  auto actor = TRY(context.states->actor(address, *context.head->head()));
  return actor ? actor->balance : TokenAmount(0);
}

/// The message server publishes it in any case: what this pool does not take (yet) comes back as gossip.
void keep_routed(Context& context, const SignedMessage& message) {
  if (auto kept = context.pool->push(message, pool::Origin::local); !kept)
    log_debug("messager", "{} is not in this node's pool yet: {}", message.cid().str(), kept.error().message);
}

}  // namespace

void bind_wallet(rpc::Server& server, Context& context) {
  bind_signing(server,
               {.wallet = context.wallet,
                .sender = context.sender,
                .eth_chain_id = context.params.eth_chain_id,
                .key_address =
                    [&](const Address& address) { return context.states->key_address(address, context.head->head()); },
                .messager = context.messager,
                .keep = [&](const SignedMessage& message) { keep_routed(context, message); }});
  server.bind(rpc::full::WalletBalance, [&](const Address& address) { return balance_of(context, address); });
}

}  // namespace nelumbo::node
