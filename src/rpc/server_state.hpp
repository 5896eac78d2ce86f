#pragma once
// What the parts of the server share: its options, its methods, its I/O threads, its sessions.

#include <atomic>
#include <chrono>
#include <thread>
#include <unordered_set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "call_pool.hpp"
#include "dispatcher.hpp"

namespace nelumbo::rpc {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using SteadyTime = std::chrono::steady_clock::time_point;

/// A connection. All members are called on its I/O thread.
class Session {
 public:
  virtual ~Session() = default;
  virtual void close() = 0;
  /// Closes a connection that has been silent for too long.
  virtual void sweep(SteadyTime now) = 0;
};

/// One I/O thread: its context and the sessions that live there.
struct IoThread {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  asio::steady_timer timer{context};
  std::unordered_set<std::shared_ptr<Session>> sessions;
  std::thread thread;
};

struct Counters {
  std::atomic<uint64_t> requests{0}, failures{0}, connections{0}, accepted{0}, refused{0}, streams{0}, dropped_slow{0};
};

struct Server::State : std::enable_shared_from_this<Server::State> {
  explicit State(Options o) : options(std::move(o)), pool(options.max_pool_threads) {}

  Options options;
  Dispatcher dispatcher;
  std::vector<std::unique_ptr<IoThread>> io;
  std::optional<tcp::acceptor> acceptor;
  size_t next_io = 0;
  CallPool pool;
  Counters counters;
  std::function<bool()> ready;
  std::function<std::string()> ready_text;
  Pages pages;
  std::function<std::string()> metrics;
  bool started = false;
  std::atomic<bool> stopping{false};

  Result<Permissions> verify(std::string_view token) const {
    if (!options.verify) return fail(ErrorCode::permission, "no token is good here");
    return options.verify(token);
  }
  void accept();
  void on_accept(tcp::socket socket, IoThread& io_thread);
  void sweep(IoThread& io_thread);
  std::string metrics_text() const;
};
using ServerState = Server::State;

}  // namespace nelumbo::rpc
