// Static pages beside the API, byte for byte as they leave the server.
#include <gmock/gmock.h>

#include "test_server.hpp"

namespace nelumbo::rpc::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// The whole answer to a request that asks for the connection's end.
std::string exchange(const ApiInfo& where, std::string_view method, std::string_view path,
                     std::string_view headers = "") {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  auto connection = must(Connection::open(where, deadline));
  must(connection.send(fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{}\r\n", method, path, headers),
                       deadline));
  std::string out;
  char piece[4096];
  while (auto n = must(connection.receive_some(piece, sizeof piece, deadline))) out.append(piece, n);
  return out;
}

class PagesTest : public ::testing::Test {
 protected:
  PagesTest() {
    s.server->set_pages({{"/", {"text/html; charset=utf-8", "<p>first"}},
                         {"/app.js", {"text/javascript; charset=utf-8", "run();"}},
                         {"/debug/metrics", {"text/plain", "not mine to give"}}});
  }
  TestServer s;
};

TEST_F(PagesTest, ArePlainFilesWithTheirTypeAndNoWayOut) {
  auto answer = exchange(s.anonymous(), "GET", "/");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 8\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Security-Policy: default-src 'none'; script-src 'self';"));
  EXPECT_THAT(answer, HasSubstr("frame-ancestors 'none'\r\n"));
  EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(answer, HasSubstr("Referrer-Policy: no-referrer\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n<p>first"));
  EXPECT_THAT(exchange(s.anonymous(), "GET", "/app.js?v=2"), EndsWith("\r\n\r\nrun();"));
}

TEST_F(PagesTest, HeadIsTheSameWithoutTheBody) {
  auto answer = exchange(s.anonymous(), "HEAD", "/");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 8\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
  EXPECT_THAT(exchange(s.anonymous(), "HEAD", "/health/livez"), EndsWith("\r\n\r\n"));
}

TEST_F(PagesTest, OtherMethodsAreRefused) {
  for (auto method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    auto answer = exchange(s.anonymous(), method, "/");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n")) << method;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n")) << method;
    EXPECT_THAT(answer, Not(HasSubstr("first"))) << method;
  }
}

TEST_F(PagesTest, OnlyExactPathsAreThere) {
  for (auto path : {"/index.html", "/app.js/", "//", "/../app.js", "/%61pp.js", "/./app.js", "/APP.JS",
                    "/../../../../etc/passwd", "/app.js%00"}) {
    EXPECT_THAT(exchange(s.anonymous(), "GET", path), StartsWith("HTTP/1.1 404 ")) << path;
  }
}

TEST_F(PagesTest, NeedNoTokenAndHideNothingOfTheServer) {
  EXPECT_THAT(exchange(s.anonymous(), "GET", "/", "Authorization: Bearer nonsense\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(exchange(s.anonymous(), "GET", "/debug/metrics"), HasSubstr("nelumbo_rpc_requests_total"));
  Client client(s.anonymous());
  EXPECT_TRUE(client.call(full::StateNetworkName));
}

TEST_F(PagesTest, HealthSaysMoreWhenThereIsMore) {
  s.server->set_ready_text([] { return std::string("messager: does not answer\n"); });
  EXPECT_THAT(exchange(s.anonymous(), "GET", "/health/readyz"), EndsWith("\r\n\r\nOK\nmessager: does not answer\n"));
}

}  // namespace
}  // namespace nelumbo::rpc::testing
