#pragma once
// Who is trusted, kept and thrown out: the values an operator sets, and what is known and decided of each peer.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "codec/fields.hpp"
#include "engine/p2p.hpp"
#include "types/block.hpp"

namespace nelumbo::net {

using p2p::PeerId;

/// What the operator says about peers.
struct PeerPolicy {
  std::vector<std::string> bootstrap;   ///< multiaddresses that connections are kept to
  std::vector<std::string> whitelist;   ///< full multiaddresses (…/p2p/ID): kept, never trimmed or banned for scores
  std::vector<PeerId> blacklist;        ///< cannot connect
  std::vector<PeerId> protected_peers;  ///< never trimmed or banned for scores
  bool only_white = false;              ///< chain data (gossip, hello, exchange) of whitelisted peers alone
  size_t low = 150, high = 180;         ///< above `high` connections they are trimmed down to `low`
  std::chrono::seconds grace{20};       ///< for which a new connection is not trimmed
  size_t min_peers = 12;                ///< with fewer, the DHT is asked for more (when there are bootstrap peers)
};

/// The id at the end of a multiaddress (…/p2p/ID), if it has one.
std::optional<PeerId> peer_of(std::string_view multiaddress);

/// What cannot connect, as NetBlockList gives it.
struct BlockList {
  std::vector<PeerId> peers;
  std::vector<std::string> addresses;  ///< "1.2.3.4"
  std::vector<std::string> subnets;    ///< "1.2.3.0/24"
  static constexpr auto fields =
      nelumbo::fields(field("Peers", &BlockList::peers), field("IPAddrs", &BlockList::addresses),
                      field("IPSubnets", &BlockList::subnets));
  friend bool operator==(const BlockList&, const BlockList&) = default;
};

/// What is known of one peer.
struct PeerRecord {
  PeerId id;
  bool connected = false;
  p2p::Direction direction = p2p::Direction::inbound;
  TimePoint first_seen{}, connected_since{};
  std::string agent;
  std::vector<std::string> protocols, addresses;
  bool said_hello = false;               ///< of our genesis
  std::chrono::milliseconds latency{0};  ///< of its answer to our hello; 0: not known
  TipsetKey head;                        ///< that it named last
  ChainEpoch height = 0;
  BigInt weight;
  uint64_t answers = 0, failures = 0;  ///< to chain exchange
  double answer_seconds = 0;           ///< moving average
  uint64_t blocks = 0;                 ///< that it was the first to bring
  double offences = 0;                 ///< points, as of offences_at; they halve every hour
  TimePoint offences_at{};
  std::optional<TimePoint> banned_until;
};

}  // namespace nelumbo::net
