#include "actors/methods.hpp"
#include "fuzz.hpp"

using namespace nelumbo;
using namespace nelumbo::actors;

/// The first two bytes choose the actor and the method, the rest is what someone sent to it.
FUZZ_TARGET(input) {
  constexpr std::string_view kActors[] = {names::kMiner, names::kMarket, names::kMultisig, names::kVerifiedRegistry,
                                          names::kPower, names::kEvm,    names::kDatacap,  names::kPaymentChannel};
  if (input.size() < 2) return;
  auto* method = find_method(kActors[input[0] % std::size(kActors)], input[1]);
  if (method == nullptr) return;
  for (const auto* shape : {&method->params, &method->result}) {
    auto json = shape->decode(input.subspan(2));
    if (!json) continue;
    auto bytes = shape->encode(*json);
    if (!bytes) continue;
    auto again = shape->decode(*bytes);
    require(again && *again == *json, "what was encoded is read back");
  }
}
