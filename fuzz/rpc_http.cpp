// HTTP heads and chunked bodies; a body fed in two pieces is the same as in one.
#include "fuzz.hpp"
#include "http.hpp"

using namespace nelumbo;

namespace {

/// Feeds the text in pieces that end at the cut; gives the body, nullopt when refused or incomplete.
std::optional<std::string> joined(std::string_view text, size_t cut) {
  rpc::ChunkedBody body(4096);
  size_t at = 0;
  for (size_t end : {cut, text.size()}) {
    if (body.done()) break;
    auto used = body.feed(text.substr(at, end - at));
    if (!used) return std::nullopt;
    at += *used;
  }
  if (!body.done()) return std::nullopt;
  return body.body();
}

}  // namespace

FUZZ_TARGET(input) {
  auto text = as_text(input);
  rpc::HttpHead head;
  if (auto complete = rpc::read_http_head(text, head); complete && *complete) {
    require(head.size <= text.size(), "a head lies within its text");
    (void)head.header("authorization");
    (void)head.query_value("token");
  }
  require(joined(text, text.size() / 2) == joined(text, text.size()), "a body is the same in two pieces as in one");
}
