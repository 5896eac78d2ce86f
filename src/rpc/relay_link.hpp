#pragma once
// One WebSocket connection of a relay.

#include <deque>
#include <map>
#include <stop_token>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include "rpc/api_info.hpp"
#include "rpc/server.hpp"

namespace nelumbo::rpc {

/// All of it runs on the relay's own thread. Owned by the relay and by its operations under way.
class RelayLink : public std::enable_shared_from_this<RelayLink> {
 public:
  RelayLink(boost::asio::io_context& context, ApiInfo where, Endpoint endpoint);

  /// A call that waits for its answer, or (with a subscriber) a stream: then `reply` tells that it began.
  struct Job {
    RawReply reply;
    std::shared_ptr<RawSubscriber> subscriber;
    std::stop_token stop;
  };
  void start(std::string_view method, std::string_view params, Job job);
  /// Fails what is under way and closes the connection.
  void close(const Error& why);

  bool closed() const { return closed_; }
  Endpoint endpoint() const { return endpoint_; }
  /// Calls under way and streams.
  size_t load() const { return running_.size(); }

 private:
  using Stop = std::stop_callback<std::function<void()>>;
  struct Running {
    Job job;
    std::unique_ptr<Stop> stop;
    std::string channel;  ///< of a stream that began
  };

  void connect();
  void write();
  void read();
  Result<> on_frame(std::string_view text);
  void on_answer(uint64_t id, std::string_view text);
  void cancel(uint64_t id);
  void send(std::string frame);

  boost::asio::io_context& context_;
  const ApiInfo where_;
  const Endpoint endpoint_;
  boost::beast::websocket::stream<boost::asio::ip::tcp::socket> stream_;
  boost::beast::flat_buffer buffer_;
  std::map<uint64_t, Running> running_;
  std::map<std::string, uint64_t, std::less<>> channels_;  ///< the other node's number of a stream, as text
  std::deque<std::string> queue_;
  uint64_t next_id_ = 1;
  bool connecting_ = false, open_ = false, writing_ = false, closed_ = false;
};

}  // namespace nelumbo::rpc
