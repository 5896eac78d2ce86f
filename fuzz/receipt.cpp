#include "types/receipt.hpp"

#include "fuzz.hpp"
#include "types/json.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  if (auto receipt = decode_receipt(input)) {
    require(decode_receipt(encode_receipt(*receipt, 28)) == *receipt, "a receipt is read back");
    require(from_json<Receipt>(to_json(*receipt)) == *receipt, "a receipt's JSON is read back");
  }
  if (auto event = from_cbor<Event>(input)) {
    require(std::ranges::equal(to_cbor(*event), input), "an event has one encoding");
  }
  if (auto actor = from_cbor<Actor>(input)) {
    require(from_cbor<Actor>(to_cbor(*actor)) == *actor, "an actor is read back");
  }
}
