// A server that passes calls on to another one.
#include "rpc/relay.hpp"

#include <thread>

#include <gmock/gmock.h>

#include "test_server.hpp"
#include "test_tls.hpp"

namespace nelumbo::rpc::testing {
namespace {

using ::testing::HasSubstr;

/// A server without handlers of its own but one, before the test server or an address where nobody is.
class RelayServer {
 public:
  explicit RelayServer(const ApiInfo& other) : relay_(other) {
    server_ = must(Server::make({.verify = [](std::string_view token) { return verify_token(kSecret, token); }}));
    server_->bind(full::WalletHas, [](const Address&) -> Result<bool> { return true; });
    for (const auto& method : unanswered(*server_, daemon_methods())) relay_.bind(*server_, method);
    server_->start();
  }
  ~RelayServer() { server_->stop(); }
  Client client(Endpoint endpoint = Endpoint::v1, Permissions permissions = kAllPermissions) const {
    return Client({make_token(kSecret, permissions), "127.0.0.1", server_->port()}, {.endpoint = endpoint});
  }
  Server& server() { return *server_; }

 private:
  Relay relay_;
  std::unique_ptr<Server> server_;
};

TEST(Relay, PassesCallsOnAndAnswersBack) {
  TestServer other;
  RelayServer relay(other.where(kAllPermissions));
  EXPECT_TRUE(unanswered(relay.server(), daemon_methods()).empty());
  auto client = relay.client();
  EXPECT_EQ(must(client.call(full::StateNetworkName)), "testnet");
  EXPECT_EQ(must(client.call(full::MpoolGetNonce, Address::from_id(7))), 7u);
  EXPECT_EQ(must(client.call(full::ChainReadObj, Cid::of(as_bytes("x")))).size(), 3'000'000u);
  EXPECT_TRUE(must(client.call(full::WalletHas, Address::from_id(1)))) << "its own answer";
  EXPECT_EQ(must(client.call(common::Version)).version, "test");
  EXPECT_EQ(must(relay.client(Endpoint::v0).call(v0::Version)).version, "old") << "each endpoint's own form";
  auto wrong = client.call(full::MpoolGetNonce, must(key_address(SignatureType::secp256k1, Bytes(32, 7))));
  EXPECT_EQ(wrong.error().code, ErrorCode::not_found);
  EXPECT_THAT(wrong.error().message, HasSubstr("actor not found"));
  auto missing = client.call(full::ChainGetGenesis);
  EXPECT_THAT(missing.error().message, HasSubstr("not found"));
}

TEST(Relay, SpeaksTlsWhenTheAddressSaysSo) {
  auto certificate = Certificate::make("localhost", &trusted_authority(), "DNS:localhost,IP:127.0.0.1");
  TestServer other;
  TlsProxy proxy(certificate, other.server->port());
  auto where = other.where(kAllPermissions);
  where.port = proxy.port();
  where.tls = true;
  RelayServer relay(where);
  EXPECT_EQ(must(relay.client().call(full::MpoolGetNonce, Address::from_id(7))), 7u);
  auto plain = where;
  plain.tls = false;
  EXPECT_EQ(RelayServer(plain).client().call(full::MpoolGetNonce, Address::from_id(7)).error().code,
            ErrorCode::unavailable);
}

TEST(Relay, BothNodesJudgeTheCaller) {
  TestServer other;
  RelayServer relay(other.anonymous());
  auto refused = relay.client(Endpoint::v1, kReadOnly).call(full::WalletSetDefault, Address::from_id(1));
  EXPECT_EQ(refused.error().code, ErrorCode::permission);
  auto refused_there = relay.client().call(full::WalletSetDefault, Address::from_id(1));
  EXPECT_THAT(refused_there.error().message, HasSubstr("missing permission"));
}

TEST(Relay, StreamsValueByValueAndEndsThemOnBothSides) {
  TestServer other;
  RelayServer relay(other.where(kAllPermissions));
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<int64_t> got;
  int ended = 0;
  auto wait = [&](auto condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), condition);
  };
  auto subscribe = [&] {
    return must(relay.client().subscribe(
        full::MpoolSub,
        [&](const MpoolUpdate& update) {
          std::lock_guard lock(mutex);
          got.push_back(update.type);
          changed.notify_all();
        },
        [&](const Error&) {
          std::lock_guard lock(mutex);
          ++ended;
          changed.notify_all();
        }));
  };
  {
    auto first = subscribe();
    EXPECT_TRUE(wait([&] { return got.size() == 1; }));
    ASSERT_TRUE(other.wait_until([&] { return other.subscriber.has_value(); }));
    auto there = *other.subscriber;
    EXPECT_TRUE(there.send(MpoolUpdate{}));
    EXPECT_TRUE(wait([&] { return got.size() == 2; }));
  }
  // Our caller left: the other node is told.
  EXPECT_TRUE(other.wait_until([&] { return other.closed_streams == 1; }));
  auto second = subscribe();
  ASSERT_TRUE(other.wait_until([&] { return other.subscriber.has_value(); }));
  auto there = *other.subscriber;
  there.close();
  EXPECT_TRUE(wait([&] { return ended == 1; })) << "the other node ended it";
  auto refused = relay.client().subscribe(
      full::SyncIncomingBlocks, [](const BlockHeader&) {}, [](const Error&) {});
  EXPECT_THAT(refused.error().message, HasSubstr("not here"));
}

