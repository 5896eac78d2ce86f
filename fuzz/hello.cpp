#include "fuzz.hpp"
#include "net/wire.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  if (auto hello = net::decode_hello(input)) {
    require(net::decode_hello(to_cbor(*hello)) == *hello, "a hello is read back");
    require(hello->head.size() <= net::kMaxTipsetBlocks, "a hello names a bounded tipset");
  }
  if (auto answer = net::decode_hello_answer(input)) {
    require(std::ranges::equal(to_cbor(*answer), input), "an answer has one form");
  }
}
