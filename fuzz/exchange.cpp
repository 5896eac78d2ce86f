// Chain exchange: requests, answers, and the tipsets in them.
#include "fuzz.hpp"
#include "net/wire.hpp"

using namespace nelumbo;

namespace {

void walk(const net::ExchangeTipset& tipset) {
  require(net::decode_exchange_tipset(to_cbor(tipset)) == tipset, "a tipset is read back");
  auto made = Tipset::make(tipset.blocks);
  if (!made || !tipset.messages) return;
  auto blocks = net::expand(**made, *tipset.messages);
  if (!blocks) return;
  auto again = net::expand(**made, net::compact(*blocks));
  require(again && again->size() == blocks->size(), "what was expanded can be compacted");
}

}  // namespace

FUZZ_TARGET(input) {
  if (auto request = net::decode_exchange_request(input)) {
    require(net::decode_exchange_request(to_cbor(*request)) == *request, "a request is read back");
  }
  if (auto response = net::decode_exchange_response(input, 16)) {
    require(std::ranges::equal(to_cbor(*response), input), "an answer has one form");
    require(response->chain.size() <= 16, "an answer is bounded");
    for (const auto& each : response->chain) {
      if (auto tipset = net::decode_exchange_tipset(each.encoded)) walk(*tipset);
    }
  }
  if (auto tipset = net::decode_exchange_tipset(input)) walk(*tipset);
}
