// Server and client over real sockets.
#include <thread>

#include <gmock/gmock.h>

#include "test_server.hpp"
#include "types/json.hpp"

namespace nelumbo::rpc::testing {
namespace {

using ::testing::HasSubstr;

TEST(Server, CallsReachTheirHandlers) {
  TestServer s;
  Client client(s.where(kAllPermissions));
  EXPECT_EQ(must(client.call(full::StateNetworkName)), "testnet");
  EXPECT_EQ(must(client.call(full::MpoolGetNonce, Address::from_id(1234))), 1234u);
  EXPECT_EQ(must(client.call(full::WalletValidateAddress, std::string("f01000"))), Address::from_id(1000));
  EXPECT_TRUE(client.call(full::WalletSetDefault, Address::from_id(1)));
  EXPECT_EQ(must(client.call(full::ChainReadObj, Cid::of(as_bytes("x")))).size(), 3'000'000u);
}

TEST(Server, ErrorsKeepTheirKindAndText) {
  TestServer s;
  Client client(s.where(kAllPermissions));
  auto nonce = client.call(full::MpoolGetNonce, Address::actor(as_bytes("x")));
  ASSERT_FALSE(nonce);
  EXPECT_EQ(nonce.error().code, ErrorCode::not_found);
  EXPECT_EQ(nonce.error().message, "actor not found");
  auto answer = post(s.anonymous(),
                     R"({"jsonrpc":"2.0","id":7,"method":"Filecoin.WalletValidateAddress","params":["nonsense"]})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("\"code\":1,"));
  EXPECT_THAT(answer.body, HasSubstr("\"id\":7"));
}

TEST(Server, AHandlerThatThrowsDoesNotEndTheServer) {
  TestServer s;
  Client client(s.anonymous());
  auto broken = client.call(full::StateVMCirculatingSupplyInternal, TipsetKey());
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message, HasSubstr("broken"));
  EXPECT_TRUE(client.call(full::StateNetworkName));
}

TEST(Server, PermissionsAreChecked) {
  TestServer s;
  Client reader(s.anonymous());
  auto denied = reader.call(full::WalletSetDefault, Address::from_id(1));
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().message, "missing permission to invoke 'WalletSetDefault' (need 'write')");
  EXPECT_EQ(denied.error().code, ErrorCode::permission);
  Client writer(s.where(permissions_up_to(Permission::write)));
  EXPECT_TRUE(writer.call(full::WalletSetDefault, Address::from_id(1)));
  EXPECT_FALSE(writer.call(full::ChainPutObj, Bytes{1}));
}

TEST(Server, AWrongTokenIsRefused) {
  TestServer s;
  auto where = s.where(kAllPermissions);
  where.token.back() = where.token.back() == 'A' ? 'B' : 'A';
  auto refused = Client(where).call(full::StateNetworkName);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::permission);
  EXPECT_EQ(must(raw_exchange(where, post_text("/rpc/v1", "{}", "Authorization: Basic abc\r\n"))).status, 401);
  auto good = make_token(kSecret, kAllPermissions);
  auto by_query = must(raw_exchange(
      where, post_text("/rpc/v1?token=" + good,
                       R"({"jsonrpc":"2.0","id":1,"method":"Filecoin.WalletSetDefault","params":["f01"]})")));
  EXPECT_EQ(by_query.body, "{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":1}\n");
}

TEST(Server, ATokenThatEndsIsRefusedOnAnOpenConnectionToo) {
  std::atomic<bool> revoked = false;
  auto server = must(Server::make({.verify = [&](std::string_view token) -> Result<Permissions> {
                                     if (revoked) return fail(ErrorCode::permission, "the token was revoked");
                                     return verify_token(kSecret, token);
                                   },
                                   .verify_each = true}));
  server->bind(full::StateNetworkName, []() -> Result<std::string> { return "x"; });
  server->start();
  Client client(ApiInfo{make_token(kSecret, kAllPermissions), "127.0.0.1", server->port()});
  must(client.call(full::StateNetworkName));
  revoked = true;
  auto refused = client.call(full::StateNetworkName);
  EXPECT_EQ(refused.error().code, ErrorCode::permission);
  EXPECT_THAT(refused.error().message, HasSubstr("the token was revoked"));
}

