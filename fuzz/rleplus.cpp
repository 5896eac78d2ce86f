#include "codec/rleplus.hpp"

#include "fuzz.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  auto split = input.size() / 2;
  auto a = BitField::decode(input);
  if (a) require(std::ranges::equal(a->encode(), input), "an accepted encoding is the only one");
  auto b = BitField::decode(input.first(split));
  auto c = BitField::decode(input.subspan(split));
  if (!b || !c) return;
  auto either = *b | *c, both = *b & *c;
  require((either - *c) == (*b - *c), "(b | c) - c is b - c");
  require((both | (*b - *c)) == *b, "b is what it shares and what it does not");
  require(BitField::decode(either.encode()) == either || either.encode().size() > BitField::kMaxEncoded,
          "what was made is read back");
  require(either.count() + both.count() == b->count() + c->count(), "counts add up");
}
