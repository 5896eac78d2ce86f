#include "types/address.hpp"

#include "fuzz.hpp"
#include "types/eth_address.hpp"
#include "types/json.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  if (auto address = Address::from_bytes(input)) {
    require(std::ranges::equal(address->bytes(), input), "an address keeps its bytes");
    require(Address::parse(address->str()) == *address, "an address's text is read back");
    require(from_cbor<Address>(to_cbor(*address)) == *address, "an address's CBOR is read back");
    if (auto eth = eth_address_of(*address)) require(eth->filecoin() == *address, "an Ethereum address leads back");
  }
  auto text = as_text(input);
  if (auto address = Address::parse(text)) {
    require(Address::from_bytes(address->bytes()) == *address, "an address's bytes are read back");
    // Only the digits of f0 and of f4's namespace have more than one form (leading zeros).
    bool one_form = !address->is_id() && address->protocol() != Protocol::delegated;
    if (one_form) require(address->str().substr(1) == text.substr(1), "an address has one text");
  }
  if (auto eth = EthAddress::parse(text)) require(EthAddress::parse(eth->str()) == *eth, "Ethereum text is read back");
}
