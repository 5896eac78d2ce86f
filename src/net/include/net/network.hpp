#pragma once
// The node among its peers: says hello, asks and answers for chain data, takes in and passes on gossip. Whom it is
// connected to and trusts: net/connections.hpp.

#include <atomic>
#include <functional>
#include <memory>

#include "chain/source.hpp"
#include "chain/state_manager.hpp"
#include "net/connections.hpp"
#include "net/wire.hpp"
#include "pool/message_pool.hpp"

namespace nelumbo::net {

/// What the network stands on and to whom it hands what comes in. All functions are thread-safe and may wait, but for
/// head_heard and peer_gone, which must be quick.
struct NetworkParts {
  std::shared_ptr<p2p::Transport> transport;
  std::shared_ptr<chain::ChainStore> store;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<KvStore> kv;  ///< keeps the block list (space kBlockListSpace); null: it is not kept
  PeerPolicy policy;

  /// The key that signs a miner's blocks, looked up from the head. `unavailable` when the state does not say,
  /// `permission` when the miner may not mine.
  std::function<Result<Address>(const BlockHeader&)> worker_of;
  /// Full validation and the choice of the head; `unavailable` when the parents are not here, `invalid` when the block
  /// breaks a rule, `permission` when the operator does not want it.
  std::function<Result<>(const chain::FullBlock&)> accept_block;
  std::function<Result<>(const SignedMessage&, pool::Refusal&)> add_message;
  /// A pending message by its signed or unsigned CID; null when there is none.
  std::function<pool::MessagePtr(const Cid&)> find_message;
  /// A peer has spoken of a tipset whose header is checked for nothing but its CID.
  std::function<void(const PeerId&, TipsetPtr)> head_heard;
  /// The last connection to a peer is gone. Quick.
  std::function<void(const PeerId&)> peer_gone;
};

/// What came of gossip since the start.
struct GossipStats {
  uint64_t blocks_accepted = 0, blocks_rejected = 0, blocks_ignored = 0;
  uint64_t messages_accepted = 0, messages_rejected = 0, messages_ignored = 0;
  /// Of the last hundred blocks: time from the block's timestamp to its coming in, milliseconds.
  int64_t delay_median = 0, delay_largest = 0;
};

/// Thread-safe. Stopped at the latest by the destructor.
class Network {
 public:
  /// Nothing comes in before start.
  explicit Network(NetworkParts parts);
  ~Network();
  Network(const Network&) = delete;
  void start();
  /// Closes the transport and waits until no callback runs. Afterwards publishing and asking give errors.
  void stop();

  /// Chain data of others. Lives as long as the network.
  chain::ChainSource& source();
  Result<> publish_block(const BlockMessage& block);
  Result<> publish_message(const SignedMessage& message);

  Connections& connections();
  GossipStats gossip_stats() const;
  /// This peer stands behind a chain that breaks a rule.
  void blame(const PeerId& peer, std::string_view reason);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What a libp2p host of this network speaks: topics with their scores, protocols, DHT, bitswap from the store.
/// Identity, addresses and agent are left to the caller.
p2p::HostConfig host_config(const std::shared_ptr<chain::ChainStore>& store);

/// Looks a miner's worker up as of the head, as block gossip needs it.
std::function<Result<Address>(const BlockHeader&)> worker_lookup(std::shared_ptr<chain::StateManager> states);

}  // namespace nelumbo::net
