// Subscriptions: one WebSocket connection and one thread each.
#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>

#include "client_state.hpp"
#include "scanner.hpp"

namespace nelumbo::rpc {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;

struct Subscription::State {
  virtual ~State() = default;

  asio::io_context context{1};
  beast::flat_buffer buffer;
  std::function<Result<>(std::string_view)> on_value;
  std::function<void(const Error&)> on_end;
  std::string channel;  ///< the number the server gave, as text
  std::thread thread;
  bool ended = false;  ///< on its thread only
  std::atomic<bool> stopping{false};

  /// Connects, shakes hands, asks for the stream and waits for the answer's frame.
  virtual Result<> open(const ApiInfo& where, std::string_view path, const std::string& request,
                        std::chrono::milliseconds timeout) = 0;
  virtual void read() = 0;
  virtual void close() = 0;

  /// Handles one frame; false ends the subscription.
  Result<bool> on_frame(std::string_view text);
  void end(const Error& error);
};

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
  close();
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

using TlsSocket = asio::ssl::stream<tcp::socket>;

/// A subscription over a plain socket or over TLS.
template <class Socket>
class StreamState final : public Subscription::State {
 public:
  template <class... Args>
  explicit StreamState(Args&&... args) : stream_(context, std::forward<Args>(args)...) {}

  Result<> open(const ApiInfo& where, std::string_view path, const std::string& request,
                std::chrono::milliseconds timeout) override;
  void read() override;
  void close() override {
    boost::system::error_code ignored;
    beast::get_lowest_layer(stream_).close(ignored);
  }

 private:
  static constexpr bool kTls = std::is_same_v<Socket, TlsSocket>;

  Result<> take_socket(const ApiInfo& where, std::chrono::milliseconds timeout);
  void prepare(const ApiInfo& where, std::chrono::milliseconds timeout);
  /// The steps of open, each beginning the next.
  void shake_hands(const ApiInfo& where, std::string_view path, const std::string& request);
  void ask(const std::string& request);
  void failed(std::string_view step, const boost::system::error_code& error) {
    timer_.cancel();
    opened_ = fail(ErrorCode::unavailable, "{}: {}", step, error.message());
  }

  websocket::stream<Socket> stream_;
  asio::steady_timer timer_{context};
  websocket::response_type response_;
  Result<> opened_ = fail(ErrorCode::unavailable, "no answer");
};

template <class Socket>
Result<> StreamState<Socket>::take_socket(const ApiInfo& where, std::chrono::milliseconds timeout) {
  auto connection = TRY(Connection::open_socket(where, std::chrono::steady_clock::now() + timeout));
  int fd = connection.release();
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  boost::system::error_code error;
  beast::get_lowest_layer(stream_).assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), fd, error);
  if (error) return fail(ErrorCode::unavailable, "{}", error.message());
  return {};
}

template <class Socket>
void StreamState<Socket>::prepare(const ApiInfo& where, std::chrono::milliseconds timeout) {
  auto timeouts = websocket::stream_base::timeout::suggested(beast::role_type::client);
  timeouts.handshake_timeout = timeout;
  timeouts.keep_alive_pings = true;
  stream_.set_option(timeouts);
  stream_.read_message_max(size_t{1} << 30);
  stream_.set_option(websocket::stream_base::decorator([token = where.token](websocket::request_type& head) {
    if (!token.empty()) head.set(beast::http::field::authorization, "Bearer " + token);
  }));
}

template <class Socket>
Result<> StreamState<Socket>::open(const ApiInfo& where, std::string_view path, const std::string& request,
                                   std::chrono::milliseconds timeout) {
  TRY(take_socket(where, timeout));
  prepare(where, timeout);
  if constexpr (kTls) {
    TRY(expect_host(stream_.next_layer().native_handle(), where.host));
    timer_.expires_after(timeout);
    timer_.async_wait([this](auto error) {
      if (!error) close();
    });
    stream_.next_layer().async_handshake(asio::ssl::stream_base::client, [&](auto error) {
      timer_.cancel();
      error ? failed("TLS", error) : shake_hands(where, path, request);
    });
  } else {
    shake_hands(where, path, request);
  }
  context.run();
  context.restart();
  TRY(std::exchange(opened_, {}));
  std::string_view text(static_cast<const char*>(buffer.cdata().data()), buffer.size());
  channel = TRY(read_answer(trim(text)));
  buffer.consume(buffer.size());
  return {};
}

template <class Socket>
void StreamState<Socket>::shake_hands(const ApiInfo& where, std::string_view path, const std::string& request) {
  stream_.async_handshake(response_, fmt::format("{}:{}", where.host, where.port), path, [&, this](auto error) {
    if (error && response_.result() == beast::http::status::unauthorized) {
      opened_ = fail(ErrorCode::permission, "the server at {}:{} refused the token", where.host, where.port);
      return;
    }
    error ? failed("WebSocket handshake", error) : ask(request);
  });
}

template <class Socket>
void StreamState<Socket>::ask(const std::string& request) {
  stream_.async_write(asio::buffer(request), [this](auto error, size_t) {
    if (error) return failed("subscribing", error);
    stream_.async_read(buffer, [this](auto error2, size_t) {
      if (error2) return failed("subscribing", error2);
      opened_ = {};
    });
  });
}

template <class Socket>
void StreamState<Socket>::read() {
  stream_.async_read(buffer, [this](auto error, size_t) {
    if (error) return end({ErrorCode::unavailable, "the connection broke: " + error.message()});
    std::string_view text(static_cast<const char*>(buffer.cdata().data()), buffer.size());
    auto more = on_frame(trim(text));
    buffer.consume(buffer.size());
    if (!more) return end(more.error());
    if (!*more) return end({ErrorCode::cancelled, "the server ended the subscription"});
    read();
  });
}

std::shared_ptr<Subscription::State> make_state(bool tls) {
  if (!tls) return std::make_shared<StreamState<tcp::socket>>();
  SSL_CTX_up_ref(tls_context());
  asio::ssl::context context(tls_context());  // takes over one reference; a stream holds another
  return std::make_shared<StreamState<TlsSocket>>(context);
}

}  // namespace

Result<Subscription> Client::subscribe_text(std::string_view method, std::string_view params,
                                            std::function<Result<>(std::string_view json)> on_value,
                                            std::function<void(const Error&)> on_end) const {
  auto state = make_state(state_->where.tls);
  state->on_value = std::move(on_value);
  state->on_end = std::move(on_end);
  auto request = fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"Filecoin.{}","params":{}}})", method, params);
  TRY_IN(fmt::format("subscribing to {}", method),
         state->open(state_->where, endpoint_path(state_->options.endpoint), request, state_->options.connect_timeout));
  state->read();
  state->thread = std::thread([state = state.get()] { state->context.run(); });
  return Subscription(std::move(state));
}

}  // namespace nelumbo::rpc
