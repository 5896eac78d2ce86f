// Files behind HTTP: broken lines, parts, redirects, TLS.
#include "rpc/http_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rpc/download.hpp"
#include "test_files.hpp"
#include "test_server.hpp"
#include "test_tls.hpp"

namespace nelumbo::rpc::testing {
namespace {

using ::testing::HasSubstr;

std::string some_file() {
  std::string out;
  for (int i = 0; i < 100'000; ++i) out += static_cast<char>('a' + i * i % 23);
  return out;
}

HttpSourceOptions quick() { return {.tries = 3, .first_pause = std::chrono::milliseconds(0)}; }

Result<std::string> read_all(CarSource& source) {
  std::string out;
  std::array<uint8_t, 777> piece{};
  while (true) {
    const size_t got = TRY(source.read(piece));
    if (got == 0) return out;
    out += as_text(BytesView(piece).first(got));
  }
}
std::string url_of(const PartServer& server) { return fmt::format("http://127.0.0.1:{}/file?x=1", server.port()); }

TEST(HttpSource, GoesOnWhereTheLineBroke) {
  PartServer server(some_file(), {30'000, 0, 1, 50'000, 1'000'000});
  auto source = must(open_http_source(url_of(server), quick()));
  EXPECT_EQ(source->size(), some_file().size());
  EXPECT_EQ(must(read_all(*source)), some_file());
  EXPECT_EQ(source->position(), some_file().size());
  EXPECT_EQ(server.connections(), 5);
}

TEST(HttpSource, BeginsAnywhere) {
  PartServer server(some_file(), {1'000'000});
  auto source = must(open_http_source(url_of(server), quick()));
  must(source->go_to({70'000, 70'000}));
  EXPECT_EQ(must(read_all(*source)), some_file().substr(70'000));
  must(source->go_to({0, 0}));
  EXPECT_EQ(must(read_all(*source)), some_file());
}

TEST(HttpSource, GivesUpOnADeadLine) {
  PartServer server(some_file(), {100, 0});
  auto source = must(open_http_source(url_of(server), quick()));
  auto read = read_all(*source);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::unavailable);
  EXPECT_LE(server.connections(), 5);
  EXPECT_FALSE(open_http_source("http://127.0.0.1:1/", quick()));
}

TEST(HttpSource, AFileThatChangesOrCannotBeServedInPartsIsRefused) {
  PartServer whole(some_file(), {100}, false);
  auto source = must(open_http_source(url_of(whole), quick()));
  EXPECT_EQ(read_all(*source).error().code, ErrorCode::unsupported);
  PartServer changing(some_file(), {100});
  source = must(open_http_source(url_of(changing), quick()));
  changing.changed = true;
  EXPECT_THAT(read_all(*source).error().message, HasSubstr("changed"));
}

TEST(HttpSource, SaysWhatIsWrong) {
  TestServer server;
  auto url = fmt::format("http://127.0.0.1:{}/nothing", server.server->port());
  EXPECT_THAT(open_http_source(url, quick()).error().message, HasSubstr("HTTP status 404"));
  EXPECT_EQ(open_http_source("file:///etc/passwd", quick()).error().code, ErrorCode::unsupported);
  EXPECT_FALSE(open_http_source("http://127.0.0.1/a b", quick()));
}

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() { trusted_authority(); }
  Certificate certificate(const char* names) { return Certificate::make("server", &trusted_authority(), names); }
};

TEST_F(TlsTest, ATrustedServerIsRead) {
  PartServer server(some_file(), {30'000, 1'000'000});
  for (std::string host : {"localhost", "127.0.0.1"}) {
    TlsProxy proxy(certificate("DNS:localhost,IP:127.0.0.1"), server.port());
    auto source = must(open_http_source(fmt::format("https://{}:{}/", host, proxy.port()), quick()));
    EXPECT_EQ(must(read_all(*source)), some_file());
  }
}

TEST_F(TlsTest, OthersAreNot) {
  PartServer server(some_file(), {1'000'000});
  auto stranger = Certificate::make("another authority", nullptr, nullptr);
  TlsProxy forged(Certificate::make("server", &stranger, "DNS:localhost"), server.port());
  auto refused = open_http_source(fmt::format("https://localhost:{}/", forged.port()), quick());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("not trusted"));
  TlsProxy other(certificate("DNS:elsewhere.example"), server.port());
  EXPECT_THAT(open_http_source(fmt::format("https://localhost:{}/", other.port()), quick()).error().message,
              HasSubstr("not trusted"));
}

TEST_F(TlsTest, DownloadsToo) {
  PartServer server(some_file(), {1'000'000});
  TlsProxy proxy(certificate("DNS:localhost"), server.port());
  auto file = fs::temp_directory_path() / fmt::format("nelumbo-tls-{}", ::getpid());
  auto done = download(fmt::format("https://localhost:{}/", proxy.port()), file, [](uint64_t, uint64_t) {});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(must(read_text_file(file)), some_file());
  fs::remove(file);
}

TEST_F(TlsTest, CallsAndSubscriptionsGoOverIt) {
  TestServer server;
  TlsProxy proxy(certificate("DNS:localhost"), server.server->port());
  auto where = server.where(kAllPermissions);
  where.host = "localhost";
  where.port = proxy.port();
  where.tls = true;
  Client client(where);
  EXPECT_EQ(must(client.call(common::Version)).version, "test");
  EXPECT_EQ(must(client.call(full::ChainReadObj, Cid::of(as_bytes("x")))).size(), 3'000'000u);
  std::atomic<int> values = 0;
  auto subscription = must(client.subscribe(
      full::MpoolSub, [&](const MpoolUpdate&) { ++values; }, [](const Error&) {}));
  ASSERT_TRUE(server.wait_until([&] { return server.subscriber.has_value(); }));
  server.subscriber->send(MpoolUpdate{});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (values < 2 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(values, 2);
}

TEST_F(TlsTest, AnUntrustedApiIsRefused) {
  TestServer server;
  auto stranger = Certificate::make("another authority", nullptr, nullptr);
  TlsProxy proxy(Certificate::make("server", &stranger, "DNS:localhost"), server.server->port());
  Client client(ApiInfo{"", "localhost", proxy.port(), true});
  EXPECT_FALSE(client.call(common::Version));
  EXPECT_FALSE(client.subscribe(
      full::MpoolSub, [](const MpoolUpdate&) {}, [](const Error&) {}));
}

}  // namespace
}  // namespace nelumbo::rpc::testing
