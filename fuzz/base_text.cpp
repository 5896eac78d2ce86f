#include "fuzz.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  auto text = as_text(input);
  if (auto bytes = from_base64(text)) require(to_base64(*bytes) == text, "base64 has one form");
  if (auto bytes = from_base64url(text)) require(to_base64url(*bytes) == text, "base64url has one form");
  if (auto bytes = from_hex(text)) require(bytes->size() * 2 == text.size(), "hex has two digits a byte");
}
