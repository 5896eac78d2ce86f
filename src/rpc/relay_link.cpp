#include "relay_link.hpp"

#include <charconv>

#include <boost/asio/post.hpp>
#include <sys/socket.h>

#include "client_state.hpp"
#include "scanner.hpp"

namespace nelumbo::rpc {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;

namespace {

constexpr auto kConnectTime = std::chrono::seconds(10);
constexpr size_t kMaxAnswer = size_t{1} << 30;

}  // namespace

RelayLink::RelayLink(asio::io_context& context, ApiInfo where, Endpoint endpoint)
    : context_(context), where_(std::move(where)), endpoint_(endpoint), stream_(context) {}

void RelayLink::start(std::string_view method, std::string_view params, Job job) {
  if (job.stop.stop_requested()) return;
  const uint64_t id = next_id_++;
  auto& running = running_.emplace(id, Running{std::move(job), nullptr, {}}).first->second;
  auto post_cancel = [weak = weak_from_this(), id, &context = context_] {
    asio::post(context, [weak, id] {
      if (auto link = weak.lock()) link->cancel(id);
    });
  };
  running.stop = std::make_unique<Stop>(running.job.stop, post_cancel);
  if (running.job.subscriber) running.job.subscriber->on_close(post_cancel);
  send(fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"Filecoin.{}","params":{}}})", id, method, params));
  connect();
}

/// The caller has gone: the other node need not work for it any more.
void RelayLink::cancel(uint64_t id) {
  auto it = running_.find(id);
  if (it == running_.end()) return;
  channels_.erase(it->second.channel);
  running_.erase(it);
  send(fmt::format(R"({{"jsonrpc":"2.0","method":"xrpc.cancel","params":[{}]}})", id));
}

void RelayLink::send(std::string frame) {
  if (closed_) return;
  queue_.push_back(std::move(frame));
  if (open_ && !writing_) write();
}

void RelayLink::connect() {
  if (std::exchange(connecting_, true) || closed_) return;
  // Blocking, with a deadline: until there is a connection, nothing else can be done for this endpoint.
  auto connection = Connection::open(where_, std::chrono::steady_clock::now() + kConnectTime);
  if (!connection) return close(connection.error());
  int fd = connection->release();
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  boost::system::error_code error;
  stream_.next_layer().assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), fd, error);
  if (error) return close({ErrorCode::unavailable, error.message()});

  auto timeouts = websocket::stream_base::timeout::suggested(beast::role_type::client);
  timeouts.handshake_timeout = kConnectTime;
  timeouts.keep_alive_pings = true;
  stream_.set_option(timeouts);
  stream_.read_message_max(kMaxAnswer);
  stream_.set_option(websocket::stream_base::decorator([token = where_.token](websocket::request_type& head) {
    if (!token.empty()) head.set(beast::http::field::authorization, "Bearer " + token);
  }));
  auto response = std::make_shared<websocket::response_type>();
  stream_.async_handshake(*response, fmt::format("{}:{}", where_.host, where_.port),
                          std::string(endpoint_path(endpoint_)), [self = shared_from_this(), response](auto e) {
                            if (e && response->result() == beast::http::status::unauthorized)
                              return self->close({ErrorCode::permission, "it refused the token"});
                            if (e) return self->close({ErrorCode::unavailable, "WebSocket handshake: " + e.message()});
                            self->open_ = true;
                            self->read();
                            self->write();
                          });
}

void RelayLink::write() {
  if (closed_ || queue_.empty()) {
    writing_ = false;
    return;
  }
  writing_ = true;
  stream_.text(true);
  stream_.async_write(asio::buffer(queue_.front()), [self = shared_from_this()](auto error, size_t) {
    if (error) return self->close({ErrorCode::unavailable, "the connection broke: " + error.message()});
    if (self->closed_) return;
    self->queue_.pop_front();
    self->write();
  });
}

void RelayLink::read() {
  stream_.async_read(buffer_, [self = shared_from_this()](auto error, size_t) {
    if (error) return self->close({ErrorCode::unavailable, "the connection broke: " + error.message()});
    if (self->closed_) return;
    std::string_view text(static_cast<const char*>(self->buffer_.cdata().data()), self->buffer_.size());
    auto handled = self->on_frame(trim(text));
    if (!handled) return self->close(handled.error());
    self->buffer_.consume(self->buffer_.size());
    self->read();
  });
}

Result<> RelayLink::on_frame(std::string_view text) {
  auto frame = TRY(read_envelope(text));
  if (frame.method.empty()) {
    uint64_t id = 0;
    std::from_chars(frame.id.data(), frame.id.data() + frame.id.size(), id);
    on_answer(id, text);
    return {};
  }
  auto params = TRY(split_json_list(frame.params, 2));
  auto channel = params.empty() ? channels_.end() : channels_.find(params[0]);
  if (channel == channels_.end()) return {};
  auto running = running_.find(channel->second);
  if (frame.method == "xrpc.ch.val" && params.size() == 2) {
    running->second.job.subscriber->send(std::string(params[1]));
  } else if (frame.method == "xrpc.ch.close") {
    auto subscriber = running->second.job.subscriber;
    channels_.erase(channel);
    running_.erase(running);
    subscriber->close();
  }
  return {};
}

void RelayLink::on_answer(uint64_t id, std::string_view text) {
  auto it = running_.find(id);
  if (it == running_.end()) return;  // cancelled meanwhile
  auto answer = read_answer(text);
  auto reply = it->second.job.reply;
  if (answer && it->second.job.subscriber) {
    it->second.channel = *answer;
    channels_[*answer] = id;
  } else {
    running_.erase(it);
  }
  if (!answer) return reply(std::unexpected(Failure(std::move(answer).error())));
  reply(*std::move(answer));
}

void RelayLink::close(const Error& why) {
  if (std::exchange(closed_, true)) return;
  open_ = false;
  boost::system::error_code ignored;
  stream_.next_layer().close(ignored);
  auto running = std::move(running_);
  running_.clear();
  channels_.clear();
  Error error = why;
  error = std::move(error).in(fmt::format("the full node at {}:{}", where_.host, where_.port));
  for (auto& [id, each] : running) {
    each.job.reply(std::unexpected(Failure(error)));
    if (each.job.subscriber) each.job.subscriber->close();
  }
}

}  // namespace nelumbo::rpc
