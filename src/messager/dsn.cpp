#include "dsn.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace nelumbo::messager {

namespace {

constexpr std::array<std::string_view, 17> kWords = {
    "host",         "port",  "user",    "pass",   "password",     "db",      "dbname",          "service",
    "unix_socket",  "sslca", "sslcert", "sslkey", "local_infile", "charset", "connect_timeout", "read_timeout",
    "write_timeout"};
constexpr std::string_view kExpected = "expected words like host=… port=… db=… user=… password=…";

struct Scan {
  std::string_view rest;

  void skip_space() {
    while (!rest.empty() && std::isspace(static_cast<unsigned char>(rest.front()))) rest.remove_prefix(1);
  }
  std::string name() {
    size_t size = 0;
    while (size < rest.size() && (std::isalpha(static_cast<unsigned char>(rest[size])) || rest[size] == '_')) ++size;
    std::string out(rest.substr(0, size));
    rest.remove_prefix(size);
    return out;
  }
  /// In single quotes or up to a space; a backslash takes the next character as it is.
  Result<std::string> value(std::string_view name) {
    bool quoted = !rest.empty() && rest.front() == '\'';
    if (quoted) rest.remove_prefix(1);
    std::string out;
    while (!rest.empty()) {
      char c = rest.front();
      if (!quoted && std::isspace(static_cast<unsigned char>(c))) return out;
      rest.remove_prefix(1);
      if (c == '\'') {
        if (quoted) return out;
        return fail(ErrorCode::invalid, "the DSN's {} has a quote in the middle; write \\' for one", name);
      }
      if (c == '\\') {
        if (rest.empty()) break;
        c = rest.front();
        rest.remove_prefix(1);
      }
      out += c;
    }
    if (quoted) return fail(ErrorCode::invalid, "the DSN's {} begins with a quote that nothing ends", name);
    return out;
  }
};

}  // namespace

Result<DsnWords> parse_dsn(const std::string& dsn) {
  DsnWords words;
  Scan scan{dsn};
  for (scan.skip_space(); !scan.rest.empty(); scan.skip_space()) {
    std::string name = scan.name();
    scan.skip_space();
    if (name.empty() || scan.rest.empty() || scan.rest.front() != '=') {
      return fail(ErrorCode::invalid, "the DSN cannot be read at its word {}: {}", words.size() + 1, kExpected);
    }
    if (std::find(kWords.begin(), kWords.end(), name) == kWords.end()) {
      return fail(ErrorCode::invalid, "the DSN has the word \"{}\", which is not known: {}", name, kExpected);
    }
    scan.rest.remove_prefix(1);
    scan.skip_space();
    auto value = TRY(scan.value(name));
    if (!words.emplace(name, std::move(value)).second) {
      return fail(ErrorCode::invalid, "the DSN has the word \"{}\" twice", name);
    }
  }
  for (const char* number : {"port", "connect_timeout", "read_timeout", "write_timeout"}) {
    auto it = words.find(number);
    if (it == words.end()) continue;
    bool digits = !it->second.empty() && it->second.size() <= 5 &&
                  std::all_of(it->second.begin(), it->second.end(), [](unsigned char c) { return std::isdigit(c); });
    if (!digits || it->second == "0") return fail(ErrorCode::invalid, "the DSN's {} is no number above 0", number);
  }
  if (!words.contains("db") && !words.contains("dbname") && !words.contains("service")) {
    return fail(ErrorCode::invalid, "the DSN names no database (db=…): {}", kExpected);
  }
  return words;
}

Result<std::string> complete_dsn(const std::string& dsn, std::chrono::seconds limit) {
  auto words = TRY(parse_dsn(dsn));
  std::string out = dsn;
  for (const char* name : {"connect_timeout", "read_timeout", "write_timeout"}) {
    if (!words.contains(name)) out += fmt::format(" {}={}", name, limit.count());
  }
  if (!words.contains("charset")) out += " charset=utf8mb4";
  return out;
}

}  // namespace nelumbo::messager
