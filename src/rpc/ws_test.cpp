// Subscriptions over WebSocket: streaming, cancelling, slow readers, several channels on one connection.
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <gmock/gmock.h>

#include "test_server.hpp"
#include "types/json.hpp"

namespace nelumbo::rpc::testing {
namespace {

using ::testing::HasSubstr;
namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using tcp = asio::ip::tcp;

/// A WebSocket spoken by hand.
class RawSocket {
 public:
  explicit RawSocket(const ApiInfo& where) : stream_(context_) {
    stream_.next_layer().connect({asio::ip::make_address(where.host), where.port});
    stream_.set_option(websocket::stream_base::decorator([&](websocket::request_type& head) {
      if (!where.token.empty()) head.set(boost::beast::http::field::authorization, "Bearer " + where.token);
    }));
    stream_.handshake("localhost", "/rpc/v1");
  }
  void send(std::string_view text) { stream_.write(asio::buffer(text)); }
  JsonValue receive() {
    boost::beast::flat_buffer buffer;
    stream_.read(buffer);
    return JsonValue::parse(boost::beast::buffers_to_string(buffer.data()));
  }
  /// Bytes that the kernel has for us stay there: a reader that is slow.
  void shrink() { stream_.next_layer().set_option(asio::socket_base::receive_buffer_size(4096)); }

 private:
  asio::io_context context_;
  websocket::stream<tcp::socket> stream_;
};

SignedMessage some_message(size_t size = 10) {
  SignedMessage out;
  out.message.to = out.message.from = Address::from_id(1);
  out.message.params = Bytes(size, 1);
  return out;
}

TEST(WebSocket, CallsAndPipelinedCalls) {
  TestServer s;
  RawSocket socket(s.where(kAllPermissions));
  socket.send(R"({"jsonrpc":"2.0","id":1,"method":"Filecoin.StateNetworkName","params":[]})");
  EXPECT_EQ(socket.receive()["result"], "testnet");
  for (int i = 0; i < 300; ++i) {
    socket.send(
        fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"Filecoin.MpoolGetNonce","params":["f0{}"]}})", i, i));
  }
  std::vector<bool> seen(300);
  for (int i = 0; i < 300; ++i) {
    auto answer = socket.receive();
    EXPECT_EQ(answer["id"], answer["result"]);
    seen.at(answer["id"].get<size_t>()) = true;
  }
  EXPECT_THAT(seen, ::testing::Each(true));
  socket.send("{not json");
  EXPECT_EQ(socket.receive()["error"]["code"], -32700);
  socket.send(R"({"jsonrpc":"2.0","id":"x","method":"Filecoin.Nothing"})");
  EXPECT_EQ(socket.receive()["error"]["code"], -32601);
}

TEST(WebSocket, ATokenIsAskedForAtTheHandshake) {
  TestServer s;
  auto where = s.where(kAllPermissions);
  where.token += "x";
  EXPECT_THROW(RawSocket{where}, boost::system::system_error);
  RawSocket reader(s.anonymous());
  reader.send(R"({"jsonrpc":"2.0","id":1,"method":"Filecoin.WalletSetDefault","params":["f01"]})");
  EXPECT_EQ(reader.receive()["error"]["message"], "missing permission to invoke 'WalletSetDefault' (need 'write')");
}

TEST(WebSocket, ATokenThatEndsEndsTheCalls) {
  std::atomic<bool> revoked = false;
  auto server = must(Server::make({.verify = [&](std::string_view) -> Result<Permissions> {
                                     if (revoked) return fail(ErrorCode::permission, "the token was revoked");
                                     return kAllPermissions;
                                   },
                                   .verify_each = true}));
  server->bind(full::StateNetworkName, []() -> Result<std::string> { return "x"; });
  server->start();
  RawSocket socket(ApiInfo{"a.b.c", "127.0.0.1", server->port()});
  const auto call = R"({"jsonrpc":"2.0","id":1,"method":"Filecoin.StateNetworkName","params":[]})";
  socket.send(call);
  EXPECT_EQ(socket.receive()["result"], "x");
  revoked = true;
  socket.send(call);
  EXPECT_EQ(socket.receive()["error"]["message"], "the token was revoked");
}

TEST(WebSocket, AStreamBeginsWithItsNumberThenItsValues) {
  TestServer s;
  RawSocket socket(s.anonymous());
  socket.send(R"({"jsonrpc":"2.0","id":9,"method":"Filecoin.MpoolSub","params":[]})");
  auto opened = socket.receive();
  EXPECT_EQ(opened["id"], 9);
  auto channel = opened["result"];
  auto first = socket.receive();
  EXPECT_EQ(first["method"], "xrpc.ch.val");
  EXPECT_EQ(first["params"][0], channel);
  EXPECT_EQ(first["params"][1]["Type"], MpoolUpdate::kRemove);
  ASSERT_TRUE(s.wait_until([&] { return s.subscriber.has_value(); }));
  auto subscriber = *s.subscriber;
  EXPECT_TRUE(subscriber.send(MpoolUpdate{.message = some_message()}));
  EXPECT_EQ(socket.receive()["params"][1]["Type"], MpoolUpdate::kAdd);

  socket.send(R"({"jsonrpc":"2.0","method":"xrpc.cancel","params":[9]})");
  auto closed = socket.receive();
  EXPECT_EQ(closed["method"], "xrpc.ch.close");
  EXPECT_EQ(closed["params"][0], channel);
  EXPECT_TRUE(s.wait_until([&] { return s.closed_streams == 1; }));
  EXPECT_FALSE(subscriber.send(MpoolUpdate{}));
  EXPECT_TRUE(subscriber.closed());
}

