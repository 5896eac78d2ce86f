#pragma once
// Values of the API about peers, under lotus's names. What the transport does not tell is left out.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "codec/fields.hpp"

namespace nelumbo::rpc {

struct PeerInfo {
  std::string id;
  std::vector<std::string> addrs;  ///< multiaddrs
  static constexpr auto fields = nelumbo::fields(field("ID", &PeerInfo::id), field("Addrs", &PeerInfo::addrs));
};

/// What the connection manager knows of a peer.
struct ConnMgrInfo {
  std::string first_seen;                    ///< RFC 3339
  int64_t value = 0;                         ///< the sum of the tags
  std::map<std::string, int64_t> tags;       ///< why the peer is worth keeping
  std::map<std::string, std::string> conns;  ///< since when, by address
  static constexpr auto fields =
      nelumbo::fields(field("FirstSeen", &ConnMgrInfo::first_seen), field("Value", &ConnMgrInfo::value),
                      field("Tags", &ConnMgrInfo::tags), field("Conns", &ConnMgrInfo::conns));
};

struct ExtendedPeerInfo {
  std::string id;
  std::string agent;
  std::vector<std::string> addrs;
  std::vector<std::string> protocols;
  std::optional<ConnMgrInfo> conn_mgr_meta;
  static constexpr auto fields =
      nelumbo::fields(field("ID", &ExtendedPeerInfo::id), field("Agent", &ExtendedPeerInfo::agent),
                      field("Addrs", &ExtendedPeerInfo::addrs), field("Protocols", &ExtendedPeerInfo::protocols),
                      field("ConnMgrMeta", &ExtendedPeerInfo::conn_mgr_meta));
};

/// Whether others can connect to this node.
enum class NatReachability : int64_t { unknown = 0, public_ = 1, private_ = 2 };
struct NatInfo {
  NatReachability reachability = NatReachability::unknown;
  std::vector<std::string> public_addrs;
  static constexpr auto fields =
      nelumbo::fields(field("Reachability", &NatInfo::reachability), field("PublicAddrs", &NatInfo::public_addrs));
};

struct PeerScoreSnapshot {
  double score = 0;
  double app_specific_score = 0;  ///< the part of it that this node's own judgement makes
  static constexpr auto fields = nelumbo::fields(field("Score", &PeerScoreSnapshot::score),
                                                 field("AppSpecificScore", &PeerScoreSnapshot::app_specific_score));
};
struct PubsubScore {
  std::string id;
  PeerScoreSnapshot score;
  static constexpr auto fields = nelumbo::fields(field("ID", &PubsubScore::id), field("Score", &PubsubScore::score));
};

struct BandwidthStats {
  int64_t total_in = 0, total_out = 0;  ///< bytes
  double rate_in = 0, rate_out = 0;     ///< bytes per second
  static constexpr auto fields =
      nelumbo::fields(field("TotalIn", &BandwidthStats::total_in), field("TotalOut", &BandwidthStats::total_out),
                      field("RateIn", &BandwidthStats::rate_in), field("RateOut", &BandwidthStats::rate_out));
};

/// What cannot connect.
struct NetBlockList {
  std::vector<std::string> peers, ip_addrs, ip_subnets;
  static constexpr auto fields =
      nelumbo::fields(field("Peers", &NetBlockList::peers), field("IPAddrs", &NetBlockList::ip_addrs),
                      field("IPSubnets", &NetBlockList::ip_subnets));
};

struct NetScopeStat {
  int64_t num_conns_inbound = 0, num_conns_outbound = 0;
  static constexpr auto fields = nelumbo::fields(field("NumConnsInbound", &NetScopeStat::num_conns_inbound),
                                                 field("NumConnsOutbound", &NetScopeStat::num_conns_outbound));
};
struct NetStat {
  std::optional<NetScopeStat> system;
  std::map<std::string, NetScopeStat> peers;
  static constexpr auto fields = nelumbo::fields(field("System", &NetStat::system), field("Peers", &NetStat::peers));
};
/// Of the scope "system": connections above this are trimmed.
struct NetLimit {
  int64_t conns = 0;
  static constexpr auto fields = nelumbo::fields(field("Conns", &NetLimit::conns));
};

}  // namespace nelumbo::rpc
