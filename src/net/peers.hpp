#pragma once
// What is known of each peer, and what follows from it: trust, scores, bans.

#include <map>
#include <mutex>
#include <set>

#include "net/policy.hpp"

namespace nelumbo::net {

/// What a peer did wrong, with the points it costs.
enum class Offence {
  flood,           ///< more than its share of gossip or requests
  bad_block,       ///< passed on a block that fails full validation (which nobody can check before passing it on)
  malformed,       ///< bytes that are no value of their kind
  invalid_gossip,  ///< gossip that breaks a rule each forwarder must check
  lie,             ///< chain data that is not what was asked for
};

/// Thread-safe; never calls back. Effects (bans, scores) go to the transport.
class Peers {
 public:
  Peers(p2p::Transport& transport, PeerPolicy policy, std::shared_ptr<Clock> clock);

  void connected(const p2p::events::Connected& event);
  void disconnected(const PeerId& peer);
  void identified(const p2p::events::Identified& event);

  /// Whether chain data of this peer is taken and given.
  bool trusted(const PeerId& peer) const;
  bool whitelisted(const PeerId& peer) const;
  bool is_protected(const PeerId& peer) const;

  /// Says hello with our genesis.
  void noted_hello(const PeerId& peer, TipsetKey head, ChainEpoch height, BigInt weight);
  void noted_latency(const PeerId& peer, std::chrono::milliseconds latency);
  /// A request of chain exchange was answered, in so many seconds, or was not.
  void noted_answer(const PeerId& peer, double seconds);
  void noted_failure(const PeerId& peer);
  void noted_block(const PeerId& peer);

  /// Lowers its score; with too many points it is banned for an hour.
  void offend(const PeerId& peer, Offence offence, std::string_view what);
  void ban(const PeerId& peer, std::chrono::seconds how_long, std::string_view why);
  /// Lifts bans that are over.
  void expire_bans();

  /// Connected, trusted peers that speak chain exchange; those in `first` in front, then the quick and reliable.
  std::vector<PeerId> exchange_peers(const std::vector<PeerId>& first = {}) const;
  /// How long an answer of this peer should take.
  double expected_seconds(const PeerId& peer) const;

  std::optional<PeerRecord> find(const PeerId& peer) const;
  std::vector<PeerRecord> connected_peers() const;
  size_t connected_count() const;
  /// How much the node wants to keep the peer, by reason.
  std::map<std::string, int64_t> merits(const PeerId& peer) const;
  /// The sum of its merits: what trimming goes by.
  int64_t value(const PeerId& peer) const;

  void protect(const PeerId& peer, bool on);
  std::vector<PeerId> protected_list() const;
  /// Unblocking also lifts a ban: the operator knows better.
  void block(const BlockList& what, bool on);
  BlockList blocked() const;
  /// With the peers that are banned for a time.
  BlockList barred() const;

  PeerPolicy policy() const;
  void set_limits(size_t low, size_t high);

 private:
  PeerRecord& record_locked(const PeerId& peer);
  bool protected_locked(const PeerId& peer) const;
  double offences_locked(const PeerRecord& record) const;
  double application_score_locked(const PeerRecord& record) const;
  double expected_locked(const PeerRecord& record) const;
  void ban_locked(PeerRecord& record, std::chrono::seconds how_long, std::string_view why);
  static void pardon_locked(PeerRecord& record);
  void forget_locked();

  p2p::Transport& transport_;
  std::shared_ptr<Clock> clock_;
  std::set<PeerId> bootstrap_, white_;

  mutable std::mutex mutex_;
  PeerPolicy policy_;
  std::map<PeerId, PeerRecord> records_;
  std::set<PeerId> protected_;
  std::set<std::string> blocked_peers_, blocked_addresses_, blocked_subnets_;
};

}  // namespace nelumbo::net
