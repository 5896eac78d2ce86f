#pragma once
// Tokens: JWT signed with HS256 whose claim "Allow" lists permissions, as lotus makes and reads them.

#include <optional>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "rpc/method.hpp"

namespace nelumbo::rpc {

/// What a token says.
struct TokenClaims {
  Permissions permissions;  ///< claim "Allow"
  std::optional<int64_t>
      expires;     ///< claim "exp" (RFC 7519), Unix seconds from which it is no longer good; none: never
  std::string id;  ///< claim "jti" (RFC 7519), by which it can be revoked; empty: none
};

/// A new token for these permissions, for ever.
std::string make_token(BytesView secret, Permissions permissions);
/// A new token with these claims.
std::string sign_token(BytesView secret, const TokenClaims& claims);

/// Checks form, algorithm, signature and expiry, and reads the claims; words of "Allow" that are no permission are
/// ignored. Tokens over 8 KiB are refused.
Result<TokenClaims> check_token(BytesView secret, std::string_view token, TimePoint now);
/// The permissions of a token that is good by the system's clock.
Result<Permissions> verify_token(BytesView secret, std::string_view token);

}  // namespace nelumbo::rpc
