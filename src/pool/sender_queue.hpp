#pragma once
// One sender's pending messages.

#include <map>

#include "pool/message_pool.hpp"

namespace nelumbo::pool {

/// What add() allows.
struct QueueRules {
  uint64_t max_gap =
      UINT64_MAX;  ///< how far above the expected nonce; no replacing above the expected one unless UINT64_MAX
  size_t max_messages = kMaxPendingPerSender;
};
QueueRules queue_rules(Origin origin);

class SenderQueue {
 public:
  explicit SenderQueue(uint64_t next_nonce) : next_nonce_(next_nonce) {}

  /// Whether a message may be added now; the kind of refusal in `refusal`.
  Result<> check(const SignedMessage& message, const QueueRules& rules, Refusal& refusal) const;
  /// Puts it in, in the place of one with the same nonce, which is returned.
  MessagePtr put(MessagePtr message);
  /// Takes the message of a nonce out. `applied`: a block includes a message with this nonce (also when none was
  /// pending), so the next one is expected; otherwise the nonce is free again.
  MessagePtr remove(uint64_t nonce, bool applied);

  /// What all messages may cost, that of `except` left out.
  TokenAmount required_funds(uint64_t except) const;
  /// The first nonce that no message has.
  uint64_t next_nonce() const { return next_nonce_; }
  const std::map<uint64_t, MessagePtr>& messages() const { return messages_; }

 private:
  void skip_filled();
  std::map<uint64_t, MessagePtr> messages_;
  uint64_t next_nonce_;
  TokenAmount required_funds_;
};

}  // namespace nelumbo::pool
