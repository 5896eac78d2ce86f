// The typed client against a server with handlers of a small chain.

#include <condition_variable>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "actors/bundle.hpp"
#include "rpc/server.hpp"
#include "rpc/methods.hpp"
#include "test_chain.hpp"

namespace nelumbo::messager::testing {

namespace {

namespace full = rpc::full;

class ChainNodeTest : public ::testing::Test {
 protected:
  ChainNodeTest() {
    server = must(rpc::Server::make({.default_permissions = rpc::kAllPermissions}));
    server->bind(full::ChainHead, [&]() -> Result<TipsetPtr> {
      std::lock_guard lock(chain.mutex);
      return chain.head;
    });
    server->bind_stream(full::ChainNotify, [&](rpc::Subscriber<full::ChainNotify_t> out) -> Result<> {
      std::lock_guard lock(mutex);
      subscriber.emplace(out);
      changed.notify_all();
      return {};
    });
    server->bind(full::StateGetActor, [&](const Address& address, const TipsetKey&) -> Result<Actor> {
      if (address == stranger) return fail(ErrorCode::failed, "load state tree: actor not found");
      return Actor{code, code, 3, TokenAmount(1000), std::nullopt};
    });
    server->bind(full::ChainGetMessagesInTipset, [&](const TipsetKey& key) -> Result<std::vector<rpc::ApiMessage>> {
      std::lock_guard lock(chain.mutex);
      std::vector<rpc::ApiMessage> out;
      for (const auto& each : chain.entries.at(key).messages) out.push_back({each.cid(), each.message});
      return out;
    });
    server->bind(full::MpoolGetNonce, [&](const Address& address) -> Result<uint64_t> {
      if (address == stranger) return fail(ErrorCode::failed, "resolution lookup failed: actor not found");
      return 9;
    });
    server->bind(full::StateNetworkVersion, [](const TipsetKey&) -> Result<uint32_t> { return 28; });
    server->bind(full::StateActorCodeCIDs, [&](uint32_t) -> Result<std::map<std::string, Cid>> {
      return std::map<std::string, Cid>{{std::string(actors::names::kMiner), code}};
    });
    server->bind(full::ChainGetParentMessages, [&](const Cid&) -> Result<std::vector<rpc::ApiMessage>> {
      return std::vector<rpc::ApiMessage>{{code, Message{.to = sender, .from = sender, .nonce = 4}}};
    });
    server->bind(full::ChainGetParentReceipts, [&](const Cid&) -> Result<std::vector<Receipt>> {
      return std::vector<Receipt>(receipts, Receipt{.exit_code = 7, .gas_used = 11});
    });
    server->bind(full::NetAddrsListen, []() -> Result<rpc::PeerInfo> {
      return rpc::PeerInfo{"A", {"/ip4/10.0.0.1/tcp/1"}};
    });
    server->bind(full::NetPeers, []() -> Result<std::vector<rpc::PeerInfo>> {
      return std::vector<rpc::PeerInfo>{{"B", {"/ip4/10.0.0.2/tcp/1/p2p/B"}}};
    });
    server->bind_async(full::MpoolPush, [&](rpc::Reply<full::MpoolPush_t> reply, const SignedMessage&) {
      std::lock_guard lock(mutex);
      hanging.push_back(std::move(reply));
    });
    server->start();
    node = make_chain_node({"", "127.0.0.1", server->port()}, std::chrono::milliseconds(900));
  }
  ~ChainNodeTest() override {
    node.reset();
    server->stop();
  }

  TestChain chain;
  const Address sender = must(Address::secp256k1(Bytes(65, 1))), stranger = must(Address::secp256k1(Bytes(65, 2)));
  const Cid code = Cid::of(Bytes{1});
  size_t receipts = 1;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<rpc::Subscriber<full::ChainNotify_t>> subscriber;
  std::vector<rpc::Reply<full::MpoolPush_t>> hanging;
  std::unique_ptr<rpc::Server> server;
  std::shared_ptr<ChainNode> node;
};

TEST_F(ChainNodeTest, ReadsSenders) {
  EXPECT_EQ(must(node->sender(sender)).nonce, 3);
  EXPECT_EQ(must(node->sender(sender)).balance, 1000);
  // The head's own messages count, though its state is the one before them.
  SignedMessage message;
  message.message = Message{.to = sender, .from = sender, .nonce = 0};
  message.signature = {SignatureType::secp256k1, Bytes(65)};
  {
    std::lock_guard lock(chain.mutex);
    chain.extend({message});
    chain.entries.at(chain.head->key()).messages.front().message.nonce = 3;
  }
  EXPECT_EQ(must(node->sender(sender)).nonce, 4);
  EXPECT_EQ(must(node->sender(stranger)).nonce, 0);
  EXPECT_EQ(must(node->pool_nonce(sender)), 9);
  EXPECT_EQ(must(node->pool_nonce(stranger)), 0);
  EXPECT_EQ(must(node->actor_name(sender)), "storageminer");
  EXPECT_EQ(must(node->actor_name(stranger)), "");
}

TEST_F(ChainNodeTest, ReadsWhatATipsetExecuted) {
  auto head = must(node->head());
  auto executed = must(node->executed(*head));
  ASSERT_EQ(executed.size(), 1);
  EXPECT_EQ(executed[0].message.nonce, 4);
  EXPECT_EQ(executed[0].receipt.exit_code, 7);
  receipts = 2;
  EXPECT_FALSE(node->executed(*head));
}

TEST_F(ChainNodeTest, WaitsForAnotherHead) {
  auto known = must(node->head());
  EXPECT_EQ(must(node->wait_head({}, system_clock()->now(), {}))->key(), known->key());
  EXPECT_EQ(must(node->wait_head(known->key(), system_clock()->now(), {}))->key(), known->key());
  std::jthread miner([&] {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return subscriber.has_value(); });
    std::lock_guard chain_lock(chain.mutex);
    chain.extend({});
    subscriber->send(std::vector<rpc::HeadChange>{{"apply", chain.head}});
  });
  auto next = must(node->wait_head(known->key(), system_clock()->now() + std::chrono::seconds(20), {}));
  EXPECT_EQ(next->height(), known->height() + 1);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(
      node->wait_head(next->key(), system_clock()->now() + std::chrono::seconds(20), stop.get_token()).error().code,
      ErrorCode::cancelled);
}

TEST_F(ChainNodeTest, GivesPeersWithTheirIds) {
  EXPECT_EQ(must(node->peers()), (std::vector<std::string>{"/ip4/10.0.0.1/tcp/1/p2p/A", "/ip4/10.0.0.2/tcp/1/p2p/B"}));
}

TEST_F(ChainNodeTest, EndsCallsThatHang) {
  const auto before = std::chrono::steady_clock::now();
  SignedMessage message;
  message.message = Message{.to = sender, .from = sender};
  message.signature = {SignatureType::secp256k1, Bytes(65)};
  auto pushed = node->push(message);
  ASSERT_FALSE(pushed);
  EXPECT_TRUE(pushed.error().code == ErrorCode::unavailable || pushed.error().code == ErrorCode::cancelled)
      << pushed.error().message;
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
  auto nobody = make_chain_node({"", "127.0.0.1", 1}, std::chrono::milliseconds(900));
  EXPECT_EQ(nobody->head().error().code, ErrorCode::unavailable);
}

}  // namespace

}  // namespace nelumbo::messager::testing
