#pragma once
// The connections of a libp2p host: which are kept, trimmed, protected or refused, and what is known of each peer.
// Nothing here knows a chain: Network stands on it, and so does the host of a program that has none.

#include <functional>
#include <map>
#include <memory>

#include "ipld/kv_store.hpp"
#include "net/policy.hpp"

namespace nelumbo::net {

class Peers;

struct ConnectionParts {
  std::shared_ptr<p2p::Transport> transport;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<KvStore> kv;  ///< keeps the block list (space kBlockListSpace); null: it is not kept
  PeerPolicy policy;
};

/// The KvStore space of the block list.
inline constexpr std::string_view kBlockListSpace = "net-blocked";

/// Thread-safe. Stopped at the latest by the destructor.
class Connections {
 public:
  explicit Connections(ConnectionParts parts);
  ~Connections();
  Connections(const Connections&) = delete;
  /// Begins to keep connections and to take events. Each is handed to `next`, by one thread, after it was noted here;
  /// it must be quick. None: gossip is ignored and requests are refused.
  void start(std::function<void(p2p::Event&)> next = nullptr);
  /// Closes the transport and waits until no callback runs.
  void stop();

  p2p::Transport& transport();
  /// For this room.
  Peers& known();

  std::vector<PeerRecord> peers() const;
  std::optional<PeerRecord> peer(const PeerId& peer) const;
  /// How much the node wants to keep the peer, by reason; the sum is what trimming goes by.
  std::map<std::string, int64_t> merits(const PeerId& peer) const;

  Result<> block(const BlockList& what);
  Result<> unblock(const BlockList& what);
  /// What is blocked, and the peers that are banned for a time.
  BlockList barred() const;
  void protect(const PeerId& peer, bool on);
  std::vector<PeerId> protected_peers() const;
  /// Connections above `high` are trimmed to `low`.
  void set_limits(size_t low, size_t high);
  PeerPolicy policy() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo::net