TEST(WebSocket, AStreamThatCannotBeginIsAnError) {
  TestServer s;
  RawSocket socket(s.anonymous());
  socket.send(R"({"jsonrpc":"2.0","id":1,"method":"Filecoin.SyncIncomingBlocks","params":[]})");
  EXPECT_EQ(socket.receive()["error"]["message"], "not here");
}

TEST(WebSocket, CancelReachesACallUnderWay) {
  TestServer s;
  RawSocket socket(s.anonymous());
  socket.send(
      R"({"jsonrpc":"2.0","id":5,"method":"Filecoin.StateWaitMsg","params":[{"/":"bafy2bzacecnamqgqmifpluoeldx7zzglxcljo6oja4vrmtj7432rphldpdmm2"},1,-1,true]})");
  ASSERT_TRUE(s.wait_until([&] { return s.waiting.has_value(); }));
  std::stop_callback seen(s.wait_stop, [&] { s.changed.notify_all(); });
  socket.send(R"({"jsonrpc":"2.0","method":"xrpc.cancel","params":[5]})");
  EXPECT_TRUE(s.wait_until([&] { return s.wait_stop.stop_requested(); }));
}

TEST(WebSocket, AClientThatLeavesEndsItsStreams) {
  TestServer s;
  {
    RawSocket socket(s.anonymous());
    socket.send(R"({"jsonrpc":"2.0","id":9,"method":"Filecoin.MpoolSub","params":[]})");
    socket.receive();
    ASSERT_TRUE(s.wait_until([&] { return s.subscriber.has_value(); }));
  }
  EXPECT_TRUE(s.wait_until([&] { return s.closed_streams == 1; }));
}

TEST(WebSocket, AStreamCanGoAsSlowlyAsItsReader) {
  TestServer s({.max_queued = 1 << 20});
  RawSocket socket(s.anonymous());
  socket.send(R"({"jsonrpc":"2.0","id":9,"method":"Filecoin.MpoolSub","params":[]})");
  socket.receive();
  socket.receive();
  ASSERT_TRUE(s.wait_until([&] { return s.subscriber.has_value(); }));
  auto subscriber = *s.subscriber;
  constexpr int kValues = 300;  // far more than the kernel keeps for a reader
  std::thread sender([&] {
    for (int i = 0; i < kValues; ++i) {
      EXPECT_TRUE(subscriber.wait_for_room());
      EXPECT_TRUE(subscriber.send(MpoolUpdate{.type = i, .message = some_message(100'000)}));
    }
    subscriber.close();
  });
  for (int i = 0; i < kValues; ++i) EXPECT_EQ(socket.receive()["params"][1]["Type"], i);
  EXPECT_EQ(socket.receive()["method"], "xrpc.ch.close");
  sender.join();
  EXPECT_FALSE(subscriber.wait_for_room());
}

TEST(WebSocket, ASlowReaderIsDroppedAndTheServerLives) {
  TestServer s({.max_queued = 1 << 20});
  RawSocket socket(s.anonymous());
  socket.shrink();
  socket.send(R"({"jsonrpc":"2.0","id":9,"method":"Filecoin.MpoolSub","params":[]})");
  socket.receive();
  ASSERT_TRUE(s.wait_until([&] { return s.subscriber.has_value(); }));
  auto subscriber = *s.subscriber;
  MpoolUpdate update{.message = some_message(100'000)};
  int sent = 0;
  while (subscriber.send(update) && sent < 1000) ++sent;
  EXPECT_LT(sent, 1000);
  EXPECT_TRUE(s.wait_until([&] { return s.closed_streams == 1; }));
  EXPECT_TRUE(Client(s.anonymous()).call(full::StateNetworkName));
}

TEST(WebSocket, TheTypedClientSubscribes) {
  TestServer s;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<int64_t> types;
  std::string ended;
  auto wait = [&](auto condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), condition);
  };
  Client client(s.where(kAllPermissions));
  auto watch = must(client.subscribe(
      full::MpoolSub,
      [&](MpoolUpdate update) {
        std::lock_guard lock(mutex);
        types.push_back(update.type);
        changed.notify_all();
      },
      [&](const Error& error) {
        std::lock_guard lock(mutex);
        ended = error.message;
        changed.notify_all();
      }));
  ASSERT_TRUE(s.wait_until([&] { return s.subscriber.has_value(); }));
  auto subscriber = *s.subscriber;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(subscriber.send(MpoolUpdate{.message = some_message()}));
  EXPECT_TRUE(wait([&] { return types.size() == 6; }));
  subscriber.close();
  EXPECT_TRUE(wait([&] { return !ended.empty(); }));
  EXPECT_EQ(ended, "the server ended the subscription");
}

TEST(WebSocket, DestroyingASubscriptionEndsIt) {
  TestServer s;
  Client client(s.anonymous());
  {
    auto watch = must(client.subscribe(
        full::MpoolSub, [](MpoolUpdate) {}, [](const Error&) { FAIL(); }));
    ASSERT_TRUE(s.wait_until([&] { return s.subscriber.has_value(); }));
  }
  EXPECT_TRUE(s.wait_until([&] { return s.closed_streams == 1; }));
  auto refused = client.subscribe(
      full::SyncIncomingBlocks, [](BlockHeader) {}, [](const Error&) {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("not here"));
}

}  // namespace
}  // namespace nelumbo::rpc::testing
