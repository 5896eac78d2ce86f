#pragma once
// For tests: a web server that serves one file in parts, and breaks off as it is told.

#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "base/bytes.hpp"

namespace nelumbo::rpc::testing {

/// One connection after another; the answer to each is cut after so many bytes of the body (the last number holds for
/// all that follow).
class PartServer {
 public:
  PartServer(std::string file, std::vector<size_t> cuts, bool ranges = true)
      : file_(std::move(file)), cuts_(std::move(cuts)), ranges_(ranges), thread_([this] { run(); }) {}
  ~PartServer() {
    stopping_ = true;
    boost::system::error_code ignored;
    tcp::socket wake(context_);
    wake.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  uint16_t port() const { return acceptor_.local_endpoint().port(); }
  int connections() const { return connections_; }

  std::atomic<bool> changed = false;  ///< the file is another from now on

 private:
  using tcp = boost::asio::ip::tcp;

  void run() {
    while (true) {
      auto socket = acceptor_.accept();
      if (stopping_) return;
      boost::system::error_code error;
      std::string request;
      boost::asio::read_until(socket, boost::asio::dynamic_buffer(request), "\r\n\r\n", error);
      if (!error) boost::asio::write(socket, boost::asio::buffer(answer(request)), error);
    }
  }

  std::string answer(const std::string& request) {
    const size_t cut = cuts_[std::min<size_t>(connections_++, cuts_.size() - 1)];
    size_t first = 0;
    const auto range = request.find("Range: bytes=");
    const std::string etag = changed ? "\"two\"" : "\"one\"";
    const auto condition = request.find("If-Range: ");
    const bool same = condition == std::string::npos || request.compare(condition + 10, etag.size(), etag) == 0;
    if (ranges_ && same && range != std::string::npos) first = std::stoul(request.substr(range + 13));
    auto out = first > 0 ? fmt::format("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {}-{}/{}\r\n", first,
                                       file_.size() - 1, file_.size())
                         : std::string("HTTP/1.1 200 OK\r\n");
    out += fmt::format("ETag: {}\r\nContent-Length: {}\r\n\r\n", etag, file_.size() - first);
    return out + file_.substr(first, cut);
  }

  const std::string file_;
  const std::vector<size_t> cuts_;
  const bool ranges_;
  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_, {boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::atomic<int> connections_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace nelumbo::rpc::testing
