#include "codec/car.hpp"

#include "fuzz.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  auto reader = CarReader::from_bytes(to_bytes(input), {.max_header = 1 << 16, .max_section = 1 << 16});
  if (!reader) return;
  require(reader->version() == 1 || reader->version() == 2, "the version is one that is known");
  // Even a bomb behind zstd is read in bounded memory; bounded time needs an end.
  for (int count = 0; count < 1000; ++count) {
    const auto mark = reader->mark();
    auto block = reader->next();
    if (!block || !*block) return;
    require(check_digest((*block)->cid, (*block)->data).has_value(), "digests are checked");
    if (count % 16 != 3) continue;
    // From its mark the block is read again, and passed over.
    require(reader->go_on_from(mark).has_value(), "a mark can be gone to");
    const auto passed = reader->skip();
    require(passed && *passed == (*block)->cid, "the same block is there");
  }
}
