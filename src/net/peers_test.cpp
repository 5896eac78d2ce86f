// Who is trusted, kept, trimmed and banned.
#include <gtest/gtest.h>

#include "keeper.hpp"
#include "net/wire.hpp"
#include "rate.hpp"
#include "test_clock.hpp"
#include "test_transport.hpp"

namespace nelumbo::net {
namespace {

using testing::FakeHub;
using testing::FakeTransport;
using testing::ManualClock;

const std::vector<std::string> kProtocols{std::string(kHelloProtocol), std::string(kExchangeProtocol)};

class PeersTest : public ::testing::Test {
 protected:
  void begin(PeerPolicy policy) {
    peers = std::make_unique<Peers>(transport, std::move(policy), clock);
    keeper = std::make_unique<Keeper>(transport, *peers, clock, [](const std::function<void()>& work) { work(); });
  }
  FakeTransport& add(const std::string& id) {
    others.push_back(std::make_unique<FakeTransport>(hub, id, kProtocols));
    return *others.back();
  }
  /// Hands the transport's events on, as the network's thread does.
  void take_events() {
    while (auto event = transport.next(std::chrono::milliseconds(0))) {
      if (auto* up = std::get_if<p2p::events::Connected>(&*event)) peers->connected(*up);
      if (auto* down = std::get_if<p2p::events::Disconnected>(&*event)) peers->disconnected(down->peer);
      if (auto* told = std::get_if<p2p::events::Identified>(&*event)) peers->identified(*told);
    }
  }
  void connect(const std::string& id) {
    add(id);
    must(transport.dial({}, id, std::chrono::seconds(1)));
    take_events();
  }

