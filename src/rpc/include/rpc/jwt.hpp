#pragma once
// Tokens: JWT signed with HS256 whose claim "Allow" lists permissions, as lotus makes and reads them.

#include "base/bytes.hpp"
#include "rpc/method.hpp"

namespace nelumbo::rpc {

/// A new token for these permissions.
std::string make_token(BytesView secret, Permissions permissions);
/// Checks form, algorithm and signature, and reads the permissions; words of "Allow" that are no permission are
/// ignored. Tokens over 8 KiB are refused.
Result<Permissions> verify_token(BytesView secret, std::string_view token);

}  // namespace nelumbo::rpc
