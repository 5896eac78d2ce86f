#include "codec/cbor.hpp"

#include "fuzz.hpp"
#include "ipld/blockstore.hpp"

using namespace nelumbo;

namespace {

/// A field of every kind.
struct Everything {
  uint64_t number = 0;
  int32_t sign = 0;
  bool flag = false;
  Bytes bytes;
  std::string text;
  std::array<uint8_t, 3> fixed{};
  std::vector<std::vector<Cid>> links;
  std::optional<uint8_t> maybe;
  RawCbor raw;
  static constexpr auto fields = nelumbo::fields(
      field("Number", &Everything::number), field("Sign", &Everything::sign), field("Flag", &Everything::flag),
      field("Bytes", &Everything::bytes), field("Text", &Everything::text), field("Fixed", &Everything::fixed),
      field("Links", &Everything::links), field("Maybe", &Everything::maybe), field("Raw", &Everything::raw));
};

}  // namespace

FUZZ_TARGET(input) {
  CborReader reader(input);
  bool whole = reader.raw() && reader.finish();
  size_t links = 0;
  auto walked = for_each_link(input, [&](const Cid& cid) -> Result<> {
    require(cid.defined(), "links are defined");
    ++links;
    return {};
  });
  require(links <= input.size() / 6, "a link takes space");
  if (walked && CborReader(input, {.max_depth = 1u << 10}).raw()) {
    require(whole || input.size() > 128, "two walks agree but for depth");
  }
  if (auto value = from_cbor<Everything>(input)) {
    require(std::ranges::equal(to_cbor(*value), input), "an accepted encoding is the only one");
  }
}
