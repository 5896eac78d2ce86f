// Whole nodes on a network in memory: hello, gossip, policy, start and stop.
#include "net/network.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "crypto/keys.hpp"
#include "exchange_server.hpp"
#include "test_chain.hpp"
#include "test_clock.hpp"
#include "test_transport.hpp"

namespace nelumbo::net {
namespace {

using p2p::Verdict;
using testing::Chain;
using testing::eventually;
using testing::FakeHub;
using testing::FakeTransport;
using testing::ManualClock;
using testing::ScriptedPeer;

constexpr std::string_view kNetwork = "net-test";
const std::vector<std::string> kProtocols{std::string(kHelloProtocol), std::string(kExchangeProtocol)};
const std::vector<std::string> kTopics{blocks_topic(kNetwork), messages_topic(kNetwork)};

/// One key mines everything.
const Bytes& miner_secret() {
  static const Bytes secret = bls::generate();
  return secret;
}
Address miner_key() { return must(Address::bls(must(bls::public_key(miner_secret())))); }

/// A node whose chain takes any block with known parents.
class Node {
 public:
  Node(std::shared_ptr<FakeHub> hub, std::string id, std::shared_ptr<Clock> clock, size_t length,
       PeerPolicy policy = {})
      : chain(length), transport(std::make_shared<FakeTransport>(std::move(hub), std::move(id), kProtocols, kTopics)) {
    NetworkParts parts;
    parts.transport = transport;
    parts.store = chain.store;
    parts.clock = std::move(clock);
    parts.policy = std::move(policy);
    parts.worker_of = [](const BlockHeader&) -> Result<Address> { return miner_key(); };
    parts.accept_block = [this](const chain::FullBlock& block) { return accept(block); };
    parts.add_message = [this](const SignedMessage& message, pool::Refusal& refusal) { return add(message, refusal); };
    parts.find_message = [](const Cid&) { return pool::MessagePtr(); };
    parts.head_heard = [this](const PeerId& peer, TipsetPtr head) {
      std::lock_guard lock(mutex);
      heads.emplace_back(peer, std::move(head));
    };
    parts.peer_gone = [this](const PeerId& peer) {
      std::lock_guard lock(mutex);
      gone.push_back(peer);
    };
    transport->block_source = host_config(chain.store).block_source;
    network = std::make_unique<Network>(std::move(parts));
    network->start();
  }

  bool heard(const TipsetKey& key) {
    std::lock_guard lock(mutex);
    return std::ranges::any_of(heads, [&](const auto& each) { return each.second->key() == key; });
  }
  bool took(const Cid& block) {
    std::lock_guard lock(mutex);
    return std::ranges::find(blocks, block) != blocks.end();
  }
  size_t messages_seen() {
    std::lock_guard lock(mutex);
    return messages.size();
  }

  Chain chain;
  std::shared_ptr<FakeTransport> transport;
  std::mutex mutex;
  std::vector<std::pair<PeerId, TipsetPtr>> heads;
  std::vector<PeerId> gone;
  std::vector<Cid> blocks;
  std::vector<Cid> messages;
  std::optional<Error> block_error;
  std::pair<pool::Refusal, bool> refuse_messages{pool::Refusal::none, false};
  std::unique_ptr<Network> network;

 private:
  Result<> accept(const chain::FullBlock& block) {
    std::lock_guard lock(mutex);
    if (block_error) return std::unexpected(*block_error);
    chain.add({block});
    blocks.push_back(block.header.cid());
    return {};
  }
  Result<> add(const SignedMessage& message, pool::Refusal& refusal) {
    std::lock_guard lock(mutex);
    messages.push_back(message.cid());
    if (!refuse_messages.second) return {};
    refusal = refuse_messages.first;
    return fail(ErrorCode::invalid, "refused");
  }
};

class NetworkTest : public ::testing::Test {
 protected:
  std::unique_ptr<Node> node(const std::string& id, size_t length, PeerPolicy policy = {}) {
    return std::make_unique<Node>(hub, id, clock, length, std::move(policy));
  }
  static void connect(Node& a, const std::string& b) { must(a.transport->dial({}, b, std::chrono::seconds(1))); }
  /// A signed block on a tipset.
  static chain::FullBlock mined(const TipsetPtr& parent, uint64_t salt = 0) {
    chain::FullBlock block;
    block.bls = {testing::make_message(500 + salt)};
    block.secp = {testing::make_signed(500 + salt)};
    block.header = testing::make_header(parent, parent->height() + 1, 1000, block.bls, block.secp);
    block.header.block_sig = must(sign(SignatureType::bls, miner_secret(), block.header.signing_bytes()));
    return block;
  }
  static bool acquainted(Node& node, const PeerId& peer) {
    auto record = node.network->connections().peer(peer);
    return record && record->said_hello && record->latency.count() > 0;
  }
  /// A peer that says nothing of itself and only publishes.
  std::unique_ptr<ScriptedPeer> stranger(const std::string& id) {
    return std::make_unique<ScriptedPeer>(
        hub, id, kProtocols, [](const p2p::events::Request&) { return std::optional<Bytes>(); }, kTopics);
  }

