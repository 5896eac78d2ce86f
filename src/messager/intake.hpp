#pragma once
// Takes messages: who sends, what it is, what it costs, whether it can be paid, and then the book.

#include "core.hpp"

namespace nelumbo::messager {

/// Thread-safe.
class Intake {
 public:
  explicit Intake(Core& core) : core_(core) {}

  Result<SignedMessage> send(const Message& message, const rpc::MessageSendSpec& spec);

 private:
  Result<Address> key_address(const Address& address);
  /// "Send", "SubmitWindowedPoSt", or "Method N of X" for what is not known.
  Result<std::string> kind(const Address& to, MethodNum method);
  Result<std::string> actor_name(const Address& address);
  Result<Message> with_gas(Message message, const rpc::MessageSendSpec& spec, const TokenAmount& ceiling);
  Result<SignedMessage> store(Draft draft, const TokenAmount& balance);

  Core& core_;
  std::mutex mutex_;
  std::map<Address, Address> keys_;       // of ID addresses
  std::map<Address, std::string> names_;  // manifest names of targets
};

/// The uuid of a send spec; empty when it has none (no text, or the zero uuid that lotus writes).
std::string given_uuid(const rpc::MessageSendSpec& spec);
/// Whether a stored message is the one that a client asks for, gas aside: what it left open was filled in.
Result<> same_request(const MessageRow& row, const Message& asked, const std::string& uuid);

}  // namespace nelumbo::messager
