#pragma once
// From a message without nonce, gas and signature to one in the pool (MpoolPushMessage).

#include <functional>
#include <memory>
#include <string>

#include "pool/gas.hpp"

namespace nelumbo::pool {

/// Signs a message with the key of its sender (a key address).
using SignMessage = std::function<Result<Signature>(const Address& signer, const Message& message)>;

/// What a sender asks of a chain and its pool, on this node or on another.
struct SendSteps {
  /// The key address that signs for an address.
  std::function<Result<Address>(const Address&)> key_address;
  /// The message with its gas values filled in.
  std::function<Result<Message>(const Message&, const SendLimits&)> estimate;
  /// attoFIL after the head's messages.
  std::function<Result<TokenAmount>(const Address&)> balance;
  /// The nonce after the messages that are on the chain or pending.
  std::function<Result<uint64_t>(const Address&)> next_nonce;
  std::function<Result<>(const SignedMessage&)> push;
};
/// The steps on this node's own chain and pool.
SendSteps local_steps(std::shared_ptr<ChainSource> source, std::shared_ptr<MessagePool> pool,
                      std::shared_ptr<GasEstimator> estimator);

/// One sender's messages are filled in and signed one after the other, so that nonces neither clash nor leave gaps.
class MessageSender {
 public:
  /// `store` has the space kSentSpace.
  MessageSender(SendSteps steps, SignMessage sign, std::shared_ptr<KvStore> store);
  ~MessageSender();

  /// Estimates what is zero, takes the next nonce, signs, and pushes. The message's nonce must be 0. The same non-empty
  /// uuid gives the message that was made for it before, also after a restart.
  Result<SignedMessage> push(Message message, const SendLimits& limits = {}, std::string_view uuid = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The KvStore space of messages made for a uuid and of the nonces used.
inline constexpr std::string_view kSentSpace = "mpool-sent";

}  // namespace nelumbo::pool
