#pragma once
// Peer-to-peer transport: what the network room asks of libp2p, as values, calls that wait, and one queue of events.
//
// The transport decides nothing: who is trusted, what is valid and when to ban is said to it from above. Two things
// implement it: libp2p (start_libp2p) and, in tests, an in-memory network.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "codec/cid.hpp"

namespace nelumbo::p2p {

/// A peer's id in its text form (base58btc, "12D3Koo…").
using PeerId = std::string;

/// How gossip on a topic is scored (gossipsub v1.1; names as there). All zero: the topic does not count.
struct TopicScore {
  double weight = 0;
  double time_in_mesh_weight = 0, time_in_mesh_quantum_seconds = 1, time_in_mesh_cap = 0;
  double first_deliveries_weight = 0, first_deliveries_decay = 0.5, first_deliveries_cap = 0;
  double invalid_weight = 0, invalid_decay = 0.5;
};

struct Topic {
  std::string name;  ///< "/fil/blocks/<network>"
  TopicScore score;
};

struct HostConfig {
  Bytes identity;                     ///< private key as libp2p's protobuf (keystore entry "libp2p-host")
  std::vector<std::string> listen;    ///< multiaddresses; tcp/0 takes any port
  std::vector<std::string> announce;  ///< told to others instead of the addresses listened on, when not empty
  std::string agent;                  ///< identify's agent version
  std::string kad_protocol;           ///< "/fil/kad/<network>/kad/1.0.0"; empty: no Kademlia
  std::vector<Topic> topics;          ///< subscribed from the start; none: no gossip
  std::vector<std::string> protocols;  ///< request/response protocols served; events::Request tells of each request
  std::vector<PeerId> direct_peers;    ///< gossip always goes to them
  size_t max_gossip_bytes = 1 << 20;
  size_t max_request_bytes = 1 << 16;         ///< of a request that comes in
  uint32_t max_connections = 200;             ///< established, either way
  uint32_t max_incoming_per_second = 50;      ///< new connections taken in
  uint32_t max_connections_per_peer = 3;
  uint32_t max_requests_in_flight = 64;       ///< served at a time; more are reset
  /// Of a connection that is not protected and has no stream open; gossip has one, as long as there is a topic.
  std::chrono::seconds idle_timeout{60};
  bool mdns = false;
  bool private_network = false;  ///< reachability is found out over private and loopback addresses too (devnets)
  /// Blocks that may be served over bitswap; called on the transport's threads. Empty: serves none.
  std::function<std::optional<Bytes>(const Cid&)> block_source;
};

enum class Direction { inbound, outbound };
enum class Verdict { accept, reject, ignore };

namespace events {
struct Connected {
  PeerId peer;
  std::string address;
  Direction direction = Direction::inbound;
};
/// The last connection to the peer is gone.
struct Disconnected {
  PeerId peer;
};
/// identify has told who it is.
struct Identified {
  PeerId peer;
  std::string agent;
  std::vector<std::string> protocols;
  std::vector<std::string> addresses;  ///< on which it says it listens
};
/// Must be answered with Transport::judge; it is forwarded only when accepted.
struct Gossip {
  uint64_t id = 0;
  PeerId from;  ///< who passed it on, not who made it
  std::string topic;
  Bytes data;
};
/// Must be answered with Transport::respond or refuse.
struct Request {
  uint64_t id = 0;
  PeerId from;
  std::string protocol;
  Bytes data;  ///< one CBOR item
};
}  // namespace events
using Event = std::variant<events::Connected, events::Disconnected, events::Identified, events::Gossip, events::Request>;

struct PeerView {
  PeerId id;
  std::vector<std::string> addresses;  ///< of the connections
  std::string agent;
  std::vector<std::string> protocols;
  Direction direction = Direction::inbound;
  std::chrono::milliseconds latency{0};  ///< of the last ping; 0: not known
  std::chrono::seconds connected_for{0};
  bool protected_ = false;
};

/// Gossipsub's score of a peer and the application's part in it.
struct PeerScore {
  PeerId id;
  double score = 0, application = 0;
};

struct Traffic {
  uint64_t total_in = 0, total_out = 0;  ///< bytes since the start
  double rate_in = 0, rate_out = 0;      ///< bytes per second, of the last seconds
};

enum class Reachability { unknown, reachable, unreachable };

/// Thread-safe. Calls that wait give `cancelled` (out of time), `unavailable` (peer gone or refusing) or `cancelled` (closed meanwhile).
class Transport {
 public:
  virtual ~Transport() = default;

  virtual PeerId id() const = 0;
  /// With the real ports, without /p2p.
  virtual std::vector<std::string> listen_addresses() const = 0;

  /// The next event; nullopt when the time is over or after close. Gossip and requests that nobody fetches in time are
  /// dropped (bounded queue), connection events are not.
  virtual std::optional<Event> next(std::chrono::milliseconds wait) = 0;
  /// Ends everything; waiting calls return.
  virtual void close() = 0;

  /// Connects to a peer: multiaddresses, each with or without a /p2p/ID part, and the id when known.
  virtual Result<PeerId> dial(const std::vector<std::string>& addresses, std::optional<PeerId> peer,
                              std::chrono::milliseconds wait) = 0;
  virtual void disconnect(const PeerId& peer) = 0;
  virtual std::vector<PeerView> peers() const = 0;

  /// Sends one CBOR item on a new stream and reads the answer, one CBOR item of at most max_bytes (`exhausted` when it is
  /// larger). `unsupported` when the peer does not speak the protocol.
  virtual Result<Bytes> request(const PeerId& peer, const std::string& protocol, Bytes data, size_t max_bytes,
                                std::chrono::milliseconds wait) = 0;
  virtual void respond(uint64_t request, Bytes data) = 0;
  /// Resets the stream.
  virtual void refuse(uint64_t request) = 0;

  /// Also good when nobody is there to hear it.
  virtual Result<> publish(const std::string& topic, Bytes data) = 0;
  virtual void judge(uint64_t gossip, Verdict verdict) = 0;
  virtual std::vector<PeerScore> scores() const = 0;
  virtual void set_application_score(const PeerId& peer, double score) = 0;

  /// A protected peer's connections are not closed for being idle or too many.
  virtual void protect(const PeerId& peer, bool on) = 0;
  /// A blocked peer cannot connect; existing connections are closed. Also an address ("1.2.3.4") or subnet ("1.2.3.0/24").
  virtual void block(const std::string& peer_or_subnet, bool on) = 0;

  /// Known or looked up in the DHT; `not_found` when nobody knows it.
  virtual Result<std::vector<std::string>> find_peer(const PeerId& peer, std::chrono::milliseconds wait) = 0;
  /// Starts a Kademlia bootstrap through the peers known so far.
  virtual void bootstrap() = 0;
  /// Round-trip time.
  virtual Result<std::chrono::microseconds> ping(const PeerId& peer, std::chrono::milliseconds wait) = 0;
  virtual Traffic traffic() const = 0;
  virtual Reachability reachability() const = 0;

  /// A block from a connected peer that has it (bitswap), its CID checked; `not_found` when none has it. Where there are
  /// many peers not all are asked, but `likely` is, when it is given and connected.
  virtual Result<Bytes> fetch_block(const Cid& cid, std::chrono::milliseconds wait, const PeerId& likely = {}) = 0;
};

/// A fresh Ed25519 key as libp2p's protobuf.
Result<Bytes> new_identity();
Result<PeerId> peer_id_of(BytesView identity);

/// Starts a host. Fails when no address could be listened on.
Result<std::unique_ptr<Transport>> start_libp2p(HostConfig config);

}  // namespace nelumbo::p2p
