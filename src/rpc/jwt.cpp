#include "rpc/jwt.hpp"

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

Result<Permissions> read_claims(std::string_view encoded) {
  Bytes claims = TRY(from_base64url(encoded));
  auto allow = TRY(member(as_text(claims), "Allow"));
  Permissions out;
  if (allow.empty() || allow == "null") return out;
  for (auto word : TRY(split_json_list(allow, 64))) {
    auto permission = parse_permission(TRY(read_json_string(word)));
    if (permission) out = out.with(*permission);
  }
  return out;
}

Result<Permissions> check_token(BytesView secret, std::string_view token) {
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
  std::string claims = "{\"Allow\":[";
  for (const auto& name : permissions.names()) {
    if (claims.back() != '[') claims += ',';
    append_json_string(claims, name);
  }
  claims += "]}";
  std::string token = to_base64url(as_bytes(R"({"alg":"HS256","typ":"JWT"})")) + "." + to_base64url(as_bytes(claims));
  auto signature = hmac_sha256(secret, as_bytes(token));
  return token + "." + to_base64url(signature);
}

Result<Permissions> verify_token(BytesView secret, std::string_view token) {
  if (token.size() > kMaxToken) return fail(ErrorCode::permission, "invalid token: it is over {} bytes", kMaxToken);
  auto permissions = check_token(secret, token);
  if (!permissions) return fail(ErrorCode::permission, "invalid token: {}", permissions.error().message);
  return permissions;
}

}  // namespace nelumbo::rpc
