#pragma once
// The inside of Network: which thread does what.
//
// The thread that takes the transport's events hands each to a queue of its kind, so that a slow kind holds up no
// other: blocks are checked apart from messages (the pool may execute a tipset), and taking a block in apart from
// checking. `askers` run single requests to peers and wait for nothing else.

#include <deque>

#include "exchange_server.hpp"
#include "gossip_rules.hpp"
#include "hello.hpp"
#include "intake.hpp"
#include "net/network.hpp"
#include "rate.hpp"
#include "work_queue.hpp"

namespace nelumbo::net {

struct Network::State {
  explicit State(NetworkParts given);
  void start();
  void stop();

  void take(p2p::events::Connected&) {}
  void take(p2p::events::Disconnected& event);
  void take(p2p::events::Identified& event);
  void take(p2p::events::Gossip& event);
  void take(p2p::events::Request& event);

  void judge_block(const p2p::events::Gossip& gossip, TimePoint arrival);
  void judge_message(const p2p::events::Gossip& gossip);
  void answer(const p2p::events::Request& request);
  void count_delay(std::chrono::milliseconds delay);
  void settle(const p2p::events::Gossip& gossip, const Judgement& judgement, std::atomic<uint64_t> (&counters)[3]);

  NetworkParts parts;
  Connections connections;
  p2p::Transport& transport;
  Peers& peers;
  const std::string blocks_topic, messages_topic;
  ExchangeClient exchange;
  HelloService hello;
  BlockIntake intake;
  BlockRules rules;
  RateLimit block_rate, message_rate, request_rate;

  // Below what their work uses: they end first.
  ThreadPool askers{8};
  WorkQueue blocks{2, 256}, messages{1, 1024}, taken_in{4, 128}, served{2, 128};

  std::set<PeerId> greeted;  ///< of the event thread
  std::atomic<uint64_t> block_verdicts[3] = {}, message_verdicts[3] = {};
  mutable std::mutex delays_mutex;
  std::deque<std::chrono::milliseconds> delays;

  std::mutex stopping;
  bool stopped = false;
};

}  // namespace nelumbo::net
