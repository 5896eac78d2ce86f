// The small parts: scanner, tokens, API addresses, HTTP heads, JSON shapes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "crypto/hash.hpp"
#include "http.hpp"
#include "json_writer.hpp"
#include "rpc/api_info.hpp"
#include "rpc/jwt.hpp"
#include "types/json.hpp"

namespace nelumbo::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

bool scans(std::string_view text) {
  JsonScanner scanner(text);
  if (!scanner.skip_value()) return false;
  scanner.skip_space();
  return scanner.at_end();
}

TEST(Scanner, AcceptsWhatTheParserAccepts) {
  for (std::string_view text : {"0", "-1.5e+3", "\"a\\u00e9\\n\"", "[]", "[1,[2,{\"a\":null}]]", "{}",
                                "{\"a\":true,\"b\":false}", " [ 1 , 2 ] "}) {
    EXPECT_TRUE(scans(text)) << text;
    EXPECT_TRUE(nlohmann::json::accept(text)) << text;
  }
  for (std::string_view text : {"", "01", "1.", "-", "1e", "\"", "\"\\x\"", "\"\\u12\"", "\"\n\"", "[1,]", "[,1]",
                                "{\"a\"}", "{a:1}", "{\"a\":1,}", "nul", "[1", "{"}) {
    EXPECT_FALSE(scans(text)) << text;
    EXPECT_FALSE(nlohmann::json::accept(text)) << text;
  }
  EXPECT_TRUE(scans(std::string(100, '[') + std::string(100, ']')));
  EXPECT_FALSE(scans(std::string(200, '[') + std::string(200, ']')));
}

TEST(Scanner, StringsComeBackAsTheyWere) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    std::string text;
    for (char c : bytes) text += static_cast<char>(c & 0x7f);
    std::string json;
    append_json_string(json, text);
    RC_ASSERT(must(read_json_string(json)) == text);
    RC_ASSERT(nlohmann::json::parse(json) == text);
  }));
  EXPECT_EQ(must(read_json_string(R"("\ud83d\ude00é")")), "😀é");
  std::string json;
  append_json_string(json, "\xff\xc0\xaf ok \xed\xa0\x80");
  EXPECT_TRUE(nlohmann::json::accept(json));
  EXPECT_FALSE(read_json_string("1"));
  EXPECT_FALSE(read_json_string("\"a\" x"));
}

TEST(Scanner, EnvelopesAreRead) {
  auto envelope =
      must(read_envelope(R"( {"jsonrpc":"2.0","id":"a","method":"x.y","params":[1, "]"],"meta":{"k":[1]}} )"));
  EXPECT_EQ(envelope.id, "\"a\"");
  EXPECT_EQ(envelope.method, "x.y");
  EXPECT_EQ(envelope.params, "[1, \"]\"]");
  EXPECT_THAT(must(split_json_list(envelope.params, 8)), ElementsAre("1", "\"]\""));
  EXPECT_EQ(must(read_envelope(R"({"id":null,"method":"x"})")).id, "");
  for (std::string_view bad : {"", "[]", "{\"id\":[1]}", "{\"id\":true}", "{\"method\":1}", "{} x", "{\"a\":}"})
    EXPECT_FALSE(read_envelope(bad)) << bad;
  EXPECT_EQ(split_json_list("[1,2,3]", 2).error().code, ErrorCode::exhausted);
}

TEST(Tokens, OwnTokensAreAcceptedAndForeignOnesAreNot) {
  Bytes secret = to_bytes(std::string_view("0123456789abcdef"));
  for (uint8_t bits = 0; bits < 16; ++bits) {
    EXPECT_EQ(must(verify_token(secret, make_token(secret, {bits}))), Permissions{bits});
  }
  auto token = make_token(secret, kAllPermissions);
  EXPECT_FALSE(verify_token(to_bytes(std::string_view("other")), token));
  for (size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    auto result = verify_token(secret, changed);
    // The last letter carries two bits that base64 throws away, which a decoder may accept only as zero.
    EXPECT_FALSE(result) << i;
  }
  for (std::string_view bad : {"", ".", "..", "a.b", "a.b.c", "a.b.c.d"})
    EXPECT_FALSE(verify_token(secret, bad)) << bad;
  EXPECT_FALSE(verify_token(secret, std::string(9000, 'a')));
}

