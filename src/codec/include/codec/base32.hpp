#pragma once
// Base32 (RFC 4648 section 6) in lower case without padding, and base58btc: the text forms of CIDs and addresses.

#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace nelumbo {

/// Lower case, no padding.
std::string to_base32(BytesView bytes);
/// Lower case only; other characters, impossible lengths and set bits past the last byte are errors.
Result<Bytes> from_base32(std::string_view text);

std::string to_base58(BytesView bytes);
/// At most 256 characters, since the work grows with their square.
Result<Bytes> from_base58(std::string_view text);

}  // namespace nelumbo
