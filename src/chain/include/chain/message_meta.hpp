#pragma once
// The root that a block header names for its messages.

#include <span>

#include "ipld/blockstore.hpp"
#include "types/block.hpp"

namespace nelumbo::chain {

/// Writes the version-0 AMTs of a block's message CIDs and the MessageMeta over them; gives its CID.
Result<Cid> write_message_meta(const BlockstorePtr& store, std::span<const Cid> bls, std::span<const Cid> secp);

}  // namespace nelumbo::chain
