// Keccak-256 comes from the engines' library: OpenSSL 3.0 has only the later SHA3 padding.

#include "crypto/bridge.hpp"
#include "crypto/hash.hpp"
#include "nelumbo_engines/src/hash.rs.h"

namespace nelumbo {

Hash256 keccak_256(BytesView data) { return engines::keccak_256(bridge::slice(data)); }

}  // namespace nelumbo
