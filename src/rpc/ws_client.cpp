// Subscriptions: one WebSocket connection and one thread each.
#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include "client_state.hpp"
#include "scanner.hpp"

namespace nelumbo::rpc {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;

struct Subscription::State {
  asio::io_context context{1};
  websocket::stream<tcp::socket> stream{context};
  beast::flat_buffer buffer;
  std::function<Result<>(std::string_view)> on_value;
  std::function<void(const Error&)> on_end;
  std::string channel;  ///< the number the server gave, as text
  std::thread thread;
  bool ended = false;  ///< on its thread only
  std::atomic<bool> stopping{false};

  void read();
  /// Handles one frame; false ends the subscription.
  Result<bool> on_frame(std::string_view text);
  void end(const Error& error);
};

void Subscription::State::read() {
  stream.async_read(buffer, [this](auto error, size_t) {
    if (error) return end({ErrorCode::unavailable, "the connection broke: " + error.message()});
    std::string_view text(static_cast<const char*>(buffer.cdata().data()), buffer.size());
    auto more = on_frame(trim(text));
    buffer.consume(buffer.size());
    if (!more) return end(more.error());
    if (!*more) return end({ErrorCode::cancelled, "the server ended the subscription"});
    read();
  });
}

Result<bool> Subscription::State::on_frame(std::string_view text) {
  auto frame = TRY(read_envelope(text));
  if (frame.method != "xrpc.ch.val" && frame.method != "xrpc.ch.close") return true;
  auto params = TRY(split_json_list(frame.params, 2));
  if (params.empty() || params[0] != channel) return true;
  if (frame.method == "xrpc.ch.close") return false;
  if (params.size() < 2) return fail(ErrorCode::invalid, "a value without a value");
  TRY(on_value(params[1]));
  return true;
}

void Subscription::State::end(const Error& error) {
  if (std::exchange(ended, true)) return;
  boost::system::error_code ignored;
  stream.next_layer().close(ignored);
  if (!stopping && on_end) on_end(error);
}

Subscription::Subscription(std::shared_ptr<State> state) : state_(std::move(state)) {}
Subscription::Subscription(Subscription&&) noexcept = default;
Subscription& Subscription::operator=(Subscription&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

Subscription::~Subscription() {
  if (!state_) return;
  state_->stopping = true;
  asio::post(state_->context, [state = state_.get()] { state->end({ErrorCode::cancelled, "stopped"}); });
  state_->thread.join();
}

namespace {

/// Connects, shakes hands, asks for the stream and waits for the answer's frame.
Result<> open_stream(Subscription::State& state, const ApiInfo& where, std::string_view path, std::string_view request,
                     std::chrono::milliseconds timeout) {
  auto deadline = std::chrono::steady_clock::now() + timeout;
  auto connection = TRY(Connection::open(where, deadline));
  boost::system::error_code error;
  int fd = connection.release();
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  state.stream.next_layer().assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), fd, error);
  if (error) return fail(ErrorCode::unavailable, "{}", error.message());

  auto timeouts = websocket::stream_base::timeout::suggested(beast::role_type::client);
  timeouts.handshake_timeout = timeout;
  timeouts.keep_alive_pings = true;
  state.stream.set_option(timeouts);
  state.stream.read_message_max(size_t{1} << 30);
  state.stream.set_option(websocket::stream_base::decorator([&](websocket::request_type& head) {
    if (!where.token.empty()) head.set(beast::http::field::authorization, "Bearer " + where.token);
  }));

  std::string answer;
  Result<> result = fail(ErrorCode::unavailable, "no answer");
  auto failed = [&](std::string_view step, auto e) {
    result = fail(ErrorCode::unavailable, "{}: {}", step, e.message());
  };
  websocket::response_type response;
  state.stream.async_handshake(response, fmt::format("{}:{}", where.host, where.port), path, [&](auto e) {
    if (e && response.result() == beast::http::status::unauthorized) {
      result = fail(ErrorCode::permission, "the server at {}:{} refused the token", where.host, where.port);
      return;
    }
    if (e) return failed("WebSocket handshake", e);
    state.stream.async_write(asio::buffer(request), [&](auto e2, size_t) {
      if (e2) return failed("subscribing", e2);
      state.stream.async_read(state.buffer, [&](auto e3, size_t) {
        if (e3) return failed("subscribing", e3);
        result = {};
      });
    });
  });
  state.context.run();
  state.context.restart();
  TRY(result);
  std::string_view text(static_cast<const char*>(state.buffer.cdata().data()), state.buffer.size());
  state.channel = TRY(read_answer(trim(text)));
  state.buffer.consume(state.buffer.size());
  return {};
}

}  // namespace

Result<Subscription> Client::subscribe_text(std::string_view method, std::string_view params,
                                            std::function<Result<>(std::string_view json)> on_value,
                                            std::function<void(const Error&)> on_end) const {
  auto state = std::make_shared<Subscription::State>();
  state->on_value = std::move(on_value);
  state->on_end = std::move(on_end);
  auto request = fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"Filecoin.{}","params":{}}})", method, params);
  TRY_IN(fmt::format("subscribing to {}", method),
         open_stream(*state, state_->where, endpoint_path(state_->options.endpoint), request,
                     state_->options.connect_timeout));
  state->read();
  state->thread = std::thread([state = state.get()] { state->context.run(); });
  return Subscription(std::move(state));
}

}  // namespace nelumbo::rpc
