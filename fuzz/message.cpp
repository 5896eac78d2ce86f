#include "types/message.hpp"

#include "fuzz.hpp"
#include "types/json.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  if (auto message = from_cbor<Message>(input)) {
    require(from_cbor<Message>(to_cbor(*message)) == *message, "a message is read back");
    require(from_json<Message>(to_json(*message)) == *message, "a message's JSON is read back");
    (void)check_message(*message, 1, 28);
    (void)signing_bytes(*message, SignatureType::delegated, 314);
  }
  if (auto message = from_cbor<SignedMessage>(input)) {
    require(from_cbor<SignedMessage>(to_cbor(*message)) == *message, "a signed message is read back");
    require(from_json<SignedMessage>(to_json(*message)) == *message, "a signed message's JSON is read back");
    require(message->chain_length() <= to_cbor(*message).size(), "the chain's form is not longer");
    (void)verify_message(*message, message->message.from, 314);
  }
}
