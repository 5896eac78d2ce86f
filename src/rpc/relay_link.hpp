#pragma once
// One WebSocket connection of a relay.

#include <deque>
#include <map>
#include <stop_token>

#include <boost/asio/io_context.hpp>

#include "rpc/api_info.hpp"
#include "rpc/server.hpp"

namespace nelumbo::rpc {

/// All of it runs on the relay's own thread. Owned by the relay and by its operations under way.
class RelayLink : public std::enable_shared_from_this<RelayLink> {
 public:
  /// Over TLS when `where` says so. Connects with the first call.
  static std::shared_ptr<RelayLink> make(boost::asio::io_context& context, ApiInfo where, Endpoint endpoint);
  virtual ~RelayLink() = default;

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

 protected:
  RelayLink(boost::asio::io_context& context, ApiInfo where, Endpoint endpoint)
      : context_(context), where_(std::move(where)), endpoint_(endpoint) {}

  // The socket's side. What it begins ends with one of the calls below, or with close().
  virtual void connect() = 0;
  virtual void write(const std::string& frame) = 0;
  virtual void read() = 0;
  virtual void disconnect() = 0;

  void connected();
  void written();
  void received(std::string_view text);
  void broke(std::string_view step, const boost::system::error_code& error);

  boost::asio::io_context& context_;
  const ApiInfo where_;
  const Endpoint endpoint_;

 private:
  using Stop = std::stop_callback<std::function<void()>>;
  struct Running {
    Job job;
    std::unique_ptr<Stop> stop;
    std::string channel;  ///< of a stream that began
  };

  Result<> on_frame(std::string_view text);
  void on_answer(uint64_t id, std::string_view text);
  void cancel(uint64_t id);
  void send(std::string frame);

  std::map<uint64_t, Running> running_;
  std::map<std::string, uint64_t, std::less<>> channels_;  ///< the other node's number of a stream, as text
  std::deque<std::string> queue_;
  uint64_t next_id_ = 1;
  bool connecting_ = false, open_ = false, writing_ = false, closed_ = false;
};

}  // namespace nelumbo::rpc
