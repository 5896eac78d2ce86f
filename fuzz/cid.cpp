#include "codec/cid.hpp"

#include "codec/base32.hpp"
#include "fuzz.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  if (auto cid = Cid::from_bytes(input)) {
    require(std::ranges::equal(cid->bytes(), input), "a CID keeps its bytes");
    require(Cid::parse(cid->str()) == *cid, "a CID's text is read back");
    require(cid->digest().size() <= cid->hash().size() && cid->hash().size() <= input.size(), "parts lie inside");
    (void)check_digest(*cid, input);
  }
  auto text = as_text(input);
  if (auto cid = Cid::parse(text)) require(Cid::from_bytes(cid->bytes()) == *cid, "a CID's bytes are read back");
  if (auto bytes = from_base32(text)) require(to_base32(*bytes) == text, "base32 has one form");
  if (auto bytes = from_base58(text)) require(to_base58(*bytes) == text, "base58 has one form");
}
