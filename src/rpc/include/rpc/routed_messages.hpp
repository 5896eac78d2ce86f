#pragma once
// Messages of a miner: through the message server that has the sender's key, else through the daemon. Whoever asks what
// became of one need not know which way it went.

#include "rpc/client.hpp"
#include "rpc/message_route.hpp"

namespace nelumbo::rpc {

/// A message on its way to the chain.
struct PendingMessage {
  TokenAmount fee_cap;  ///< attoFIL for a unit of gas: above it the base fee keeps it waiting
  std::string wait;     ///< why it is not on the chain yet, where the message server says so
};

/// Thread-safe.
class RoutedMessages {
 public:
  /// Without a route everything goes through the daemon.
  RoutedMessages(std::shared_ptr<const Client> client, std::shared_ptr<MessageRoute> route)
      : client_(std::move(client)), route_(std::move(route)) {}

  /// The same MsgUuid again gives the same message.
  Result<SignedMessage> push(const Message& message, const MessageSendSpec& spec) const;
  /// Is there a key of this account, at the message server or in the daemon's wallet?
  Result<bool> can_send_from(const Address& account) const;
  /// Will it come by itself? In the daemon's pool, or the message server's and not given up. nullopt: it will not.
  Result<std::optional<PendingMessage>> pending(const Cid& message) const;
  Result<bool> is_pending(const Cid& message) const;
  /// nullopt: not executed as seen from this tipset, looking back so many epochs. A message that the server replaced is
  /// found by any CID it had. not_found: the server gave it up or cancelled it.
  Result<std::optional<MsgLookup>> search(const Cid& message, const TipsetKey& from, ChainEpoch look_back) const;
  /// The message as the message server knows it, which sends it until it is on the chain and may replace it meanwhile.
  Result<std::optional<MessageRecord>> find(const Cid& message) const;

 private:
  std::shared_ptr<const Client> client_;
  std::shared_ptr<MessageRoute> route_;
};

}  // namespace nelumbo::rpc