TEST(Relay, ACallerThatLeavesEndsItsCallThere) {
  TestServer other;
  RelayServer relay(other.where(kAllPermissions));
  {
    auto connection = must(Connection::open({"", "127.0.0.1", relay.server().port()}, std::nullopt));
    std::string body = R"({"jsonrpc":"2.0","id":1,"method":"Filecoin.StateWaitMsg","params":[null,1,-1,true]})";
    must(connection.send(post_text("/rpc/v1", body), std::nullopt));
    ASSERT_TRUE(other.wait_until([&] { return other.waiting.has_value(); }));
  }
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!other.wait_stop.stop_requested() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_TRUE(other.wait_stop.stop_requested());
}

TEST(Relay, MoreCallsThanOneConnectionTakes) {
  constexpr size_t kCalls = 140;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Reply<full::StateWaitMsg_t>> waiting;
  auto other = must(Server::make({}));
  other->bind_async(full::StateWaitMsg, [&](Reply<full::StateWaitMsg_t> reply, const Cid&, uint64_t, ChainEpoch, bool) {
    std::lock_guard lock(mutex);
    waiting.push_back(std::move(reply));
    changed.notify_all();
  });
  other->bind(full::StateNetworkName, []() -> Result<std::string> { return "testnet"; });
  other->start();
  RelayServer relay({"", "127.0.0.1", other->port()});
  std::vector<std::jthread> callers;
  std::atomic<size_t> answered = 0;
  for (size_t i = 0; i < kCalls; ++i) {
    callers.emplace_back([&] { answered += relay.client().call(full::StateWaitMsg, Cid(), 1, -1, true).has_value(); });
  }
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(30), [&] { return waiting.size() == kCalls; }));
  }
  EXPECT_EQ(must(relay.client().call(full::StateNetworkName)), "testnet") << "while all of them wait";
  for (auto& reply : waiting) reply(MsgLookup{});
  callers.clear();
  EXPECT_EQ(answered, kCalls);
}

TEST(Relay, ANodeThatIsNotThereIsAnErrorUntilItIs) {
  auto other = std::make_unique<TestServer>();
  auto where = other->where(kAllPermissions);
  RelayServer relay(where);
  auto client = relay.client();
  EXPECT_TRUE(client.call(full::StateNetworkName));
  other.reset();
  auto gone = client.call(full::StateNetworkName);
  EXPECT_EQ(gone.error().code, ErrorCode::unavailable);
  EXPECT_THAT(gone.error().message, HasSubstr("the full node at 127.0.0.1"));
  other = std::make_unique<TestServer>(Server::Options{.port = where.port});
  EXPECT_EQ(must(client.call(full::StateNetworkName)), "testnet");
}

}  // namespace
}  // namespace nelumbo::rpc::testing
