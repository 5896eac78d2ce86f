#include "scanner.hpp"

#include <cstdint>

namespace nelumbo::rpc {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

/// Bytes of the well-formed UTF-8 sequence at the front (RFC 3629), 0 when there is none.
size_t utf8_length(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0u; };
  auto tail = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  uint32_t a = byte(0);
  if (a < 0x80) return 1;
  if (a >= 0xc2 && a <= 0xdf) return tail(1) ? 2 : 0;
  if (a >= 0xe0 && a <= 0xef) {
    if (!tail(1) || !tail(2)) return 0;
    if ((a == 0xe0 && byte(1) < 0xa0) || (a == 0xed && byte(1) > 0x9f)) return 0;
    return 3;
  }
  if (a >= 0xf0 && a <= 0xf4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if ((a == 0xf0 && byte(1) < 0x90) || (a == 0xf4 && byte(1) > 0x8f)) return 0;
    return 4;
  }
  return 0;
}

/// The four hex digits at the front, -1 when they are none.
int32_t read_hex4(std::string_view text) {
  if (text.size() < 4) return -1;
  int32_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    int digit = hex_value(text[i]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

/// Resolves the escapes of what stands between a string's quotes (checked by the scanner before).
std::string unescape(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      out += raw[i];
      continue;
    }
    switch (raw[++i]) {
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u': {
        auto unit = static_cast<uint32_t>(read_hex4(raw.substr(i + 1)));
        i += 4;
        if (unit >= 0xd800 && unit < 0xdc00 && raw.substr(i + 1).starts_with("\\u")) {
          int32_t low = read_hex4(raw.substr(i + 3));
          if (low >= 0xdc00 && low < 0xe000) {
            unit = 0x10000 + ((unit - 0xd800) << 10) + static_cast<uint32_t>(low - 0xdc00);
            i += 6;
          }
        }
        append_utf8(out, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);
        break;
      }
      default:
        out += raw[i];
    }
  }
  return out;
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

void JsonScanner::skip_space() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

bool JsonScanner::take(char c) {
  skip_space();
  if (peek() != c || at_end()) return false;
  ++at_;
  return true;
}

bool JsonScanner::skip_literal(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return false;
  at_ += word.size();
  return true;
}

bool JsonScanner::skip_digits() {
  size_t begin = at_;
  while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  return at_ > begin;
}

bool JsonScanner::skip_number() {
  if (peek() == '-') ++at_;
  if (peek() == '0') {
    ++at_;
  } else if (!skip_digits()) {
    return false;
  }
  if (peek() == '.') {
    ++at_;
    if (!skip_digits()) return false;
  }
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    if (!skip_digits()) return false;
  }
  return true;
}

bool JsonScanner::slice_string(std::string_view& raw, bool& escaped) {
  escaped = false;
  if (peek() != '"') return false;
  size_t begin = ++at_;
  for (; at_ < text_.size(); ++at_) {
    char c = text_[at_];
    if (c == '"') {
      raw = text_.substr(begin, at_ - begin);
      ++at_;
      return true;
    }
    if (static_cast<uint8_t>(c) < 0x20) return false;
    if (c != '\\') continue;
    escaped = true;
    if (++at_ >= text_.size()) return false;
    if (text_[at_] == 'u') {
      if (read_hex4(text_.substr(at_ + 1)) < 0) return false;
      at_ += 4;
    } else if (std::string_view("\"\\/bfnrt").find(text_[at_]) == std::string_view::npos) {
      return false;
    }
  }
  return false;
}

bool JsonScanner::skip_list(int depth) {
  ++at_;
  if (take(']')) return true;
  do {
    if (!skip_value(depth - 1)) return false;
  } while (take(','));
  return take(']');
}

bool JsonScanner::skip_object(int depth) {
  ++at_;
  if (take('}')) return true;
  do {
    skip_space();
    std::string_view raw;
    bool escaped = false;
    if (!slice_string(raw, escaped) || !take(':') || !skip_value(depth - 1)) return false;
  } while (take(','));
  return take('}');
}