  std::shared_ptr<FakeHub> hub = std::make_shared<FakeHub>();
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::vector<std::unique_ptr<FakeTransport>> others;
  FakeTransport transport{hub, "own", kProtocols};
  std::unique_ptr<Peers> peers;
  std::unique_ptr<Keeper> keeper;
};

TEST(PeerOf, TheIdAtTheEnd) {
  EXPECT_EQ(peer_of("/ip4/1.2.3.4/tcp/5/p2p/12D3KooW"), "12D3KooW");
  EXPECT_EQ(peer_of("/dnsaddr/bootstrap.example"), std::nullopt);
  EXPECT_EQ(peer_of("/ip4/1.2.3.4/tcp/5/p2p/"), std::nullopt);
  EXPECT_EQ(peer_of("/ip4/1.2.3.4/tcp/5/p2p/relay/p2p-circuit"), std::nullopt);
}

TEST_F(PeersTest, OffencesAddUpToABanAndFadeWithTime) {
  begin({});
  connect("bad");
  for (int i = 0; i < 4; ++i) peers->offend("bad", Offence::invalid_gossip, "broken");
  EXPECT_TRUE(peers->trusted("bad"));
  EXPECT_EQ(transport.application_score("bad"), -400);
  clock->seconds += 3600;
  peers->offend("bad", Offence::invalid_gossip, "broken");
  EXPECT_EQ(transport.application_score("bad"), -300);
  EXPECT_TRUE(transport.is_connected("bad"));
  peers->offend("bad", Offence::lie, "lied");
  EXPECT_FALSE(peers->trusted("bad"));
  EXPECT_FALSE(transport.is_connected("bad"));
  EXPECT_FALSE(transport.dial({}, "bad", std::chrono::seconds(1)));
  clock->seconds += 3601;
  keeper->tick();
  EXPECT_TRUE(transport.dial({}, "bad", std::chrono::seconds(1)));
}

TEST_F(PeersTest, ProtectedPeersAreNotBannedForScores) {
  begin({.whitelist = {"/fake/p2p/white"}, .protected_peers = {"kept"}});
  connect("white");
  connect("kept");
  for (int i = 0; i < 10; ++i) {
    for (const char* id : {"white", "kept"}) peers->offend(id, Offence::lie, "lied");
  }
  EXPECT_TRUE(transport.is_connected("white"));
  EXPECT_TRUE(transport.is_connected("kept"));
  EXPECT_LT(transport.application_score("kept"), -2000);
}

TEST_F(PeersTest, BlacklistedPeersCannotConnect) {
  add("black");
  begin({.blacklist = {"black"}});
  EXPECT_FALSE(others.front()->dial({}, "own", std::chrono::seconds(1)));
  EXPECT_EQ(peers->blocked().peers, std::vector<PeerId>{"black"});
  peers->block({.peers = {"black"}}, false);
  EXPECT_TRUE(others.front()->dial({}, "own", std::chrono::seconds(1)));
}

TEST_F(PeersTest, AddressesAndSubnetsAreBlockedToo) {
  begin({});
  const BlockList list{{}, {"1.2.3.4"}, {"10.0.0.0/8"}};
  peers->block(list, true);
  EXPECT_EQ(peers->blocked(), list);
  EXPECT_TRUE(transport.blocks("1.2.3.4"));
  EXPECT_TRUE(transport.blocks("10.0.0.0/8"));
  peers->block({{}, {"1.2.3.4"}, {}}, false);
  EXPECT_FALSE(transport.blocks("1.2.3.4"));
}

TEST_F(PeersTest, BansAreSeenAmongWhatIsBlockedAndCanBeLifted) {
  begin({});
  connect("bad");
  peers->ban("bad", std::chrono::seconds(60), "test");
  EXPECT_TRUE(peers->blocked().peers.empty());
  EXPECT_EQ(peers->barred().peers, std::vector<PeerId>{"bad"});
  peers->block({.peers = {"bad"}}, false);
  EXPECT_TRUE(peers->barred().peers.empty());
  EXPECT_TRUE(peers->trusted("bad"));
  EXPECT_FALSE(transport.blocks("bad"));
}

TEST_F(PeersTest, ABlockOutlastsABan) {
  begin({});
  peers->ban("bad", std::chrono::seconds(60), "test");
  peers->block({.peers = {"bad"}}, true);
  clock->seconds += 61;
  peers->expire_bans();
  EXPECT_TRUE(transport.blocks("bad"));
}

TEST_F(PeersTest, TooManyConnectionsAreTrimmedFromTheWorst) {
  begin({.protected_peers = {"p0"}, .low = 4, .high = 6, .grace = std::chrono::seconds(20)});
  for (int i = 0; i < 8; ++i) connect(fmt::format("p{}", i));
  for (int i : {1, 2, 3}) peers->noted_hello(fmt::format("p{}", i), {}, 1, 1);
  peers->noted_block("p1");
  peers->offend("p2", Offence::malformed, "test");
  keeper->tick();
  EXPECT_EQ(transport.connections(), 8u) << "within the grace";
  clock->seconds += 21;
  connect("young");
  keeper->tick();
  take_events();
  EXPECT_EQ(transport.connections(), 4u);
  for (const char* id : {"p0", "p1", "p3", "young"}) EXPECT_TRUE(transport.is_connected(id)) << id;
  keeper->tick();
  EXPECT_EQ(transport.connections(), 4u);
}

TEST_F(PeersTest, LimitsCanBeChanged) {
  begin({});
  for (int i = 0; i < 5; ++i) connect(fmt::format("p{}", i));
  clock->seconds += 60;
  peers->set_limits(2, 3);
  keeper->tick();
  EXPECT_EQ(transport.connections(), 2u);
}

TEST_F(PeersTest, BootstrapPeersAreDialledAgainEverLater) {
  begin({.bootstrap = {"/fake/p2p/boot"}});
  for (int second = 0; second < 60; ++second) {
    keeper->tick();
    ++clock->seconds;
  }
  const auto tries = transport.dials("boot");  // after 1, 2, 4, 8, 16 seconds
  EXPECT_GE(tries, 5u);
  EXPECT_LE(tries, 7u);
  add("boot");
  clock->seconds += 300;
  keeper->tick();
  take_events();
  EXPECT_TRUE(transport.is_connected("boot"));
  EXPECT_EQ(transport.application_score("boot"), 2500);
  const auto connected_after = transport.dials("boot");
  for (int second = 0; second < 10; ++second, ++clock->seconds) keeper->tick();
  EXPECT_EQ(transport.dials("boot"), connected_after);
  transport.disconnect("boot");
  take_events();
  keeper->tick();
  EXPECT_TRUE(transport.is_connected("boot"));
}

TEST_F(PeersTest, FewPeersMakeItSearch) {
  begin({.bootstrap = {"/fake/p2p/boot"}, .min_peers = 3});
  keeper->tick();
  EXPECT_EQ(transport.bootstraps, 0) << "nobody to ask";
  add("boot");
  clock->seconds += 10;
  keeper->tick();
  take_events();
  keeper->tick();
  EXPECT_EQ(transport.bootstraps, 1);
  keeper->tick();
  EXPECT_EQ(transport.bootstraps, 1) << "not at once again";
  clock->seconds += 31;
  keeper->tick();
  EXPECT_EQ(transport.bootstraps, 2);
  connect("one");
  connect("two");
  clock->seconds += 31;
  keeper->tick();
  EXPECT_EQ(transport.bootstraps, 2);
}

TEST_F(PeersTest, QuickAndReliablePeersAreAskedFirst) {
  begin({});
  for (const char* id : {"quick", "slow", "failing"}) connect(id);
  for (int i = 0; i < 10; ++i) {
    peers->noted_answer("quick", 0.05);
    peers->noted_answer("slow", 5);
  }
  for (int i = 0; i < 200; ++i) peers->noted_failure("failing");
  EXPECT_EQ(peers->exchange_peers(), (std::vector<PeerId>{"quick", "slow", "failing"}));
  EXPECT_EQ(peers->exchange_peers({"failing"}).front(), "failing");
}

TEST(RateLimit, ABucketFillsWithTime) {
  auto clock = std::make_shared<ManualClock>();
  RateLimit limit(3, 0.5, clock);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.take("a"));
  EXPECT_FALSE(limit.take("a"));
  EXPECT_TRUE(limit.take("b"));
  clock->seconds += 2;
  EXPECT_TRUE(limit.take("a"));
  EXPECT_FALSE(limit.take("a"));
}

}  // namespace
}  // namespace nelumbo::net
