#pragma once
// Publishes pending messages on the network's topic, again and again until they are on chain, and keeps connected to
// those who pass them on.

#include "core.hpp"

namespace nelumbo::messager {

/// Works on one thread.
class Gossiper {
 public:
  explicit Gossiper(Core& core) : core_(core) {}

  void run(std::stop_token stop);
  /// False when the database or the transport did not answer.
  bool round(const Work& work);

 private:
  /// When a sender's messages are published anew: so many epochs after the last time, twice as many each time that
  /// nothing has moved on chain meanwhile.
  struct Schedule {
    uint64_t first = 0;  ///< the chain's nonce
    uint64_t next = 0;   ///< below it all were published
    ChainEpoch at = 0, interval = 0;
  };
  /// `whole`: everything in the window is looked at, not only what is new.
  Result<> serve(const Address& address, bool whole);

  Core& core_;
  std::map<Address, Schedule> schedules_;
};

/// The peers: dials those that were reported and those that the nodes have, and answers what comes in over the
/// transport (nothing is served or passed on).
class PeerKeeper {
 public:
  explicit PeerKeeper(Core& core) : core_(core) {}

  void report(const std::vector<rpc::PeerInfo>& peers);
  /// Dials every two minutes, and when peers were reported.
  void run(std::stop_token stop);
  /// Takes events off the transport until stop.
  void drain(std::stop_token stop);
  /// Dials everybody who is not connected.
  void round(std::stop_token stop);

 private:
  using Addresses = std::map<p2p::PeerId, std::set<std::string>>;
  Addresses wanted();

  Core& core_;
  News reported_news_;
  std::mutex mutex_;
  Addresses reported_;
};

}  // namespace nelumbo::messager
