#include "rpc/jwt.hpp"

#include <charconv>

#include "crypto/hash.hpp"
#include "scanner.hpp"

namespace nelumbo::rpc {
namespace {

constexpr size_t kMaxToken = 8 << 10;

/// The text of a member of a JSON object; empty when absent.
Result<std::string_view> member(std::string_view object, std::string_view name) {
  std::string_view found;
  JsonScanner scanner(object);
  if (!scanner.take('{')) return fail(ErrorCode::invalid, "expected an object");
  if (scanner.take('}')) return found;
  do {
    scanner.skip_space();
    std::string_view key, value;
    bool escaped = false;
    if (!scanner.slice_string(key, escaped) || !scanner.take(':') || !scanner.slice_value(value)) {
      return fail(ErrorCode::invalid, "malformed object");
    }
    if (key == name) found = value;
  } while (scanner.take(','));
  if (!scanner.take('}')) return fail(ErrorCode::invalid, "malformed object");
  return found;
}

Result<> check_header(std::string_view encoded) {
  Bytes header = TRY(from_base64url(encoded));
  auto algorithm = TRY(member(as_text(header), "alg"));
  if (algorithm != "\"HS256\"") return fail(ErrorCode::permission, "its algorithm is not HS256");
  return {};
}

bool is_absent(std::string_view value) { return value.empty() || value == "null"; }

Result<Permissions> read_permissions(std::string_view allow) {
  Permissions out;
  if (is_absent(allow)) return out;
  for (auto word : TRY(split_json_list(allow, 64))) {
    auto permission = parse_permission(TRY(read_json_string(word)));
    if (permission) out = out.with(*permission);
  }
  return out;
}

Result<TokenClaims> read_claims(std::string_view encoded) {
  Bytes claims = TRY(from_base64url(encoded));
  TokenClaims out;
  out.permissions = TRY(read_permissions(TRY(member(as_text(claims), "Allow"))));
  auto expires = TRY(member(as_text(claims), "exp"));
  if (!is_absent(expires)) {
    auto& seconds = out.expires.emplace();
    auto [end, error] = std::from_chars(expires.data(), expires.data() + expires.size(), seconds);
    if (error != std::errc() || end != expires.data() + expires.size())
      return fail(ErrorCode::permission, "its expiry is no number of seconds");
  }
  auto id = TRY(member(as_text(claims), "jti"));
  if (!is_absent(id)) out.id = TRY(read_json_string(id));
  return out;
}

Result<TokenClaims> verified_claims(BytesView secret, std::string_view token) {
  size_t first = token.find('.');
  size_t last = token.rfind('.');
  if (first == std::string_view::npos || first == last) return fail(ErrorCode::permission, "it has not three parts");
  TRY(check_header(token.substr(0, first)));
  Bytes signature = TRY(from_base64url(token.substr(last + 1)));
  auto expected = hmac_sha256(secret, as_bytes(token.substr(0, last)));
  if (!equal_constant_time(signature, expected)) return fail(ErrorCode::permission, "its signature is wrong");
  return read_claims(token.substr(first + 1, last - first - 1));
}

}  // namespace

std::string make_token(BytesView secret, Permissions permissions) {
  return sign_token(secret, {.permissions = permissions, .expires = std::nullopt, .id = {}});
}

std::string sign_token(BytesView secret, const TokenClaims& claims) {
  std::string text = "{\"Allow\":[";
  for (const auto& name : claims.permissions.names()) {
    if (text.back() != '[') text += ',';
    append_json_string(text, name);
  }
  text += ']';
  if (claims.expires) text += ",\"exp\":" + std::to_string(*claims.expires);
  if (!claims.id.empty()) {
    text += ",\"jti\":";
    append_json_string(text, claims.id);
  }
  text += '}';
  std::string token = to_base64url(as_bytes(R"({"alg":"HS256","typ":"JWT"})")) + "." + to_base64url(as_bytes(text));
  auto signature = hmac_sha256(secret, as_bytes(token));
  return token + "." + to_base64url(signature);
}

Result<TokenClaims> check_token(BytesView secret, std::string_view token, TimePoint now) {
  if (token.size() > kMaxToken) return fail(ErrorCode::permission, "invalid token: it is over {} bytes", kMaxToken);
  auto claims = verified_claims(secret, token);
  if (!claims) return fail(ErrorCode::permission, "invalid token: {}", claims.error().message);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  if (claims->expires && *claims->expires <= seconds) {
    return fail(ErrorCode::permission, "the token expired {} seconds ago", seconds - *claims->expires);
  }
  return claims;
}

Result<Permissions> verify_token(BytesView secret, std::string_view token) {
  return TRY(check_token(secret, token, system_clock()->now())).permissions;
}

}  // namespace nelumbo::rpc
