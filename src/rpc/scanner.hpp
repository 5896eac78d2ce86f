#pragma once
// A bounded scanner over JSON text: checks the grammar and cuts out slices, without building values.
// The envelope of a JSON-RPC request is read with it; parameters are decoded later, each by its own type.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace nelumbo::rpc {

inline constexpr int kMaxJsonDepth = 128;

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  void skip_space();
  /// True and consumed when the next character is c.
  bool take(char c);
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool at_end() const { return at_ >= text_.size(); }
  /// Passes over one value; false when the text breaks the grammar or nests deeper than the limit.
  bool skip_value(int depth = kMaxJsonDepth);
  /// Passes over one value and gives its text.
  bool slice_value(std::string_view& out);
  /// Passes over a string; `raw` is what stands between the quotes, `escaped` tells whether it holds escapes.
  bool slice_string(std::string_view& raw, bool& escaped);

 private:
  bool skip_literal(std::string_view word);
  bool skip_number();
  bool skip_digits();
  bool skip_list(int depth);
  bool skip_object(int depth);

  std::string_view text_;
  size_t at_ = 0;
};

/// A call as it stands in a request; the views point into the request's text.
struct Envelope {
  std::string_view id;  ///< its JSON text; empty for a notification
  std::string method;
  std::string_view params;  ///< their JSON text; empty when absent
};

/// Reads one request object. Errors: invalid with "Parse error", or what is wrong with the id.
Result<Envelope> read_envelope(std::string_view object);
/// The texts of a JSON list's elements; exhausted over `limit`.
Result<std::vector<std::string_view>> split_json_list(std::string_view list, size_t limit);
/// A string's text with its escapes resolved; invalid when it is none.
Result<std::string> read_json_string(std::string_view text);
/// Appends a string as JSON text, quotes included. Bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
/// Text without white space around it.
std::string_view trim(std::string_view text);

}  // namespace nelumbo::rpc
