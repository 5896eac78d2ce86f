#pragma once
// The little of HTTP/1.1 (RFC 9112) that a JSON-RPC server reads: request heads and chunked bodies, both bounded.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace nelumbo::rpc {

inline constexpr size_t kMaxHead = 16 << 10;  ///< bytes of a request line and its headers

/// A request's head; views point into the text it was read from.
struct HttpHead {
  std::string_view method;
  std::string_view path;  ///< without the query
  std::string_view query;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  size_t size = 0;  ///< bytes of the head, the empty line included
  size_t content_length = 0;
  bool chunked = false;
  bool keep_alive = true;
  bool upgrade = false;  ///< to WebSocket
  bool expect_continue = false;

  /// The first header of this name (any case), empty when there is none.
  std::string_view header(std::string_view name) const;
  /// A parameter of the query, empty when absent.
  std::string_view query_value(std::string_view name) const;
};

/// Reads the head at the front of text into `head`; false when it is not complete yet. An error is a request to refuse.
Result<bool> read_http_head(std::string_view text, HttpHead& head);

/// Puts a chunked body together as it arrives.
class ChunkedBody {
 public:
  explicit ChunkedBody(size_t limit) : limit_(limit) {}
  /// Takes what it can of the input and gives how many bytes that were; error on a malformed or too large body.
  Result<size_t> feed(std::string_view input);
  bool done() const { return phase_ == Phase::done; }
  std::string& body() { return body_; }

 private:
  enum class Phase { size, data, data_end, trailer, done };
  Result<> start_chunk(std::string_view line);

  size_t limit_;
  Phase phase_ = Phase::size;
  size_t left_ = 0;  ///< bytes of the current chunk still to come
  std::string body_;
};

/// Compares ASCII texts without regard to case.
bool same_word(std::string_view a, std::string_view b);

}  // namespace nelumbo::rpc
