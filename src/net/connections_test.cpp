// A host without a chain: what it keeps, what it declines.
#include "net/connections.hpp"

#include <gtest/gtest.h>

#include "test_chain.hpp"
#include "test_clock.hpp"
#include "test_transport.hpp"

namespace nelumbo::net {
namespace {

using testing::eventually;
using testing::FakeHub;
using testing::FakeTransport;
using testing::ManualClock;
using testing::ScriptedPeer;

class ConnectionsTest : public ::testing::Test {
 protected:
  ConnectionParts parts(const std::string& id, PeerPolicy policy = {}) {
    return {.transport = std::make_shared<FakeTransport>(hub, id, std::vector<std::string>{"/asked"},
                                                         std::vector<std::string>{"topic"}),
            .clock = std::make_shared<ManualClock>(),
            .kv = nullptr,
            .policy = std::move(policy)};
  }
  std::shared_ptr<FakeHub> hub = std::make_shared<FakeHub>();
};

TEST_F(ConnectionsTest, KeepsToItsPeersAndDeclinesWhatItDoesNotSpeak) {
  ScriptedPeer other(hub, "other", {}, [](const auto&) { return Bytes{1}; });
  auto own = parts("own", {.bootstrap = {"/fake/p2p/other"}});
  auto transport = std::static_pointer_cast<FakeTransport>(own.transport);
  Connections connections(std::move(own));
  connections.start();
  ASSERT_TRUE(eventually([&] { return connections.peers().size() == 1; }));
  EXPECT_EQ(connections.peer("other")->agent, "fake");
  auto answer = other.transport.request("own", "/asked", {2}, 100, std::chrono::seconds(10));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
  must(other.transport.publish("topic", {3}));
  EXPECT_TRUE(eventually([&] { return transport->verdicts() == std::vector{p2p::Verdict::ignore}; }));
  must(connections.block({{"other"}, {}, {}}));
  EXPECT_TRUE(eventually([&] { return connections.peers().empty(); }));
}

TEST_F(ConnectionsTest, TheBlockListIsKept) {
  auto folder = fresh_folder();
  auto kv = must(KvStore::open(folder, {std::string(kBlockListSpace)}));
  const BlockList list{{"bad"}, {"1.2.3.4"}, {}};
  {
    auto first = parts("first", {.blacklist = {"configured"}});
    first.kv = kv;
    Connections connections(std::move(first));
    connections.start();
    must(connections.block({{"bad", "forgiven"}, {"1.2.3.4"}, {}}));
    must(connections.unblock({{"forgiven"}, {}, {}}));
    EXPECT_EQ(connections.barred().peers, (std::vector<PeerId>{"bad", "configured"}));
  }
  {
    auto second = parts("second");
    second.kv = kv;
    Connections connections(std::move(second));
    connections.start();
    EXPECT_EQ(connections.barred(), list);
  }
  kv.reset();
  fs::remove_all(folder);
}

}  // namespace
}  // namespace nelumbo::net
