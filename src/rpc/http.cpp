#include "http.hpp"

#include <charconv>

#include "scanner.hpp"

namespace nelumbo::rpc {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// True when a comma-separated header value has the word.
bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    size_t comma = std::min(list.find(','), list.size());
    if (same_word(trim(list.substr(0, comma)), word)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

Result<size_t> read_length(std::string_view text, int base) {
  size_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorCode::invalid, "malformed length");
  }
  return value;
}

/// Takes one header into account; refuses what would make the body's length ambiguous.
Result<> apply_header(HttpHead& head, std::string_view name, std::string_view value, bool& has_length) {
  if (same_word(name, "content-length")) {
    size_t length = TRY(read_length(value, 10));
    if (has_length && length != head.content_length) return fail(ErrorCode::invalid, "two different content lengths");
    head.content_length = length;
    has_length = true;
  } else if (same_word(name, "transfer-encoding")) {
    if (!same_word(value, "chunked")) return fail(ErrorCode::unsupported, "unsupported transfer encoding");
    head.chunked = true;
  } else if (same_word(name, "connection")) {
    if (has_word(value, "close")) head.keep_alive = false;
    if (has_word(value, "keep-alive")) head.keep_alive = true;
    if (has_word(value, "upgrade")) head.upgrade = true;
  } else if (same_word(name, "expect")) {
    head.expect_continue = same_word(value, "100-continue");
  }
  return {};
}

Result<> read_request_line(std::string_view line, HttpHead& head) {
  size_t first = line.find(' ');
  size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || first == 0)
    return fail(ErrorCode::invalid, "malformed request line");
  head.method = line.substr(0, first);
  auto target = line.substr(first + 1, last - first - 1);
  auto version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return fail(ErrorCode::unsupported, "unsupported HTTP version");
  head.keep_alive = version == "HTTP/1.1";
  size_t question = target.find('?');
  head.path = target.substr(0, question);
  if (question != std::string_view::npos) head.query = target.substr(question + 1);
  if (head.path.empty() || head.path.front() != '/') return fail(ErrorCode::invalid, "malformed request target");
  return {};
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string_view HttpHead::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_word(key, name)) return value;
  }
  return {};
}

std::string_view HttpHead::query_value(std::string_view name) const {
  auto rest = query;
  while (!rest.empty()) {
    size_t end = std::min(rest.find('&'), rest.size());
    auto pair = rest.substr(0, end);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return pair.substr(name.size() + 1);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

Result<bool> read_http_head(std::string_view text, HttpHead& head) {
  size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (text.size() > kMaxHead) return fail(ErrorCode::exhausted, "request head over {} bytes", kMaxHead);
    return false;
  }
  if (end > kMaxHead) return fail(ErrorCode::exhausted, "request head over {} bytes", kMaxHead);
  auto headers = std::move(head.headers);  // keeps its memory from request to request
  headers.clear();
  head = HttpHead{};
  head.headers = std::move(headers);
  head.size = end + 4;

  auto rest = text.substr(0, end + 2);
  size_t line_end = rest.find("\r\n");
  TRY(read_request_line(rest.substr(0, line_end), head));
  rest.remove_prefix(line_end + 2);
  bool has_length = false;
  while (!rest.empty()) {
    line_end = rest.find("\r\n");
    auto line = rest.substr(0, line_end);
    size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || line[colon - 1] == ' ' || line[0] == ' ' || line[0] == '\t') {
      return fail(ErrorCode::invalid, "malformed header");
    }
    auto name = line.substr(0, colon);
    auto value = trim(line.substr(colon + 1));
    TRY(apply_header(head, name, value, has_length));
    head.headers.emplace_back(name, value);
    rest.remove_prefix(line_end + 2);
  }
  if (head.chunked && has_length) return fail(ErrorCode::invalid, "both a content length and chunks");
  head.upgrade = head.upgrade && same_word(head.header("upgrade"), "websocket");
  return true;
}

Result<> ChunkedBody::start_chunk(std::string_view line) {
  left_ = TRY(read_length(trim(line.substr(0, line.find(';'))), 16));
  if (left_ > limit_ - body_.size())
    return fail(ErrorCode::exhausted, "request bigger than maximum {} allowed", limit_);
  phase_ = left_ == 0 ? Phase::trailer : Phase::data;
  return {};
}

Result<size_t> ChunkedBody::feed(std::string_view input) {
  size_t used = 0;
  while (phase_ != Phase::done) {
    auto rest = input.substr(used);
    if (phase_ == Phase::data) {
      size_t n = std::min(left_, rest.size());
      body_.append(rest.substr(0, n));
      used += n;
      left_ -= n;
      if (left_ > 0) break;
      phase_ = Phase::data_end;
      continue;
    }
    size_t end = rest.find("\r\n");
    if (end == std::string_view::npos) {
      if (rest.size() > kMaxHead) return fail(ErrorCode::invalid, "malformed chunk");
      break;
    }
    auto line = rest.substr(0, end);
    used += end + 2;
    if (phase_ == Phase::data_end) {
      if (!line.empty()) return fail(ErrorCode::invalid, "malformed chunk");
      phase_ = Phase::size;
    } else if (phase_ == Phase::size) {
      TRY(start_chunk(line));
    } else if (line.empty()) {
      phase_ = Phase::done;
    }
  }
  return used;
}

}  // namespace nelumbo::rpc
