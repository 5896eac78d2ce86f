#include "url.hpp"

namespace nelumbo::rpc {

namespace {

/// The host and port as URLs write them; the scheme's own port is left out.
std::string authority(const ApiInfo& at) {
  auto out = at.host.find(':') == std::string::npos ? at.host : "[" + at.host + "]";
  if (at.port != (at.tls ? 443 : 80)) out += fmt::format(":{}", at.port);
  return out;
}

}  // namespace

Result<Url> parse_http_url(std::string_view text) {
  if (!text.starts_with("http://") && !text.starts_with("https://"))
    return fail(ErrorCode::unsupported, "'{}' is neither an http:// nor an https:// URL", text);
  for (char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f)
      return fail(ErrorCode::invalid, "a URL with spaces or control characters");
  }
  const size_t slash = std::min(text.find('/', text.find("://") + 3), text.size());
  Url out{TRY(parse_api_info(text.substr(0, slash))), std::string(text.substr(slash))};
  out.path = out.path.substr(0, out.path.find('#'));
  if (out.path.empty()) out.path = "/";
  return out;
}

Result<Url> follow_redirect(const Url& base, std::string_view location) {
  if (location.starts_with('/') && !location.starts_with("//")) {
    return parse_http_url(fmt::format("{}://{}{}", base.host.tls ? "https" : "http", authority(base.host), location));
  }
  auto out = TRY_IN("a redirect", parse_http_url(location));
  if (base.host.tls && !out.host.tls)
    return fail(ErrorCode::permission, "a redirect from https to {}: refused", location);
  return out;
}

std::string get_request(const Url& url, std::string_view extra) {
  return fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: nelumbo\r\nAccept-Encoding: identity\r\n{}Connection: "
      "close\r\n\r\n",
      url.path, authority(url.host), extra);
}

}  // namespace nelumbo::rpc
