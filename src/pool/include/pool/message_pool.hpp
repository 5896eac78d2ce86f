#pragma once
// Messages that wait for a block: per sender in nonce order, checked against the state after the head, replaced by fee,
// kept over reorganisations; what came from this node's own clients also survives a restart.

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "ipld/kv_store.hpp"
#include "pool/config.hpp"
#include "pool/source.hpp"

namespace nelumbo::pool {

/// The KvStore space of this node's own pending messages.
inline constexpr std::string_view kLocalSpace = "mpool-local";

/// A change of the pool, as MpoolSub streams it.
struct Update {
  enum class Kind { add = 0, remove = 1 };
  Kind kind = Kind::add;
  MessagePtr message;
};

/// Where a message came from, and so which rules of nonces and counts hold.
enum class Origin {
  local,      ///< pushed by a client of this node: kept on disk, gaps allowed, published
  untrusted,  ///< pushed through a public gateway: kept and published, but no gaps and few per sender
  network,    ///< gossip: gaps of up to kMaxNonceGap, dropped when its fee cap is hopeless
};

/// Why a message was refused, for peers' scores and for clients.
enum class Refusal {
  none,
  too_big,
  invalid,  ///< breaks a rule whatever the state; also a bad signature
  nonce_too_low,
  fee_cap_too_low,  ///< below the smallest base fee
  not_enough_funds,
  soft,             ///< could be right in a while, or from where the other stands
  premium_too_low,  ///< another message has this nonce and a premium too near
  too_many,
  nonce_gap,
  known,  ///< exactly this message is there already
};

class MessagePool {
 public:
  /// Sends a message's bytes to the network; called without the pool's lock, after the message is on disk.
  using Publish = std::function<Result<>(const SignedMessage&)>;

  /// Starts at the source's head with this node's stored messages that are still valid, and the stored configuration.
  /// `store` has the space kLocalSpace.
  static Result<std::shared_ptr<MessagePool>> open(std::shared_ptr<ChainSource> source, std::shared_ptr<KvStore> store,
                                                   Publish publish, std::shared_ptr<Clock> clock = system_clock());
  ~MessagePool();

  /// Checks and adds; a local or untrusted one is stored, then published (unless `publish` is false or its fee cap
  /// cannot be included within 20 epochs: then it is published when the base fee allows). Gives the CID. The error's
  /// kind in short is in *refusal.
  Result<Cid> push(const SignedMessage& message, Origin origin = Origin::local, bool publish = true,
                   Refusal* refusal = nullptr);
  /// A message of gossip.
  Result<> add(const SignedMessage& message, Refusal* refusal = nullptr);

  /// The nonce the next message of a sender should have, pending ones counted.
  Result<uint64_t> next_nonce(const Address& sender) const;
  /// All pending messages (by sender, in nonce order) and the head they are checked against.
  std::pair<std::vector<MessagePtr>, TipsetPtr> pending() const;
  std::vector<MessagePtr> pending_for(const Address& sender) const;
  /// A pending message by the CID of its signed or unsigned form.
  MessagePtr find(const Cid& cid) const;
  size_t size() const;
  TipsetPtr head() const;

  /// Follows the chain: messages of reverted tipsets come back, those of applied ones go.
  Result<> head_change(const std::vector<TipsetPtr>& reverted, const std::vector<TipsetPtr>& applied);
  /// Messages of blocks with signatures where they are known (BLS ones from the cache of what passed the pool).
  Result<std::vector<MessagePtr>> messages_of(const std::vector<BlockHeader>& blocks) const;

  /// What a block on top of this tipset should hold (MpoolSelect). Ticket quality: 1 is the best ticket of the round.
  Result<std::vector<SignedMessage>> select(const Tipset& base, double ticket_quality);

  /// Forgets pending messages; this node's own as well (and from the disk) when local is true.
  Result<> clear(bool local);
  /// Sends this node's own pending messages again, those that can be included soon; call about every ten epochs.
  Result<size_t> republish();
  /// Drops the worst messages down to the low limit when the pool is above the high one. How many went.
  Result<size_t> prune();

  Config config() const;
  /// Checked; kept on disk.
  Result<> set_config(const Config& config);

  /// Calls f for each change until the returned handle dies. f is called under the pool's lock: it must be quick and
  /// must not call the pool.
  std::shared_ptr<void> subscribe(std::function<void(const Update&)> f);

 private:
  struct State;
  explicit MessagePool(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace nelumbo::pool