TEST(Server, EndpointsHaveTheirOwnForms) {
  TestServer s;
  EXPECT_EQ(must(Client(s.anonymous()).call(common::Version)).version, "test");
  Client old(s.anonymous(), {.endpoint = Endpoint::v0});
  EXPECT_EQ(must(old.call(common::Version)).version, "old");
  EXPECT_EQ(post(s.anonymous(), "{}", "/rpc/v2").status, 404);
  EXPECT_TRUE(Client(s.anonymous()).check_version(kFullApiVersion1));
  auto mismatch = old.check_version(kFullApiVersion1);
  ASSERT_FALSE(mismatch);
  EXPECT_EQ(mismatch.error().message, "remote API version didn't match (expected 2.3.0, remote 1.5.0)");
}

TEST(Server, ProtocolErrorsHaveTheirCodes) {
  TestServer s;
  struct Case {
    std::string_view body;
    int status, code;
  };
  for (auto [body, status, code] : {
           Case{"{", 500, -32700},
           Case{"", 400, -32600},
           Case{"[]", 400, -32600},
           Case{"[1", 500, -32700},
           Case{R"({"jsonrpc":"2.0","id":{},"method":"x"})", 500, -32700},
           Case{R"({"jsonrpc":"2.0","id":1,"method":"Filecoin.Nothing"})", 500, -32601},
           Case{R"({"jsonrpc":"2.0","id":1,"method":"Filecoin.StateNetworkName","params":[1]})", 500, -32602},
           Case{R"({"jsonrpc":"2.0","id":1,"method":"Filecoin.StateNetworkName","params":{}})", 500, -32602},
           Case{R"({"jsonrpc":"2.0","id":1,"method":"Filecoin.MpoolGetNonce","params":[]})", 500, -32602},
           Case{R"({"jsonrpc":"2.0","id":1,"method":"Filecoin.MpoolGetNonce","params":["x"]})", 500, -32602},
           Case{R"({"jsonrpc":"2.0","id":1,"method":"Filecoin.MpoolGetNonce","params":[[[[[[1]]]]]]})", 500, -32602},
           Case{R"({"jsonrpc":"2.0","id":1,"method":"Filecoin.MpoolSub","params":[]})", 500, -32601},
       }) {
    auto answer = post(s.anonymous(), body);
    EXPECT_EQ(answer.status, status) << body;
    EXPECT_THAT(answer.body, HasSubstr(fmt::format("\"code\":{},", code))) << body;
  }
  auto deep = post(s.anonymous(), std::string(100'000, '['));
  EXPECT_THAT(deep.body, HasSubstr("-32700"));
}

TEST(Server, BatchesAreAnsweredInOrder) {
  TestServer s;
  auto answer = post(s.anonymous(), R"([
    {"jsonrpc":"2.0","id":1,"method":"Filecoin.StateNetworkName","params":[]},
    {"jsonrpc":"2.0","method":"Filecoin.StateNetworkName","params":[]},
    {"jsonrpc":"2.0","id":"b","method":"Filecoin.Nothing"},
    7,
    {"jsonrpc":"2.0","id":3,"method":"eth_test"}])");
  EXPECT_EQ(answer.status, 200);
  auto json = must(parse_json(answer.body));
  ASSERT_EQ(json.size(), 4u);
  EXPECT_EQ(json[0]["result"], "testnet");
  EXPECT_EQ(json[1]["id"], "b");
  EXPECT_EQ(json[1]["error"]["code"], -32601);
  EXPECT_EQ(json[2]["error"]["code"], -32700);
  EXPECT_EQ(json[3]["result"], "testnet");
  TestServer small({.max_batch = 2});
  EXPECT_THAT(post(small.anonymous(), "[1,2,3]").body, HasSubstr("batch of more than 2 calls"));
}

TEST(Server, NotificationsAreNotAnswered) {
  TestServer s;
  EXPECT_EQ(post(s.anonymous(), R"({"jsonrpc":"2.0","method":"Filecoin.StateNetworkName"})").body, "");
  EXPECT_EQ(post(s.anonymous(), R"({"jsonrpc":"2.0","id":null,"method":"Filecoin.Version"})").body, "");
}

TEST(Server, LargeBodiesAreBounded) {
  TestServer s({.max_body = 1 << 20});
  auto call = [](size_t padding) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"Filecoin.WalletValidateAddress","params":["f{}"]}})",
                       std::string(padding, '0'));
  };
  EXPECT_EQ(post(s.anonymous(), call(500'000)).status, 200);
  auto large = post(s.anonymous(), call(2'000'000));
  EXPECT_EQ(large.status, 413);
  EXPECT_THAT(large.body, HasSubstr("request bigger than maximum 1048576 allowed"));
  std::string chunk = "100000\r\n" + std::string(0x100000, ' ') + "\r\n1\r\n \r\n0\r\n\r\n";
  auto chunked =
      must(raw_exchange(s.anonymous(), "POST /rpc/v1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk));
  EXPECT_EQ(chunked.status, 413);
}

TEST(Server, ChunkedBodiesAndPipelinesWork) {
  TestServer s;
  std::string body = R"({"jsonrpc":"2.0","id":1,"method":"Filecoin.StateNetworkName","params":[]})";
  std::string request = "POST /rpc/v1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (char c : body) request += fmt::format("1\r\n{}\r\n", c);
  request += "0\r\n\r\n";
  EXPECT_THAT(must(raw_exchange(s.anonymous(), request)).body, HasSubstr("testnet"));

  TimeLimit limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  auto connection = must(Connection::open(s.anonymous(), limit));
  std::string many;
  for (int i = 0; i < 100; ++i) {
    many += post_text(
        "/rpc/v1",
        fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"Filecoin.MpoolGetNonce","params":["f0{}"]}})", i, i));
  }
  must(connection.send(many, limit));
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(must(connection.receive(1000, limit)).body,
              fmt::format("{{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":{}}}\n", i, i));
  }
}

TEST(Server, MalformedHttpIsRefused) {
  TestServer s;
  for (std::string_view bad :
       {"nonsense\r\n\r\n", "GET / HTTP/3.0\r\n\r\n", "POST /rpc/v1 HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST /rpc/v1 HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST /rpc/v1 HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /rpc/v1 HTTP/1.1\r\nno colon\r\n\r\n",
        "POST /rpc/v1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    EXPECT_EQ(must(raw_exchange(s.anonymous(), bad)).status, 400) << bad;
  }
  EXPECT_EQ(must(raw_exchange(s.anonymous(), "GET /" + std::string(20'000, 'x'))).status, 400);
  EXPECT_TRUE(Client(s.anonymous()).call(full::StateNetworkName));
}

TEST(Server, HealthAndMetricsPages) {
  TestServer s;
  EXPECT_EQ(must(raw_exchange(s.anonymous(), "GET /health/livez HTTP/1.1\r\n\r\n")).status, 200);
  s.server->set_ready([] { return false; });
  EXPECT_EQ(must(raw_exchange(s.anonymous(), "GET /health/readyz HTTP/1.1\r\n\r\n")).status, 503);
  EXPECT_THAT(must(raw_exchange(s.anonymous(), "GET /debug/metrics HTTP/1.1\r\n\r\n")).body,
              HasSubstr("nelumbo_rpc_requests_total"));
  EXPECT_EQ(must(raw_exchange(s.anonymous(), "GET /nothing HTTP/1.1\r\n\r\n")).status, 404);
}

TEST(Server, ABusyPortIsSaid) {
  TestServer s;
  auto second = Server::make({.port = s.server->port()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::exists);
  EXPECT_THAT(second.error().message, HasSubstr("is taken"));
}

TEST(Server, TooManyConnectionsAreRefused) {
  TestServer s({.max_connections = 2});
  TimeLimit limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::vector<Connection> open;
  for (int i = 0; i < 2; ++i) {
    open.push_back(must(Connection::open(s.anonymous(), limit)));
    must(open.back().send(post_text("/rpc/v1", R"({"jsonrpc":"2.0","id":1,"method":"Filecoin.Version","params":[]})"),
                          limit));
    EXPECT_EQ(must(open.back().receive(1000, limit)).status, 200);
  }
  auto third = must(Connection::open(s.anonymous(), limit));
  EXPECT_EQ(must(third.receive(1000, limit)).status, 503);
}

TEST(Server, AsynchronousAnswersComeLater) {
  TestServer s;
  std::thread caller([&] {
    auto found =
        Client(s.anonymous()).call(full::StateWaitMsg, Cid::of(as_bytes("m")), uint64_t{5}, ChainEpoch{-1}, true);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->height, 42);
  });
  ASSERT_TRUE(s.wait_until([&] { return s.waiting.has_value(); }));
  (*s.waiting)(MsgLookup{.message = Cid::of(as_bytes("m")), .height = 42});
  caller.join();
}

TEST(Server, ACallerThatLeavesStopsItsCall) {
  TestServer s;
  TimeLimit limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  {
    auto connection = must(Connection::open(s.anonymous(), limit));
    auto params = MethodCodec<full::StateWaitMsg_t>::put_params({Cid::of(as_bytes("m")), 1, -1, true});
    must(connection.send(
        post_text("/rpc/v1",
                  fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"Filecoin.StateWaitMsg","params":{}}})", params)),
        limit));
    ASSERT_TRUE(s.wait_until([&] { return s.waiting.has_value(); }));
  }
  std::stop_callback seen(s.wait_stop, [&] { s.changed.notify_all(); });
  EXPECT_TRUE(s.wait_until([&] { return s.wait_stop.stop_requested(); }));
}

TEST(Server, AReplyThatIsDroppedIsAnError) {
  TestServer s;
  std::thread caller([&] {
    auto found =
        Client(s.anonymous()).call(full::StateWaitMsg, Cid::of(as_bytes("m")), uint64_t{5}, ChainEpoch{-1}, true);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().message, "the call ended without an answer");
  });
  ASSERT_TRUE(s.wait_until([&] { return s.waiting.has_value(); }));
  s.waiting.reset();
  caller.join();
}

TEST(Server, ManyCallersAtOnce) {
  TestServer s;
  Client client(s.anonymous());
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; i < 100; ++i)
        good += client.call(full::MpoolGetNonce, Address::from_id(t * 1000 + i)) == t * 1000 + i;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 800);
}

TEST(Server, DiscoverDescribesEveryMethod) {
  TestServer s;
  auto document = must(parse_json(must(Client(s.anonymous()).call(common::Discover)).text()));
  EXPECT_EQ(document["openrpc"], "1.2.6");
  bool found = false;
  for (const auto& method : document["methods"]) {
    if (method["name"] != "Filecoin.StateWaitMsg") continue;
    found = true;
    ASSERT_EQ(method["params"].size(), 4u);
    EXPECT_EQ(method["params"][1]["name"], "confidence");
    EXPECT_EQ(method["params"][1]["schema"]["type"], "integer");
    EXPECT_EQ(method["result"]["schema"]["properties"]["Height"]["type"], "integer");
  }
  EXPECT_TRUE(found);
  EXPECT_THAT(post(s.anonymous(), R"({"jsonrpc":"2.0","id":1,"method":"rpc.discover","params":[]})").body,
              HasSubstr("openrpc"));
}

}  // namespace
}  // namespace nelumbo::rpc::testing
