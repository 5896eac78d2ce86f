#include "net/network.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "network_state.hpp"

namespace nelumbo::net {

namespace {

constexpr std::string_view kPart = "net";
/// Kept for the statistics of how long blocks take to come.
constexpr size_t kDelays = 100;
// What one peer may bring and ask for: bursts, and each second in the long run. A devnet that catches up makes some
// dozen blocks a second; mainnet five in thirty.
constexpr double kBlockBurst = 300, kBlockRate = 30, kMessageBurst = 2000, kMessageRate = 300, kRequestBurst = 200,
                 kRequestRate = 20;

}  // namespace

Network::State::State(NetworkParts given)
    : parts(std::move(given)),
      connections({parts.transport, parts.clock, parts.kv, parts.policy}),
      transport(connections.transport()),
      peers(connections.known()),
      blocks_topic(net::blocks_topic(parts.store->params().network_name)),
      messages_topic(net::messages_topic(parts.store->params().network_name)),
      exchange(transport, peers, *parts.store, askers),
      hello(transport, peers, *parts.store, exchange, parts.clock, parts.head_heard),
      intake(parts, peers, exchange, askers),
      rules(*parts.store, parts.clock, parts.worker_of),
      block_rate(kBlockBurst, kBlockRate, parts.clock),
      message_rate(kMessageBurst, kMessageRate, parts.clock),
      request_rate(kRequestBurst, kRequestRate, parts.clock) {}

void Network::State::start() {
  connections.start([this](p2p::Event& event) { std::visit([this](auto& each) { take(each); }, event); });
}

void Network::State::stop() {
  std::lock_guard lock(stopping);
  if (std::exchange(stopped, true)) return;
  connections.stop();
  for (auto* queue : {&blocks, &messages, &served, &taken_in}) queue->stop();
}

void Network::State::take(p2p::events::Disconnected& event) {
  greeted.erase(event.peer);
  parts.peer_gone(event.peer);
}

void Network::State::take(p2p::events::Identified& event) {
  const bool ours = std::ranges::find(event.protocols, kHelloProtocol) != event.protocols.end();
  if (!ours || !peers.trusted(event.peer) || !greeted.insert(event.peer).second) return;
  askers.post([this, peer = event.peer] { hello.say(peer); });
}

void Network::State::take(p2p::events::Gossip& event) {
  const bool is_block = event.topic == blocks_topic;
  if (!peers.trusted(event.from) || (!is_block && event.topic != messages_topic))
    return transport.judge(event.id, p2p::Verdict::ignore);
  if (!(is_block ? block_rate : message_rate).take(event.from)) {
    transport.judge(event.id, p2p::Verdict::ignore);
    return peers.offend(event.from, Offence::flood, "more gossip than its share");
  }
  const auto id = event.id;
  bool posted = false;
  if (is_block) {
    posted =
        blocks.post([this, arrival = parts.clock->now(), gossip = std::move(event)] { judge_block(gossip, arrival); });
  } else {
    posted = messages.post([this, gossip = std::move(event)] { judge_message(gossip); });
  }
  if (!posted) transport.judge(id, p2p::Verdict::ignore);
}

void Network::State::take(p2p::events::Request& event) {
  const auto id = event.id;
  if (!peers.trusted(event.from)) return transport.refuse(id);
  if (!request_rate.take(event.from)) {
    transport.refuse(id);
    return peers.offend(event.from, Offence::flood, "more requests than its share");
  }
  bool posted = false;
  if (event.protocol == kHelloProtocol) {
    posted = served.post(
        [this, arrival = parts.clock->now(), request = std::move(event)] { hello.heard(request, arrival); });
  } else if (event.protocol == kExchangeProtocol) {
    posted = served.post([this, request = std::move(event)] { answer(request); });
  }
  if (!posted) transport.refuse(id);
}

void Network::State::answer(const p2p::events::Request& request) {
  auto answer = answer_exchange(*parts.store, request.data);
  if (answer) return transport.respond(request.id, *std::move(answer));
  transport.refuse(request.id);
  peers.offend(request.from, Offence::malformed, fmt::format("chain exchange request: {}", answer.error().message));
}

void Network::State::settle(const p2p::events::Gossip& gossip, const Judgement& judgement,
                            std::atomic<uint64_t> (&counters)[3]) {
  transport.judge(gossip.id, judgement.verdict);
  ++counters[static_cast<size_t>(judgement.verdict)];
  if (judgement.verdict == p2p::Verdict::reject)
    peers.offend(gossip.from, Offence::invalid_gossip, fmt::format("{}: {}", gossip.topic, judgement.reason));
  if (judgement.verdict == p2p::Verdict::ignore)
    log_debug(kPart, "peer {}: {}: ignored: {}", gossip.from, gossip.topic, judgement.reason);
}

void Network::State::judge_message(const p2p::events::Gossip& gossip) {
  settle(gossip, net::judge_message(gossip.data, parts.add_message), message_verdicts);
}

void Network::State::judge_block(const p2p::events::Gossip& gossip, TimePoint arrival) {
  BlockMessage block;
  auto judgement = rules.judge(gossip.data, block);
  settle(gossip, judgement, block_verdicts);
  if (judgement.verdict != p2p::Verdict::accept) return;
  const auto& header = block.header;
  const auto delay = std::chrono::duration_cast<std::chrono::milliseconds>(
      arrival - from_unix_seconds(static_cast<int64_t>(header.timestamp)));
  count_delay(delay);
  log_info(kPart, "block {} of {} at epoch {}, {} messages, came {:.2f} s after its time from peer {}",
           header.cid().str(), header.miner.str(), header.height,
           block.bls_messages.size() + block.secp_messages.size(), static_cast<double>(delay.count()) / 1000,
           gossip.from);
  const bool posted = taken_in.post([this, from = gossip.from, block = std::move(block)] { intake.take(from, block); });
  if (!posted) log_warn(kPart, "more blocks than can be taken in; one is left to the sync");
}

void Network::State::count_delay(std::chrono::milliseconds delay) {
  std::lock_guard lock(delays_mutex);
  delays.push_back(delay);
  if (delays.size() > kDelays) delays.pop_front();
}

Network::Network(NetworkParts parts) : state_(std::make_unique<State>(std::move(parts))) {}

Network::~Network() { stop(); }

void Network::start() { state_->start(); }
void Network::stop() { state_->stop(); }

chain::ChainSource& Network::source() { return state_->exchange; }

Result<> Network::publish_block(const BlockMessage& block) {
  return state_->transport.publish(state_->blocks_topic, to_cbor(block));
}

Result<> Network::publish_message(const SignedMessage& message) {
  return state_->transport.publish(state_->messages_topic, to_cbor(message));
}

Connections& Network::connections() { return state_->connections; }

GossipStats Network::gossip_stats() const {
  using p2p::Verdict;
  auto of = [](const auto& counters, Verdict verdict) { return counters[static_cast<size_t>(verdict)].load(); };
  const auto& blocks = state_->block_verdicts;
  const auto& messages = state_->message_verdicts;
  GossipStats out{of(blocks, Verdict::accept),   of(blocks, Verdict::reject),   of(blocks, Verdict::ignore),
                  of(messages, Verdict::accept), of(messages, Verdict::reject), of(messages, Verdict::ignore)};
  std::lock_guard lock(state_->delays_mutex);
  if (state_->delays.empty()) return out;
  std::vector<std::chrono::milliseconds> sorted(state_->delays.begin(), state_->delays.end());
  std::ranges::sort(sorted);
  out.delay_median = sorted[sorted.size() / 2].count();
  out.delay_largest = sorted.back().count();
  return out;
}

void Network::blame(const PeerId& peer, std::string_view reason) {
  state_->peers.offend(peer, Offence::bad_block, fmt::format("its chain: {}", reason));
}

}  // namespace nelumbo::net
