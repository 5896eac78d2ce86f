#pragma once
// How the transport takes bytes from peers apart, opened up for tests and fuzzing.

#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "codec/cid.hpp"

namespace nelumbo::p2p::wire {

/// The length of the CBOR item in front when its bytes come `piece` at a time; 0 when it is not whole. An item of more
/// than max_bytes, of indefinite length or nested more than 32 deep is an error.
Result<size_t> item_end(BytesView data, size_t piece, size_t max_bytes);

/// The CIDs, from their bytes, of the blocks that a bitswap message (without its length) carries.
Result<std::vector<Cid>> bitswap_blocks(BytesView message);

}  // namespace nelumbo::p2p::wire