bool JsonScanner::skip_value(int depth) {
  if (depth <= 0) return false;
  skip_space();
  switch (peek()) {
    case '{':
      return skip_object(depth);
    case '[':
      return skip_list(depth);
    case '"': {
      std::string_view raw;
      bool escaped = false;
      return slice_string(raw, escaped);
    }
    case 't':
      return skip_literal("true");
    case 'f':
      return skip_literal("false");
    case 'n':
      return skip_literal("null");
    default:
      return skip_number();
  }
}

bool JsonScanner::slice_value(std::string_view& out) {
  skip_space();
  size_t begin = at_;
  if (!skip_value()) return false;
  out = text_.substr(begin, at_ - begin);
  return true;
}

Result<std::string> read_json_string(std::string_view text) {
  JsonScanner scanner(text);
  scanner.skip_space();
  std::string_view raw;
  bool escaped = false;
  if (!scanner.slice_string(raw, escaped)) return fail(ErrorCode::invalid, "expected a text");
  scanner.skip_space();
  if (!scanner.at_end()) return fail(ErrorCode::invalid, "unexpected characters after a text");
  return escaped ? unescape(raw) : std::string(raw);
}

Result<std::vector<std::string_view>> split_json_list(std::string_view list, size_t limit) {
  std::vector<std::string_view> out;
  JsonScanner scanner(list);
  if (!scanner.take('[')) return fail(ErrorCode::invalid, "expected a list");
  if (!scanner.take(']')) {
    do {
      if (out.size() >= limit) return fail(ErrorCode::exhausted, "a list of more than {} elements", limit);
      std::string_view element;
      if (!scanner.slice_value(element)) return fail(ErrorCode::invalid, "malformed list");
      out.push_back(element);
    } while (scanner.take(','));
    if (!scanner.take(']')) return fail(ErrorCode::invalid, "malformed list");
  }
  scanner.skip_space();
  if (!scanner.at_end()) return fail(ErrorCode::invalid, "unexpected characters after a list");
  return out;
}

Result<Envelope> read_envelope(std::string_view object) {
  Envelope out;
  JsonScanner scanner(object);
  if (!scanner.take('{')) return fail(ErrorCode::invalid, "Parse error");
  if (!scanner.take('}')) {
    do {
      scanner.skip_space();
      std::string_view key, value;
      bool escaped = false;
      if (!scanner.slice_string(key, escaped) || !scanner.take(':') || !scanner.slice_value(value)) {
        return fail(ErrorCode::invalid, "Parse error");
      }
      if (key == "id") {
        out.id = value == "null" ? std::string_view() : value;
      } else if (key == "method") {
        auto method = read_json_string(value);
        if (!method) return fail(ErrorCode::invalid, "Parse error");
        out.method = *std::move(method);
      } else if (key == "params") {
        out.params = value == "null" ? std::string_view() : value;
      }
    } while (scanner.take(','));
    if (!scanner.take('}')) return fail(ErrorCode::invalid, "Parse error");
  }
  scanner.skip_space();
  if (!scanner.at_end()) return fail(ErrorCode::invalid, "Parse error");
  if (!out.id.empty() && out.id.front() != '"' && out.id.front() != '-' && !is_digit(out.id.front())) {
    return fail(ErrorCode::invalid, "failed to parse ID: it is neither a text nor a number");
  }
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (size_t i = 0; i < text.size();) {
    auto c = static_cast<uint8_t>(text[i]);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += text[i++];
    } else if (c == '\n') {
      out += "\\n";
      ++i;
    } else if (c < 0x20) {
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
      ++i;
    } else if (c < 0x80) {
      out += text[i++];
    } else if (size_t length = utf8_length(text.substr(i)); length > 0) {
      out.append(text.substr(i, length));
      i += length;
    } else {
      out += "\xef\xbf\xbd";
      ++i;
    }
  }
  out += '"';
}

}  // namespace nelumbo::rpc
