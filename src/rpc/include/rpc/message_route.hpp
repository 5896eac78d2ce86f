#pragma once
// A way for messages other than through the daemon's own wallet.

#include <optional>

#include "rpc/message_types.hpp"

namespace nelumbo::rpc {

/// A message server, as those who send see it. Thread-safe.
class MessageRoute {
 public:
  virtual ~MessageRoute() = default;
  /// Sends a message without nonce; nullopt when the server has no key of the sender, who then sends by himself. The
  /// same MsgUuid again gives the same message.
  virtual Result<std::optional<SignedMessage>> push(const Message& message, const MessageSendSpec& spec) = 0;
  /// Whether the server has the key that signs for this account.
  virtual Result<bool> has_key(const Address& account) = 0;
  /// What the server knows of a message, by any CID that it ever had; nullopt when it is none of the server's.
  virtual Result<std::optional<MessageRecord>> find(const Cid& message) = 0;
};

}  // namespace nelumbo::rpc
