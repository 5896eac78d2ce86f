#pragma once
// Hello: the first words between two nodes, from which each learns whether the other is of its network and how far it
// is.

#include "exchange_client.hpp"

namespace nelumbo::net {

/// Thread-safe; say and heard wait.
class HelloService {
 public:
  using HeadHeard = std::function<void(const PeerId&, TipsetPtr)>;
  HelloService(p2p::Transport& transport, Peers& peers, chain::ChainStore& store, ExchangeClient& exchange,
               std::shared_ptr<Clock> clock, HeadHeard head_heard)
      : transport_(transport),
        peers_(peers),
        store_(store),
        exchange_(exchange),
        clock_(std::move(clock)),
        head_heard_(std::move(head_heard)) {}

  /// Says hello to a peer and notes how long it took to answer.
  void say(const PeerId& peer);
  /// Answers a peer's hello; a peer of another genesis is banned for a while. Its head is fetched when it is not here
  /// and told on.
  void heard(const p2p::events::Request& request, TimePoint arrival);

 private:
  Result<Hello> own_hello();
  void take_head(const PeerId& peer, const Hello& hello);

  p2p::Transport& transport_;
  Peers& peers_;
  chain::ChainStore& store_;
  ExchangeClient& exchange_;
  std::shared_ptr<Clock> clock_;
  HeadHeard head_heard_;
};

}  // namespace nelumbo::net
