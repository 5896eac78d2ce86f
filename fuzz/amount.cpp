#include "fuzz.hpp"
#include "types/bigint.hpp"
#include "types/sector.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  auto text = as_text(input);
  if (auto amount = parse_fil(text)) {
    // A number of more than 50 characters is refused, and some inputs of just that length print longer.
    if (auto number = fil_unitless(*amount); number.size() <= 50) {
      require(parse_fil(number) == *amount, "an amount's text is read back");
    }
    (void)fil_short(*amount);
    (void)fil_nano(*amount);
  }
  if (auto number = parse_bigint(text)) require(parse_bigint(number->str()) == *number, "a number's text is read back");
  if (auto number = bigint_from_bytes(input)) {
    require(bigint_from_bytes(bigint_bytes(*number)) == *number, "a number's bytes are read back");
    (void)size_string(*number);
  }
  if (auto size = parse_size(text)) require(parse_size(std::to_string(*size)) == *size, "a size is read back");
}
