#pragma once
// What ChainStore holds; shared by the files that implement it.

#include <map>
#include <shared_mutex>

#include "chain/store.hpp"
#include "lru.hpp"

namespace nelumbo::chain {

namespace spaces {
inline constexpr std::string_view kMeta = "chain_meta";  ///< "head", "genesis" and "checkpoint": tipset keys
inline constexpr std::string_view kCanonical =
    "chain_epochs";  ///< epoch (8 bytes, big-endian): key of the canonical tipset
inline constexpr std::string_view kMessages = "chain_messages";    ///< message CID: epoch of its canonical inclusion
inline constexpr std::string_view kValidated = "chain_validated";  ///< CID of a block that passed validation: its epoch
}  // namespace spaces

/// Big-endian, so that the database's order is the order of epochs.
inline Bytes epoch_key(ChainEpoch epoch) {
  Bytes out(8);
  for (int i = 0; i < 8; ++i) out[i] = static_cast<uint8_t>(static_cast<uint64_t>(epoch) >> (56 - 8 * i));
  return out;
}
inline ChainEpoch epoch_of(BytesView key) {
  uint64_t out = 0;
  for (size_t i = 0; i < 8 && i < key.size(); ++i) out = out << 8 | key[i];
  return static_cast<ChainEpoch>(out);
}

struct Listener {
  uint64_t id;
  ChainStore::HeadCallback callback;
};

/// Listeners outlive the store when a subscription does.
struct Listeners {
  /// Held while the head changes and while callbacks run: one change after the other.
  std::recursive_mutex order;
  std::vector<std::shared_ptr<Listener>> list;
  uint64_t next_id = 1;
};

struct ChainStore::State {
  State(std::shared_ptr<KvStore> kv, BlockstorePtr blocks, NetworkParams params)
      : kv(std::move(kv)), blocks(std::move(blocks)), params(std::move(params)) {}

  std::shared_ptr<KvStore> kv;
  BlockstorePtr blocks;
  NetworkParams params;

  mutable std::mutex head_mutex;  ///< head, genesis and checkpoint
  TipsetPtr head, genesis, checkpoint;

  std::shared_mutex canonical;  ///< the index of canonical tipsets, against readers in the middle of a change

  std::mutex cache_mutex;
  Lru<TipsetKey, TipsetPtr> tipsets{2048};
  Lru<Cid, MessageCids> message_metas{1024};
  Lru<TipsetKey, BigInt> weights{1024};
  std::map<ChainEpoch, std::vector<BlockHeader>> tracked;  ///< validated blocks by epoch

  std::shared_ptr<Listeners> listeners = std::make_shared<Listeners>();
};

}  // namespace nelumbo::chain
