#pragma once
// Where blocks of IPLD live. All implementations are safe to use from several threads at once.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/file.hpp"
#include "codec/cbor.hpp"
#include "codec/cid.hpp"

namespace nelumbo {

struct Block {
  Cid cid;
  Bytes data;
};

/// Content-addressed storage. Keys are the CID's multihash: a block is found under any codec.
class Blockstore {
 public:
  virtual ~Blockstore() = default;
  /// The block's bytes, nullopt when it is not there. Identity CIDs are answered from themselves.
  virtual Result<std::optional<Bytes>> get(const Cid& cid) = 0;
  /// The same without a copy where the store keeps the block in memory; a null pointer when it is not there.
  virtual Result<std::shared_ptr<const Bytes>> get_shared(const Cid& cid);
  virtual Result<bool> has(const Cid& cid) = 0;
  virtual Result<> put(const Cid& cid, BytesView data) = 0;
  /// All or (after a crash) none of the blocks.
  virtual Result<> put_many(std::span<const Block> blocks) = 0;
};
using BlockstorePtr = std::shared_ptr<Blockstore>;

/// Blocks in memory.
BlockstorePtr make_memory_blockstore();
/// Reads fall through to `below`; writes stay in memory until flush.
class OverlayBlockstore : public Blockstore {
 public:
  explicit OverlayBlockstore(BlockstorePtr below);
  ~OverlayBlockstore() override;
  Result<std::optional<Bytes>> get(const Cid& cid) override;
  Result<std::shared_ptr<const Bytes>> get_shared(const Cid& cid) override;
  Result<bool> has(const Cid& cid) override;
  Result<> put(const Cid& cid, BytesView data) override;
  Result<> put_many(std::span<const Block> blocks) override;
  /// Writes the blocks that are reachable from root and not yet below to `below`, in one batch, and forgets the rest.
  /// Follows links only through blocks that are here; identity CIDs and commitments of sectors are not blocks.
  Result<> flush_reachable(const Cid& root);
  /// Writes everything to `below` in one batch.
  Result<> flush_all();

 private:
  struct State;
  std::unique_ptr<State> state_;
};
/// Keeps up to max_bytes of recently used blocks of `below` in memory.
BlockstorePtr make_cached_blockstore(BlockstorePtr below, size_t max_bytes);

/// The block of a CID, or not_found with the CID in its text.
Result<Bytes> get_block(Blockstore& store, const Cid& cid);

/// The block without a copy where possible, or not_found.
Result<std::shared_ptr<const Bytes>> get_shared_block(Blockstore& store, const Cid& cid);

/// Loads and decodes one object.
template <class T>
Result<T> get_cbor(Blockstore& store, const Cid& cid) {
  auto data = TRY(get_shared_block(store, cid));
  auto value = from_cbor<T>(*data, CborLimits{.max_items = 1u << 20});
  if (!value) return std::unexpected(std::move(value).error().in(cid.str()));
  return value;
}
/// Encodes and stores one object (dag-cbor, blake2b-256).
template <class T>
Result<Cid> put_cbor(Blockstore& store, const T& value) {
  auto data = to_cbor(value);
  Cid cid = Cid::of(data);
  TRY(store.put(cid, data));
  return cid;
}

/// Calls f for every link of a dag-cbor block (tag 42), in order.
Result<> for_each_link(BytesView dag_cbor, const std::function<Result<>(const Cid&)>& f);

}  // namespace nelumbo
