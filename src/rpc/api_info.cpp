#include "rpc/api_info.hpp"

#include <charconv>
#include <cstdlib>

#include "scanner.hpp"

namespace nelumbo::rpc {
namespace {

Result<uint16_t> parse_port(std::string_view text) {
  uint16_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorCode::invalid, "'{}' is no port", text);
  }
  return port;
}

/// The piece up to the next slash, taken off the text.
std::string_view next_piece(std::string_view& text) {
  size_t end = std::min(text.find('/'), text.size());
  auto piece = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return piece;
}

bool is_token(std::string_view text) {
  int dots = 0;
  for (char c : text) {
    bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (c == '.') ++dots;
    if (!word && c != '.') return false;
  }
  return dots == 2;
}

bool is_url(std::string_view text) { return text.find("://") != std::string_view::npos; }

Result<ApiInfo> parse_url(std::string_view text) {
  ApiInfo out;
  auto scheme = text.substr(0, text.find("://"));
  out.tls = scheme == "https" || scheme == "wss";
  if (!out.tls && scheme != "http" && scheme != "ws")
    return fail(ErrorCode::invalid, "API address '{}' starts with none of http, https, ws and wss", text);
  auto rest = text.substr(text.find("://") + 3);
  rest = rest.substr(0, rest.find('/'));
  size_t colon = rest.rfind(':');
  bool has_port = colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos;
  out.port = has_port  ? TRY_IN(fmt::format("API address '{}'", text), parse_port(rest.substr(colon + 1)))
             : out.tls ? 443
                       : 80;
  auto host = rest.substr(0, has_port ? colon : rest.size());
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return fail(ErrorCode::invalid, "API address '{}' has no host", text);
  out.host = host;
  return out;
}

}  // namespace

Result<ApiInfo> parse_api_multiaddr(std::string_view text) {
  auto rest = text;
  if (!rest.starts_with('/') || text.size() > 512) {
    return fail(ErrorCode::invalid, "'{}' is no multiaddr such as /ip4/127.0.0.1/tcp/1234/http", text.substr(0, 512));
  }
  rest.remove_prefix(1);
  ApiInfo out;
  auto kind = next_piece(rest);
  if (kind != "ip4" && kind != "ip6" && kind != "dns" && kind != "dns4" && kind != "dns6") {
    return fail(ErrorCode::invalid, "multiaddr '{}' starts with none of ip4, ip6, dns, dns4, dns6", text);
  }
  out.host = next_piece(rest);
  if (out.host.empty()) return fail(ErrorCode::invalid, "multiaddr '{}' has no host", text);
  if (next_piece(rest) != "tcp") return fail(ErrorCode::invalid, "multiaddr '{}' has no /tcp/PORT", text);
  out.port = TRY_IN(fmt::format("multiaddr '{}'", text), parse_port(next_piece(rest)));
  auto scheme = next_piece(rest);
  if (scheme == "tls") {
    out.tls = true;
    scheme = next_piece(rest);
  }
  out.tls = out.tls || scheme == "https" || scheme == "wss";
  if (!rest.empty() ||
      (!scheme.empty() && scheme != "http" && scheme != "https" && scheme != "ws" && scheme != "wss")) {
    return fail(ErrorCode::invalid, "multiaddr '{}' ends with none of /http, /https, /ws and /wss", text);
  }
  return out;
}

Result<ApiInfo> parse_api_info(std::string_view text) {
  text = trim(text);
  std::string token;
  size_t colon = text.find(':');
  if (colon != std::string_view::npos && is_token(text.substr(0, colon))) {
    token = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  auto out = is_url(text) ? TRY(parse_url(text)) : TRY(parse_api_multiaddr(text));
  if (out.port == 0) return fail(ErrorCode::invalid, "API address '{}' has port 0: nobody answers there", text);
  out.token = std::move(token);
  return out;
}

std::string api_multiaddr(std::string_view ip, uint16_t port) {
  return fmt::format("/{}/{}/tcp/{}/http", ip.find(':') == std::string_view::npos ? "ip4" : "ip6", ip, port);
}

Result<ApiInfo> find_api_info(const char* variable, const fs::path& repository, std::string_view program) {
  if (const char* value = std::getenv(variable); value != nullptr && *value != '\0') {
    return in_context(parse_api_info(value), variable);
  }
  auto address = read_text_file(repository / "api", 4096);
  if (!address) {
    return fail(ErrorCode::not_found, "could not get API info: no file {} (is {} running?) and {} is not set",
                (repository / "api").string(), program, variable);
  }
  auto out = TRY_IN((repository / "api").string(), parse_api_info(*address));
  if (auto token = read_text_file(repository / "token", 16 << 10)) out.token = trim(*token);
  return out;
}

}  // namespace nelumbo::rpc
