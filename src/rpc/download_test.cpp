// Downloads that break off and go on.
#include "rpc/download.hpp"

#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nelumbo::rpc {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

/// Answers one connection after another with the given texts; keeps what was asked.
class FileServer {
 public:
  explicit FileServer(std::vector<std::string> answers)
      : acceptor_(context_, {asio::ip::make_address("127.0.0.1"), 0}), thread_([this, answers = std::move(answers)] {
          for (const auto& answer : answers) {
            auto socket = acceptor_.accept();
            std::string request;
            asio::read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n");
            asked.push_back(std::move(request));
            asio::write(socket, asio::buffer(answer));
          }
        }) {}
  ~FileServer() { join(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  std::string url(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}{}", acceptor_.local_endpoint().port(), path);
  }

  std::vector<std::string> asked;

 private:
  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

std::string answer(std::string_view status, size_t length, std::string_view body) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", status, length, body);
}

class Download : public ::testing::Test {
 protected:
  Download() : folder_(fs::temp_directory_path() / fmt::format("nelumbo-download-{}", ::getpid())) {
    fs::create_directories(folder_);
  }
  ~Download() override { fs::remove_all(folder_); }
  Result<> fetch(const std::string& url) {
    return download(url, folder_ / "file", [&](uint64_t done, uint64_t total) { last_ = {done, total}; });
  }
  fs::path folder_;
  std::pair<uint64_t, uint64_t> last_;
};

TEST_F(Download, WholeFile) {
  FileServer server({answer("200 OK", 5, "hello")});
  ASSERT_TRUE(fetch(server.url("/a")));
  EXPECT_EQ(must(read_text_file(folder_ / "file")), "hello");
  EXPECT_EQ(last_, std::pair(uint64_t{5}, uint64_t{5}));
  EXPECT_FALSE(fs::exists(folder_ / "file.part"));
}

TEST_F(Download, GoesOnWhereItBrokeOff) {
  FileServer server({answer("200 OK", 10, "hello"), answer("206 Partial Content", 5, "world")});
  EXPECT_FALSE(fetch(server.url("/a")));
  EXPECT_FALSE(fs::exists(folder_ / "file"));
  ASSERT_TRUE(fetch(server.url("/a")));
  EXPECT_EQ(must(read_text_file(folder_ / "file")), "helloworld");
  EXPECT_EQ(last_, std::pair(uint64_t{10}, uint64_t{10}));
  server.join();
  EXPECT_THAT(server.asked.at(1), ::testing::HasSubstr("Range: bytes=5-"));
}

TEST_F(Download, BeginsAnewWhenTheServerDoes) {
  FileServer server({answer("200 OK", 10, "hello"), answer("200 OK", 3, "new")});
  EXPECT_FALSE(fetch(server.url("/a")));
  ASSERT_TRUE(fetch(server.url("/a")));
  EXPECT_EQ(must(read_text_file(folder_ / "file")), "new");
}

TEST_F(Download, FollowsRedirectsAndSaysWhatIsWrong) {
  FileServer other({answer("200 OK", 2, "ok")});
  FileServer server(
      {fmt::format("HTTP/1.1 301 Moved\r\nLocation: {}\r\n\r\n", other.url("/b")), answer("404 Not Found", 0, "")});
  ASSERT_TRUE(fetch(server.url("/a")));
  EXPECT_EQ(must(read_text_file(folder_ / "file")), "ok");
  EXPECT_THAT(fetch(server.url("/c")).error().message, ::testing::HasSubstr("HTTP status 404"));
  EXPECT_EQ(fetch("ftp://127.0.0.1/x").error().code, ErrorCode::unsupported);
  EXPECT_FALSE(fetch("http://127.0.0.1:1/x"));
}

}  // namespace
}  // namespace nelumbo::rpc
