#include "codec/json.hpp"

namespace nelumbo {
namespace {

constexpr size_t kMaxDepth = 256;

/// Whether brackets outside of texts nest deeper than kMaxDepth. Malformed text is the parser's to find.
bool too_deep(std::string_view text) {
  size_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<JsonValue> parse_json(std::string_view text) {
  if (too_deep(text)) return fail(ErrorCode::exhausted, "JSON nests deeper than {}", kMaxDepth);
  try {
    return JsonValue::parse(text);
  } catch (const JsonValue::exception& e) {
    std::string_view what = e.what();  // "[json.exception.parse_error.101] parse error at line 1, …"
    if (size_t end = what.find("] "); end != std::string_view::npos) what.remove_prefix(end + 2);
    return fail(ErrorCode::invalid, "JSON: {}", what);
  }
}

}  // namespace nelumbo
