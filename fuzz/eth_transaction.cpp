#include "types/eth_transaction.hpp"

#include "fuzz.hpp"
#include "types/rlp.hpp"

using namespace nelumbo;

namespace {

constexpr uint64_t kChain = 314;

void encode(const RlpItem& item, RlpList& into) {
  if (!item.is_list) {
    into.bytes(item.bytes);
    return;
  }
  RlpList list;
  for (const auto& each : item.items) encode(each, list);
  into.list(list);
}

}  // namespace

FUZZ_TARGET(input) {
  if (auto item = decode_rlp(input)) {
    RlpList list;
    encode(*item, list);
    auto bytes = list.encode();  // a list of the one item
    require(std::ranges::equal(BytesView(bytes).last(input.size()), input), "accepted RLP is the only form");
  }
  if (auto tx = EthTransaction::parse(input, kChain)) {
    auto again = EthTransaction::parse(tx->signed_rlp(), kChain);
    require(again && again->hash() == tx->hash(), "a transaction is read back");
    if (auto message = tx->signed_message()) {
      require(verify_message(*message, message->message.from, kChain).has_value(), "a recovered sender has signed");
    }
  }
}
