#include "codec/json.hpp"

#include "fuzz.hpp"

using namespace nelumbo;

namespace {

struct Everything {
  uint64_t number = 0;
  double real = 0;
  Bytes bytes;
  std::vector<std::optional<Cid>> links;
  std::map<std::string, bool> map;
  static constexpr auto fields =
      nelumbo::fields(field("n", &Everything::number), field("r", &Everything::real), field("b", &Everything::bytes),
                      field("l", &Everything::links), field("m", &Everything::map));
};

}  // namespace

FUZZ_TARGET(input) {
  auto json = parse_json(as_text(input));
  if (!json) return;
  auto printed = json->dump();
  require(parse_json(printed).has_value(), "printed JSON is read back");
  if (auto value = from_json<Everything>(*json)) (void)to_json(*value).dump();
}
