#pragma once
// From a gossiped block that may be passed on to one that is in the chain: its messages, its validation, its sync.

#include "exchange_client.hpp"
#include "net/network.hpp"

namespace nelumbo::net {

/// Thread-safe; take waits.
class BlockIntake {
 public:
  BlockIntake(const NetworkParts& parts, Peers& peers, ExchangeClient& exchange, ThreadPool& askers)
      : parts_(parts), peers_(peers), exchange_(exchange), askers_(askers) {}

  /// Brings the block's messages together and gives it to the chain. When its parents are not here, it is told on as
  /// a head that was heard of.
  void take(const PeerId& from, const BlockMessage& block);

 private:
  /// The messages that are in the pool or the store; the CIDs of the others go to `missing`.
  Result<chain::FullBlock> gather(const BlockMessage& block, std::vector<Cid>& missing);
  Result<chain::FullBlock> with_messages(const PeerId& from, const BlockMessage& block);
  /// Asks for single messages over bitswap and stores them. True when all came.
  bool fetch_single(const PeerId& from, const std::vector<Cid>& missing);

  const NetworkParts& parts_;
  Peers& peers_;
  ExchangeClient& exchange_;
  ThreadPool& askers_;
};

}  // namespace nelumbo::net
