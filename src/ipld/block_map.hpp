#pragma once
// The hash table behind the stores in memory: blocks by multihash.

#include <cstring>
#include <string>
#include <unordered_map>

#include "ipld/blockstore.hpp"

namespace nelumbo {

/// Hashes a multihash by its tail: a cryptographic digest is mixed already.
struct MultihashHash {
  using is_transparent = void;
  size_t operator()(std::string_view multihash) const noexcept {
    size_t value = multihash.size();
    size_t n = std::min(sizeof value, multihash.size());
    if (n > 0) std::memcpy(&value, multihash.data() + multihash.size() - n, n);
    return value;
  }
};

template <class T>
using MultihashMap = std::unordered_map<std::string, T, MultihashHash, std::equal_to<>>;
using SharedBlock = std::shared_ptr<const Bytes>;
using BlockMap = MultihashMap<SharedBlock>;

/// The key of a block.
inline std::string_view key_of(const Cid& cid) { return as_text(cid.hash()); }

inline SharedBlock share(BytesView data) { return std::make_shared<const Bytes>(data.begin(), data.end()); }

/// Whether the block is inside its CID.
inline bool is_inline(const Cid& cid) { return cid.hash_code() == multihash::kIdentity && cid.defined(); }

/// A copy of a shared block as Blockstore::get gives it.
inline std::optional<Bytes> copy_of(const SharedBlock& block) {
  if (!block) return std::nullopt;
  return *block;
}

}  // namespace nelumbo
