#pragma once
// UUIDs (RFC 9562).

#include <string>

#include "base/bytes.hpp"

namespace nelumbo {

/// A random UUID (version 4).
std::string new_uuid();
/// The UUID of a name: the same for the same bytes, for calls that must be known again (version 8, of a SHA-256).
std::string named_uuid(BytesView name);

}  // namespace nelumbo
