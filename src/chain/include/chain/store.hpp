#pragma once
// The chain's own store: tipsets, messages, receipts, the head, and who is told when the head changes.
//
// The head and the index of the canonical chain are on the disk, in one write, before any subscriber hears of them.

#include <functional>
#include <memory>
#include <mutex>

#include "chain/messages.hpp"
#include "ipld/kv_store.hpp"
#include "types/network.hpp"

namespace nelumbo::chain {

/// One step of the head's way from one tipset to another.
struct HeadChange {
  enum class Type { current, apply, revert };
  Type type = Type::apply;
  TipsetPtr tipset;
};

/// Ends its subscription when destroyed; afterwards the callback is not running and never runs again.
class Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::function<void()> end) : end_(std::move(end)) {}
  Subscription(Subscription&& other) noexcept : end_(std::exchange(other.end_, nullptr)) {}
  Subscription& operator=(Subscription&& other) noexcept {
    if (this != &other) {
      reset();
      end_ = std::exchange(other.end_, nullptr);
    }
    return *this;
  }
  ~Subscription() { reset(); }
  void reset() {
    if (auto end = std::exchange(end_, nullptr)) end();
  }

 private:
  std::function<void()> end_;
};

/// Thread-safe. Tipsets are immutable and shared.
class ChainStore {
 public:
  /// The key spaces that the KvStore must have been opened with.
  static const std::vector<std::string>& spaces();
  /// Loads head and genesis where a chain is there. `blocks` holds chain and state blocks alike.
  static Result<std::shared_ptr<ChainStore>> open(std::shared_ptr<KvStore> kv, BlockstorePtr blocks,
                                                  NetworkParams params);
  ~ChainStore();

  const BlockstorePtr& blocks() const;
  const NetworkParams& params() const;

  /// Makes this block the genesis: stores it, and as head when there is none yet. A repository with another genesis is
  /// `exists`, with both CIDs in the text.
  Result<> set_genesis(const BlockHeader& genesis);
  /// The genesis tipset; not_found before set_genesis.
  Result<TipsetPtr> genesis() const;
  /// Null before set_genesis.
  TipsetPtr heaviest() const;

  Result<BlockHeader> load_block(const Cid& cid);
  Result<TipsetPtr> load_tipset(const TipsetKey& key);
  /// As load_tipset; the empty key stands for the head.
  Result<TipsetPtr> tipset_from_key(const TipsetKey& key);
  Result<TipsetPtr> parent(const Tipset& tipset) { return load_tipset(tipset.parents()); }
  /// What to give for an epoch without blocks.
  enum class OnNull { previous, next };
  /// The tipset of an epoch among the ancestors of `from` (null: the head). An epoch above `from` is an error.
  Result<TipsetPtr> tipset_at(ChainEpoch epoch, TipsetPtr from, OnNull on_null);
  /// True when a and b are the same or a is an ancestor of b.
  Result<bool> is_ancestor(const Tipset& a, TipsetPtr b);
  /// The last beacon entry at or before a tipset, looking back at most 20 tipsets.
  Result<BeaconEntry> latest_beacon_entry(TipsetPtr from);

  /// Stores a header. Does not touch the head.
  Result<Cid> put_block(const BlockHeader& block);
  /// Remembers a validated block, so that siblings join into one tipset.
  void track(const BlockHeader& block);
  /// The block with the validated siblings of its epoch that have the same parents, one per miner.
  Result<TipsetPtr> expand(const BlockHeader& block);
  /// Weight of the chain that ends with this tipset (chain/weight.hpp), remembered.
  Result<BigInt> weight(const Tipset& tipset);
  /// Takes the tipset as head when heavier than the head (for equal weights: smaller tickets win). True when taken.
  Result<bool> consider(const TipsetPtr& tipset);
  /// Takes it as head whatever its weight.
  Result<> set_head(const TipsetPtr& tipset);
  /// Takes as head a tipset whose chain is in the database with its index already (an imported snapshot). Nobody is
  /// told: there are no subscribers yet.
  Result<> adopt_head(const TipsetPtr& tipset);
  /// Reverts (newest first) and applies (oldest first) that lead from one tipset to another.
  Result<std::vector<HeadChange>> path(TipsetPtr from, TipsetPtr to);

  using HeadCallback = std::function<void(const std::vector<HeadChange>&)>;
  /// Calls back for every change of the head, in order, none left out, on the thread that changes it, before consider
  /// or set_head return; the callback must be quick and must not change the head itself. With `tell_current` the first
  /// call, made before subscribe returns, holds the head at that moment as `current`.
  Subscription subscribe(HeadCallback callback, bool tell_current = false);

  /// Stores messages; gives their CIDs in order.
  Result<std::vector<Cid>> put_messages(std::span<const Message> messages);
  Result<std::vector<Cid>> put_messages(std::span<const SignedMessage> messages);
  /// Stores the two version-0 AMTs and the MessageMeta over them; gives the CID for a header.
  Result<Cid> put_message_meta(std::span<const Cid> bls, std::span<const Cid> secp);
  /// A message of either kind (unsigned or signed) by its CID.
  Result<ChainMessage> message(const Cid& cid);
  Result<MessageCids> message_cids(const Cid& message_meta);
  /// Every message in the block, as in the block.
  Result<BlockMessages> messages_of(const BlockHeader& block);
  /// What executes, in the order of execution: block by block, BLS before secp256k1, a message seen before (same
  /// sender and a nonce that is not the sender's next) left out.
  Result<std::vector<BlockMessages>> execution_order(const Tipset& tipset);
  /// execution_order in one list.
  Result<std::vector<ChainMessage>> messages_of(const Tipset& tipset);
  Result<FullBlock> full_block(const BlockHeader& block);

  Result<Cid> put_receipts(std::span<const Receipt> receipts, uint32_t network_version);
  Result<std::vector<Receipt>> receipts(const Cid& root);
  Result<Receipt> receipt(const Cid& root, uint64_t index);
  /// Events of an events root (AMT of bit width 5).
  Result<std::vector<Event>> events(const Cid& root);
  Result<Cid> put_events(std::span<const Event> events);

  /// The epoch of the canonical tipset that includes a message (found through an index kept with the head).
  Result<std::optional<ChainEpoch>> inclusion_epoch(const Cid& message);

 private:
  struct State;
  explicit ChainStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo::chain
