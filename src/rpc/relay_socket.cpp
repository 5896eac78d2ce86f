// The sockets of a relay's connections, plain and over TLS.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <sys/socket.h>

#include "connection.hpp"
#include "relay_link.hpp"
#include "scanner.hpp"
#include "tls.hpp"

namespace nelumbo::rpc {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;
using TlsSocket = asio::ssl::stream<tcp::socket>;

constexpr auto kConnectTime = std::chrono::seconds(10);
constexpr size_t kMaxAnswer = size_t{1} << 30;
constexpr size_t kKeptBuffer = size_t{1} << 20;

template <class Socket>
class SocketLink final : public RelayLink {
 public:
  template <class... Args>
  SocketLink(asio::io_context& context, ApiInfo where, Endpoint endpoint, Args&&... args)
      : RelayLink(context, std::move(where), endpoint),
        stream_(context, std::forward<Args>(args)...),
        timer_(context) {}

 private:
  void connect() override {
    // Blocking, with a deadline: until there is a connection, nothing else can be done for this endpoint.
    auto connection = Connection::open_socket(where_, std::chrono::steady_clock::now() + kConnectTime);
    if (!connection) return close(connection.error());
    int fd = connection->release();
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    boost::system::error_code error;
    beast::get_lowest_layer(stream_).assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), fd, error);
    if (error) return broke("connecting", error);
    if constexpr (std::is_same_v<Socket, TlsSocket>) {
      if (auto named = expect_host(stream_.next_layer().native_handle(), where_.host); !named)
        return close(named.error());
      timer_.expires_after(kConnectTime);
      timer_.async_wait([self = self()](auto e) {
        if (!e) self->disconnect();
      });
      stream_.next_layer().async_handshake(asio::ssl::stream_base::client, [self = self()](auto e) {
        self->timer_.cancel();
        e ? self->broke("TLS", e) : self->shake_hands();
      });
    } else {
      shake_hands();
    }
  }

  void shake_hands() {
    auto timeouts = websocket::stream_base::timeout::suggested(beast::role_type::client);
    timeouts.handshake_timeout = kConnectTime;
    timeouts.keep_alive_pings = true;
    stream_.set_option(timeouts);
    stream_.read_message_max(kMaxAnswer);
    stream_.set_option(websocket::stream_base::decorator([token = where_.token](websocket::request_type& head) {
      if (!token.empty()) head.set(beast::http::field::authorization, "Bearer " + token);
    }));
    stream_.async_handshake(response_, fmt::format("{}:{}", where_.host, where_.port),
                            std::string(endpoint_path(endpoint_)), [self = self()](auto error) {
                              if (error && self->response_.result() == beast::http::status::unauthorized)
                                return self->close({ErrorCode::permission, "it refused the token"});
                              error ? self->broke("WebSocket handshake", error) : self->connected();
                            });
  }

  void write(const std::string& frame) override {
    stream_.text(true);
    stream_.async_write(asio::buffer(frame), [self = self()](auto error, size_t) {
      error ? self->broke("the connection broke", error) : self->written();
    });
  }

  void read() override {
    buffer_.clear();
    if (buffer_.capacity() > kKeptBuffer) buffer_.shrink_to_fit();
    stream_.async_read(buffer_, [self = self()](auto error, size_t) {
      if (error) return self->broke("the connection broke", error);
      self->received(trim({static_cast<const char*>(self->buffer_.cdata().data()), self->buffer_.size()}));
    });
  }

  void disconnect() override {
    timer_.cancel();
    boost::system::error_code ignored;
    beast::get_lowest_layer(stream_).close(ignored);
  }

  std::shared_ptr<SocketLink> self() { return std::static_pointer_cast<SocketLink>(shared_from_this()); }

  websocket::stream<Socket> stream_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  websocket::response_type response_;
};

}  // namespace

std::shared_ptr<RelayLink> RelayLink::make(asio::io_context& context, ApiInfo where, Endpoint endpoint) {
  if (!where.tls) return std::make_shared<SocketLink<tcp::socket>>(context, std::move(where), endpoint);
  SSL_CTX_up_ref(tls_context());
  asio::ssl::context tls(tls_context());  // takes over one reference; a stream holds another
  return std::make_shared<SocketLink<TlsSocket>>(context, std::move(where), endpoint, tls);
}

}  // namespace nelumbo::rpc
