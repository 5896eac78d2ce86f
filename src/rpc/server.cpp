#include "rpc/server.hpp"

#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "http_session.hpp"
#include "open_rpc.hpp"
#include "server_state.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::rpc {
namespace {

constexpr auto kSweepEvery = std::chrono::seconds(5);
constexpr auto kAcceptPause = std::chrono::milliseconds(200);

Result<tcp::acceptor> listen(asio::io_context& context, const Server::Options& options) {
  boost::system::error_code error;
  auto address = asio::ip::make_address(options.address, error);
  if (error) return fail(ErrorCode::invalid, "'{}' is no IP address to listen on", options.address);
  tcp::endpoint endpoint(address, options.port);
  tcp::acceptor acceptor(context);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error == asio::error::address_in_use) {
    return fail(ErrorCode::exists, "port {} of {} is taken: is another daemon running?", options.port, options.address);
  }
  if (error)
    return fail(ErrorCode::unavailable, "cannot listen on {}:{}: {}", options.address, options.port, error.message());
  return acceptor;
}

}  // namespace

struct RawReply::State {
  explicit State(Send s) : send(std::move(s)) {}
  ~State() { answer(std::unexpected(Failure(1, "the call ended without an answer", ErrorCode::cancelled))); }
  void answer(Answer<std::string> json) {
    if (!answered.test_and_set()) std::exchange(send, nullptr)(std::move(json));
  }
  std::atomic_flag answered;
  Send send;
};

RawReply::RawReply(Send send) : state_(std::make_shared<State>(std::move(send))) {}
void RawReply::operator()(Answer<std::string> json) const { state_->answer(std::move(json)); }

Server::Server(std::shared_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::make(Options options) {
  auto state = std::make_shared<State>(std::move(options));
  for (size_t i = 0; i < std::max<size_t>(1, state->options.io_threads); ++i)
    state->io.push_back(std::make_unique<IoThread>());
  state->acceptor = TRY(listen(state->io.front()->context, state->options));
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

uint16_t Server::port() const { return state_->acceptor->local_endpoint().port(); }

void Server::bind_raw(const MethodInfo& method, SyncHandler handler, Run run, std::function<Schemas()> schemas) {
  state_->dispatcher.add({.info = method, .run = run, .sync = std::move(handler), .schemas = std::move(schemas)});
}
void Server::bind_raw_async(const MethodInfo& method, AsyncHandler handler, std::function<Schemas()> schemas) {
  state_->dispatcher.add({.info = method, .async = std::move(handler), .schemas = std::move(schemas)});
}
void Server::bind_raw_stream(const MethodInfo& method, StreamHandler handler, std::function<Schemas()> schemas) {
  state_->dispatcher.add({.info = method, .stream = std::move(handler), .schemas = std::move(schemas)});
}
void Server::alias(std::string name, const MethodInfo& method) {
  state_->dispatcher.alias(std::move(name), method.name);
}
void Server::set_ready(std::function<bool()> ready) { state_->ready = std::move(ready); }
void Server::set_ready_text(std::function<std::string()> text) { state_->ready_text = std::move(text); }
void Server::set_pages(Pages pages) { state_->pages = std::move(pages); }
void Server::set_metrics(std::function<std::string()> metrics) { state_->metrics = std::move(metrics); }

bool Server::answers(const MethodInfo& method) const { return state_->dispatcher.answers(method); }

std::string Server::open_rpc(Endpoint endpoint) const {
  return open_rpc_document(state_->options.title, state_->dispatcher.bindings(endpoint));
}

void Server::start() {
  if (std::exchange(state_->started, true)) return;
  // The document speaks of everything bound on the caller's endpoint, so it is made here, after all binding.
  auto discover = [state = std::weak_ptr(state_)](const CallContext& context) -> Result<RawJson> {
    auto alive = state.lock();
    if (!alive) return fail(ErrorCode::cancelled, "the server stops");
    return RawJson(open_rpc_document(alive->options.title, alive->dispatcher.bindings(context.endpoint)));
  };
  bind(common::Discover, discover);
  if (state_->dispatcher.serves(Endpoint::v2)) bind(v2::Discover, discover);
  alias("rpc.discover", common::Discover.info);
  state_->accept();
  for (auto& io : state_->io) {
    state_->sweep(*io);
    io->thread = std::thread([&context = io->context] { context.run(); });
  }
}

void Server::stop() {
  if (!std::exchange(state_->started, false)) return;
  state_->stopping = true;
  auto& io_threads = state_->io;
  asio::post(io_threads.front()->context, [state = state_] {
    boost::system::error_code ignored;
    state->acceptor->close(ignored);
  });
  for (auto& io : io_threads) {
    asio::post(io->context, [&io = *io] {
      io.timer.cancel();
      for (auto sessions = io.sessions; const auto& session : sessions) session->close();
    });
  }
  state_->pool.stop();
  for (auto& io : io_threads) {
    io->work.reset();
    io->thread.join();
    io->sessions.clear();
  }
}

void ServerState::accept() {
  auto& io_thread = *io[next_io++ % io.size()];
  acceptor->async_accept(io_thread.context, [self = shared_from_this(), &io_thread](auto error, tcp::socket socket) {
    if (self->stopping) return;
    if (!error) {
      asio::post(io_thread.context, [self, &io_thread, socket = std::move(socket)]() mutable {
        self->on_accept(std::move(socket), io_thread);
      });
      return self->accept();
    }
    log_warn("rpc", "cannot accept a connection: {}", error.message());
    auto pause = std::make_shared<asio::steady_timer>(self->io.front()->context, kAcceptPause);
    pause->async_wait([self, pause](auto stopped) {
      if (!stopped && !self->stopping) self->accept();
    });
  });
}

void ServerState::on_accept(tcp::socket socket, IoThread& io_thread) {
  ++counters.accepted;
  boost::system::error_code error;
  if (stopping) return;
  socket.non_blocking(true, error);
  if (!error) socket.set_option(tcp::no_delay(true), error);
  if (error) return;
  if (counters.connections >= options.max_connections) {
    ++counters.refused;
    static constexpr std::string_view kBusy =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    socket.write_some(asio::buffer(kBusy), error);
    return;
  }
  auto session = std::make_shared<HttpSession>(shared_from_this(), io_thread, std::move(socket));
  io_thread.sessions.insert(session);
  session->start();
}

void ServerState::sweep(IoThread& io_thread) {
  io_thread.timer.expires_after(kSweepEvery);
  io_thread.timer.async_wait([self = shared_from_this(), &io_thread](auto stopped) {
    if (stopped || self->stopping) return;
    auto now = std::chrono::steady_clock::now();
    for (auto sessions = io_thread.sessions; const auto& session : sessions) session->sweep(now);
    self->sweep(io_thread);
  });
}

std::string ServerState::metrics_text() const {
  std::string out = metrics ? metrics() : "";
  auto line = [&](std::string_view name, std::string_view kind, uint64_t value) {
    out += fmt::format("# TYPE nelumbo_rpc_{0} {1}\nnelumbo_rpc_{0} {2}\n", name, kind, value);
  };
  line("requests_total", "counter", counters.requests);
  line("failures_total", "counter", counters.failures);
  line("connections", "gauge", counters.connections);
  line("accepted_total", "counter", counters.accepted);
  line("refused_total", "counter", counters.refused);
  line("subscriptions", "gauge", counters.streams);
  line("slow_readers_total", "counter", counters.dropped_slow);
  return out;
}

}  // namespace nelumbo::rpc