TEST(Tokens, ATokenOfLotusIsRead) {
  // Header {"alg":"HS256","typ":"JWT"}, payload {"Allow":["read","write","sign","admin"]}: lotus's bytes.
  Bytes secret(32, 1);
  EXPECT_TRUE(make_token(secret, kAllPermissions)
                  .starts_with(
                      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJBbGxvdyI6WyJyZWFkIiwid3JpdGUiLCJzaWduIiwiYWRtaW4iXX0."));
}

TEST(Tokens, ExpiryAndIdTravel) {
  const Bytes secret(32, 1);
  const auto token = sign_token(secret, {.permissions = kReadOnly, .expires = 1'000, .id = "7\"x"});
  auto claims = must(check_token(secret, token, from_unix_seconds(999)));
  EXPECT_EQ(claims.permissions, kReadOnly);
  EXPECT_EQ(claims.expires, 1'000);
  EXPECT_EQ(claims.id, "7\"x");
  auto late = check_token(secret, token, from_unix_seconds(1'000));
  EXPECT_EQ(late.error().code, ErrorCode::permission);
  EXPECT_THAT(late.error().message, HasSubstr("expired"));
  EXPECT_FALSE(verify_token(secret, token));
  auto endless = must(check_token(secret, make_token(secret, kReadOnly), from_unix_seconds(1)));
  EXPECT_FALSE(endless.expires);
  EXPECT_EQ(endless.id, "");
}

TEST(Tokens, AnExpiryThatIsNoNumberIsNotTakenForNone) {
  const Bytes secret(32, 1);
  auto part = [](std::string_view text) { return to_base64url(as_bytes(text)); };
  for (std::string_view expires : {"\"1\"", "1.5", "1e9", "[]", "99999999999999999999"}) {
    auto body = part(R"({"alg":"HS256"})") + "." + part(fmt::format(R"({{"Allow":["read"],"exp":{}}})", expires));
    auto token = body + "." + to_base64url(hmac_sha256(secret, as_bytes(body)));
    EXPECT_THAT(check_token(secret, token, from_unix_seconds(0)).error().message, HasSubstr("expiry")) << expires;
  }
}

TEST(Tokens, NoneAlgorithmIsRefused) {
  auto part = [](std::string_view text) { return to_base64url(as_bytes(text)); };
  auto token = part(R"({"alg":"none"})") + "." + part(R"({"Allow":["admin"]})") + ".";
  EXPECT_THAT(verify_token(Bytes(32, 1), token).error().message, HasSubstr("HS256"));
}

TEST(Permissions, LevelsIncludeTheOnesBelow) {
  EXPECT_EQ(permissions_up_to(Permission::sign).names(), (std::vector<std::string>{"read", "write", "sign"}));
  EXPECT_EQ(permissions_up_to(Permission::read), kReadOnly);
  EXPECT_EQ(permissions_up_to(Permission::admin), kAllPermissions);
  EXPECT_FALSE(parse_permission("root"));
}

TEST(ApiInfos, FormsOfAddresses) {
  EXPECT_EQ(must(parse_api_info("a.b.c:/ip4/127.0.0.1/tcp/1234/http")), (ApiInfo{"a.b.c", "127.0.0.1", 1234}));
  EXPECT_EQ(must(parse_api_info("/dns4/node.example/tcp/80")), (ApiInfo{"", "node.example", 80}));
  EXPECT_EQ(must(parse_api_info("a.b.c:/ip6/::1/tcp/1234/http\n")), (ApiInfo{"a.b.c", "::1", 1234}));
  EXPECT_EQ(must(parse_api_info("http://localhost:1234/rpc/v1")), (ApiInfo{"", "localhost", 1234}));
  EXPECT_EQ(must(parse_api_info("a.b.c:ws://[::1]:7")), (ApiInfo{"a.b.c", "::1", 7}));
  EXPECT_EQ(must(parse_api_info("https://x")), (ApiInfo{"", "x", 443, true}));
  EXPECT_EQ(must(parse_api_info("wss://x:8443/rpc/v1")), (ApiInfo{"", "x", 8443, true}));
  for (std::string_view end : {"/https", "/wss", "/tls/http", "/tls/ws"})
    EXPECT_EQ(must(parse_api_info(fmt::format("/dns/x/tcp/1{}", end))), (ApiInfo{"", "x", 1, true}));
  for (std::string_view bad :
       {"", "x", "/ip4/1.2.3.4", "/ip4/1.2.3.4/tcp/0", "/ip4/1.2.3.4/tcp/70000", "/ip4//tcp/1", "/udp/1.2.3.4/tcp/1",
        "/ip4/1.2.3.4/udp/1", "/ip4/1.2.3.4/tcp/1/quic", "ftp://x", "http://"}) {
    EXPECT_FALSE(parse_api_info(bad)) << bad;
  }
  // Who listens may leave the port open; nobody can be called there.
  EXPECT_EQ(must(parse_api_multiaddr("/ip4/0.0.0.0/tcp/0/http")), (ApiInfo{"", "0.0.0.0", 0}));
  EXPECT_EQ(api_multiaddr("127.0.0.1", 1234), "/ip4/127.0.0.1/tcp/1234/http");
  EXPECT_EQ(api_multiaddr("::1", 1), "/ip6/::1/tcp/1/http");
}

TEST(Http, HeadsAreReadPieceByPiece) {
  std::string text =
      "POST /rpc/v1?token=a.b HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: 5\r\nConnection: close\r\n\r\nhello";
  HttpHead head;
  for (size_t n = 0; n + 5 < text.size(); ++n) EXPECT_FALSE(must(read_http_head(text.substr(0, n), head)));
  ASSERT_TRUE(must(read_http_head(text, head)));
  EXPECT_EQ(head.size, text.size() - 5);
  EXPECT_EQ(head.path, "/rpc/v1");
  EXPECT_EQ(head.query_value("token"), "a.b");
  EXPECT_EQ(head.query_value("tok"), "");
  EXPECT_EQ(head.content_length, 5u);
  EXPECT_FALSE(head.keep_alive);
  EXPECT_EQ(head.header("HOST"), "x");
}

TEST(Http, ChunksAreJoined) {
  ChunkedBody body(100);
  std::string text = "5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\nrest";
  std::string waiting;
  for (char c : text) {
    waiting += c;
    waiting.erase(0, must(body.feed(waiting)));
  }
  EXPECT_TRUE(body.done());
  EXPECT_EQ(body.body(), "hello!");
  EXPECT_EQ(waiting, "rest");
  ChunkedBody small(4);
  EXPECT_EQ(small.feed("5\r\nhello\r\n").error().code, ErrorCode::exhausted);
  EXPECT_FALSE(ChunkedBody(10).feed("1\r\nab\r\n"));
}

/// What the writer writes is what the tree codec gives, and reads back to the same.
template <class T>
void expect_same_json(const T& value) {
  std::string text;
  write_json(text, value);
  auto tree = JsonValue::parse(text);
  EXPECT_EQ(tree, to_json(value)) << text;
  std::string again;
  write_json(again, must(from_json<T>(tree)));
  EXPECT_EQ(again, text);
}

TEST(Writer, AgreesWithTheTreeCodec) {
  BlockHeader block;
  block.miner = Address::from_id(1000);
  block.ticket = Ticket{{1, 2, 3}};
  block.parent_weight = 12345;
  block.parent_state_root = block.parent_message_receipts = block.messages = Cid::of(as_bytes("x"));
  expect_same_json(block);
  block.parents = {Cid::of(as_bytes("p"))};
  block.beacon_entries = {{7, {1}}};
  block.block_sig = Signature{SignatureType::bls, {9}};
  expect_same_json(block);
  expect_same_json(TipsetPtr());
  expect_same_json(must(Tipset::make({block})));
  Message message;
  message.from = message.to = Address::from_id(5);
  message.value = BigInt("123456789012345678901234567890");
  expect_same_json(message);
  expect_same_json(SignedMessage{message, {SignatureType::secp256k1, {1, 2}}});
  expect_same_json(BitField());
  expect_same_json(BitField::from_ranges({{0, 3}, {10, 12}}));
  expect_same_json(BitField::from_ranges({{5, 6}}));
  expect_same_json(std::map<std::string, Cid>{{"a\"b", Cid::of(as_bytes("y"))}});
  expect_same_json(std::map<std::string, Cid>{});
  expect_same_json(std::vector<uint64_t>{});
  expect_same_json(MinerInfo{.owner = Address::from_id(1), .worker = Address::from_id(2), .new_worker = {}});
  expect_same_json(Deadline{.post_submissions = BitField::from_values({1, 2, 9})});
  expect_same_json(Receipt{.exit_code = 1, .return_data = {1}, .events_root = Cid::of(as_bytes("e"))});
  expect_same_json(MpoolConfig{});
}

TEST(Writer, TracesLeaveOutWhatGoLeavesOut) {
  ExecutionTrace inner;
  inner.msg = {.from = Address::from_id(100),
               .to = Address::from_id(101),
               .value = 5,
               .method = 2,
               .params = {0x80},
               .params_codec = 0x51,
               .gas_limit = 10,
               .read_only = true};
  inner.msg_rct = {.exit_code = 16};
  std::string text;
  write_json(text, inner);
  const std::string expected =
      R"({"Msg":{"From":"f0100","To":"f0101","Value":"5","Method":2,"Params":"gA==","ParamsCodec":81,"GasLimit":10,)"
      R"("ReadOnly":true},"MsgRct":{"ExitCode":16,"Return":null,"ReturnCodec":0},"GasCharges":null,"Subcalls":null})";
  EXPECT_EQ(text, expected);

  ExecutionTrace outer = inner;
  outer.invoked_actor =
      ActorTrace{.id = 101, .state = {.code = Cid::of(as_bytes("c")), .head = Cid::of(as_bytes("h"))}};
  outer.gas_charges = {{.name = "OnChainMessage", .total = 3, .compute = 1, .storage = 2}};
  outer.subcalls = {inner};
  outer.logs = {"said"};
  text.clear();
  write_json(text, outer);
  EXPECT_THAT(text, HasSubstr(R"(,"InvokedActor":{"Id":101,"State":{"Code":{"/":)"));
  EXPECT_THAT(text, HasSubstr(R"(,"GasCharges":[{"Name":"OnChainMessage","tg":3,"cg":1,"sg":2,"tt":0}],"Subcalls":[)" +
                              expected + R"(],"Logs":["said"]})"));
  // What is left out is at its default when read.
  EXPECT_EQ(to_json(must(from_json<ExecutionTrace>(JsonValue::parse(text)))), to_json(outer));
}

TEST(Methods, ParameterNamesAreThoseOfTheTable) {
  EXPECT_THAT(parameter_names({"X", Permission::read, "std::map<std::string, Cid>(uint32_t networkVersion)", 1}),
              ElementsAre("networkVersion"));
  EXPECT_THAT(
      parameter_names({"X", Permission::read, "void(std::map<int, Cid> a, std::optional<BitField> b, TipsetKey c)", 1}),
      ElementsAre("a", "b", "c"));
  EXPECT_THAT(parameter_names({"X", Permission::read, "void()", 1}), ElementsAre());
}

TEST(Selectors, ExactlyOneCriterion) {
  EXPECT_FALSE(TipsetSelector{}.check());
  EXPECT_TRUE(TipsetSelector{.tag = "latest"}.check());
  EXPECT_FALSE((TipsetSelector{.key = TipsetKey(), .tag = "latest"}.check()));
  EXPECT_FALSE((TipsetSelector{.height = TipsetHeight{}}.check()));
  EXPECT_FALSE((TipsetSelector{.height = TipsetHeight{.at = -1}}.check()));
  EXPECT_TRUE((TipsetSelector{.height = TipsetHeight{.at = 5, .anchor = TipsetAnchor{.tag = "finalized"}}}.check()));
}

}  // namespace
}  // namespace nelumbo::rpc