  std::shared_ptr<FakeHub> hub = std::make_shared<FakeHub>();
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
};

TEST_F(NetworkTest, HelloExchangesHeadsAndLatency) {
  auto a = node("a", 30), b = node("b", 10);
  connect(*a, "b");
  ASSERT_TRUE(eventually([&] { return acquainted(*a, "b") && acquainted(*b, "a"); }));
  EXPECT_EQ(a->network->connections().peer("b")->height, 9);
  EXPECT_EQ(b->network->connections().peer("a")->height, 29);
  EXPECT_EQ(b->network->connections().peer("a")->head, a->chain.head()->key());
  // b has not a's head, and gets its header; a has b's.
  EXPECT_TRUE(eventually([&] { return b->heard(a->chain.head()->key()) && a->heard(b->chain.head()->key()); }));
  auto headers = must(b->network->source().headers(a->chain.head()->key(), 100));
  EXPECT_EQ(headers.size(), 30u);
  a->transport->disconnect("b");
  EXPECT_TRUE(eventually([&] {
    std::lock_guard lock(b->mutex);
    return b->gone == std::vector<PeerId>{"a"};
  }));
}

TEST_F(NetworkTest, APeerOfAnotherGenesisIsSentAway) {
  auto a = node("a", 5);
  auto other = stranger("other");
  connect(*a, "other");
  Hello hello{a->chain.head()->cids(), 4, 1, Cid::of(as_bytes("another genesis"))};
  auto answer =
      other->transport.request("a", std::string(kHelloProtocol), to_cbor(hello), 100, std::chrono::seconds(5));
  EXPECT_FALSE(answer);
  EXPECT_TRUE(eventually([&] { return !a->transport->is_connected("other"); }));
  EXPECT_FALSE(other->transport.dial({}, "a", std::chrono::seconds(1)));
  EXPECT_TRUE(a->network->connections().peer("other")->banned_until);
}

TEST_F(NetworkTest, AHelloThatIsNoneCostsItsSender) {
  auto a = node("a", 5);
  auto other = stranger("other");
  connect(*a, "other");
  EXPECT_FALSE(other->transport.request("a", std::string(kHelloProtocol), {0x01}, 100, std::chrono::seconds(5)));
  EXPECT_TRUE(eventually([&] { return a->transport->application_score("other") < 0; }));
}

TEST_F(NetworkTest, BlocksSpreadWithTheirMessages) {
  auto a = node("a", 10), b = node("b", 10), c = node("c", 10);
  connect(*a, "b");
  connect(*b, "c");
  auto block = mined(a->chain.head());
  clock->seconds = static_cast<int64_t>(block.header.timestamp) + 2;
  a->chain.add({block});
  must(a->network->publish_block(block.block_message()));
  ASSERT_TRUE(eventually([&] { return b->took(block.header.cid()) && c->took(block.header.cid()); }));
  EXPECT_EQ(c->chain.store->heaviest()->cids().front(), block.header.cid());
  auto stats = c->network->gossip_stats();
  EXPECT_EQ(stats.blocks_accepted, 1u);
  EXPECT_EQ(stats.delay_median, 2000);
  EXPECT_TRUE(eventually([&] { return c->network->connections().peer("b")->blocks == 1; }));
}

TEST_F(NetworkTest, MessagesNobodyServesSinglyComeByChainExchange) {
  auto a = node("a", 10), b = node("b", 10);
  a->transport->block_source = {};
  connect(*a, "b");
  ASSERT_TRUE(eventually([&] { return acquainted(*b, "a"); }));
  auto block = mined(a->chain.head());
  clock->seconds = static_cast<int64_t>(block.header.timestamp);
  a->chain.add({block});
  must(a->network->publish_block(block.block_message()));
  EXPECT_TRUE(eventually([&] { return b->took(block.header.cid()); }));
}

TEST_F(NetworkTest, ABlockOnUnknownParentsIsAHeadToSyncTo) {
  auto a = node("a", 10), b = node("b", 10);
  connect(*a, "b");
  a->chain.add(Chain::next_blocks(a->chain.head()));
  auto block = mined(a->chain.store->heaviest());
  clock->seconds = static_cast<int64_t>(block.header.timestamp);
  a->chain.add({block});
  must(a->network->publish_block(block.block_message()));
  EXPECT_TRUE(eventually([&] { return b->heard(TipsetKey{{block.header.cid()}}); }));
  EXPECT_FALSE(b->took(block.header.cid()));
}

TEST_F(NetworkTest, BrokenBlocksCostTheirSenderAndEndInABan) {
  auto a = node("a", 10);
  auto hostile = stranger("hostile");
  connect(*a, "hostile");
  auto good = mined(a->chain.head());
  clock->seconds = static_cast<int64_t>(good.header.timestamp);
  for (uint64_t i = 0; i < 5; ++i) {
    auto broken = good.block_message();
    broken.header.fork_signaling = i + 1;  // not what was signed
    must(hostile->transport.publish(blocks_topic(kNetwork), to_cbor(broken)));
  }
  EXPECT_TRUE(eventually([&] { return !a->transport->is_connected("hostile"); }));
  EXPECT_EQ(a->network->gossip_stats().blocks_rejected, 5u);
  EXPECT_TRUE(a->network->connections().peer("hostile")->banned_until);
}

TEST_F(NetworkTest, ABlockThatFailsValidationLowersItsSendersScore) {
  auto a = node("a", 10), b = node("b", 10);
  connect(*a, "b");
  b->block_error = Error{ErrorCode::invalid, "block rule \"parent weight\""};
  auto block = mined(a->chain.head());
  clock->seconds = static_cast<int64_t>(block.header.timestamp);
  a->chain.add({block});
  must(a->network->publish_block(block.block_message()));
  EXPECT_TRUE(eventually([&] { return b->transport->application_score("a") < 0; }));
  EXPECT_TRUE(b->transport->is_connected("a"));
}

TEST_F(NetworkTest, MessagesGoToThePoolAndOn) {
  auto a = node("a", 5), b = node("b", 5), c = node("c", 5);
  connect(*a, "b");
  connect(*b, "c");
  must(a->network->publish_message(testing::make_signed(7)));
  EXPECT_TRUE(eventually([&] { return b->messages_seen() == 1 && c->messages_seen() == 1; }));
  EXPECT_EQ(b->network->gossip_stats().messages_accepted, 1u);
}

TEST_F(NetworkTest, MessagesThatBreakRulesStopHere) {
  auto a = node("a", 5), b = node("b", 5), c = node("c", 5);
  connect(*a, "b");
  connect(*b, "c");
  b->refuse_messages = {pool::Refusal::invalid, true};
  must(a->network->publish_message(testing::make_signed(7)));
  EXPECT_TRUE(eventually([&] { return b->transport->application_score("a") < 0; }));
  EXPECT_EQ(b->transport->verdicts(), std::vector<Verdict>{Verdict::reject});
  EXPECT_EQ(c->messages_seen(), 0u);
}

TEST_F(NetworkTest, OnlyWhitePeersAreListenedTo) {
  auto white = node("white", 12), other = node("other", 14);
  auto a = node("a", 10, {.whitelist = {"/fake/p2p/white"}, .only_white = true});
  connect(*a, "other");
  ASSERT_TRUE(eventually([&] { return acquainted(*a, "white"); })) << "the keeper dials it";
  EXPECT_TRUE(eventually([&] { return a->heard(white->chain.head()->key()); }));
  must(other->network->publish_message(testing::make_signed(1)));
  must(white->network->publish_message(testing::make_signed(2)));
  EXPECT_TRUE(eventually([&] { return a->messages_seen() == 1; }));
  EXPECT_FALSE(a->network->connections().peer("other")->said_hello);
  EXPECT_FALSE(a->heard(other->chain.head()->key()));
  EXPECT_FALSE(other->network->source().headers(a->chain.head()->key(), 1)) << "nothing is given to it either";
}

TEST_F(NetworkTest, AFloodIsLeftAlone) {
  auto a = node("a", 5);
  auto hostile = stranger("hostile");
  connect(*a, "hostile");
  for (uint64_t i = 0; i < 4000; ++i) must(hostile->transport.publish(messages_topic(kNetwork), to_cbor(i)));
  EXPECT_TRUE(eventually([&] { return !a->transport->is_connected("hostile"); }));
}

TEST_F(NetworkTest, StoppingEndsWhatWaits) {
  auto a = node("a", 10);
  auto silent = stranger("silent");
  silent->silent = true;
  connect(*a, "silent");
  ASSERT_TRUE(eventually([&] { return silent->asked > 0; }));  // the hello
  std::jthread asking(
      [&] { EXPECT_FALSE(a->network->source().headers(TipsetKey{{Cid::of(as_bytes("somewhere"))}}, 5)); });
  ASSERT_TRUE(eventually([&] { return silent->asked > 1; }));
  a->network->stop();
  asking.join();
  EXPECT_FALSE(a->network->publish_message(testing::make_signed(1)));
  EXPECT_FALSE(a->network->source().headers(a->chain.head()->key(), 1));
  a->network->stop();
}

TEST(HostConfig, SpeaksAsTheNetworkDoes) {
  Chain chain;
  auto config = host_config(chain.store);
  EXPECT_EQ(config.kad_protocol, "/fil/kad/net-test/kad/1.0.0");
  ASSERT_EQ(config.topics.size(), 2u);
  EXPECT_EQ(config.topics[0].name, "/fil/blocks/net-test");
  EXPECT_DOUBLE_EQ(config.topics[0].score.weight * config.topics[0].score.invalid_weight, -100);
  EXPECT_NEAR(std::pow(config.topics[0].score.first_deliveries_decay, 3600), 0.01, 1e-9);
  EXPECT_NEAR(std::pow(config.topics[1].score.first_deliveries_decay, 600), 0.01, 1e-9);
  auto header = config.block_source(chain.genesis());
  ASSERT_TRUE(header);
  EXPECT_EQ(Cid::of(*header), chain.genesis());
  EXPECT_FALSE(config.block_source(Cid::of(as_bytes("nothing"))));
}

}  // namespace
}  // namespace nelumbo::net
