#include "types/block.hpp"

#include "fuzz.hpp"
#include "types/json.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  if (auto header = from_cbor<BlockHeader>(input)) {
    require(from_cbor<BlockHeader>(to_cbor(*header)) == *header, "a header is read back");
    require(from_json<BlockHeader>(to_json(*header)) == *header, "a header's JSON is read back");
    if (auto tipset = Tipset::make({*header, *header})) {
      require((*tipset)->cids().front() == header->cid(), "a tipset names its blocks");
    }
  }
  if (auto block = from_cbor<BlockMessage>(input)) {
    require(from_cbor<BlockMessage>(to_cbor(*block)) == *block, "a gossiped block is read back");
  }
  if (auto key = TipsetKey::from_bytes(input)) {
    require(std::ranges::equal(key->bytes(), input), "a tipset key keeps its bytes");
    require(from_json<TipsetKey>(to_json(*key)) == *key, "a tipset key's JSON is read back");
  }
}
