// JSON-RPC envelopes, JSON lists and strings: what the scanner accepts, the JSON library accepts too.
#include <nlohmann/json.hpp>

#include "fuzz.hpp"
#include "scanner.hpp"

using namespace nelumbo;

FUZZ_TARGET(input) {
  auto text = as_text(input);
  if (auto envelope = rpc::read_envelope(text)) {
    if (!envelope->params.empty()) (void)rpc::split_json_list(envelope->params, 64);
  }
  if (auto string = rpc::read_json_string(text)) {
    std::string again;
    rpc::append_json_string(again, *string);
    require(nlohmann::json::accept(again), "a written string is JSON");
  }
  if (auto list = rpc::split_json_list(text, 64)) {
    for (auto each : *list) {
      rpc::JsonScanner scanner(each);
      std::string_view value;
      require(scanner.slice_value(value) && value == each, "an element of a list is one value");
    }
  }
}
