#include "ws_session.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>

#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket.hpp>

#include "base/log.hpp"

namespace nelumbo::rpc {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

class WsSession;

/// The server's end of one subscription. Values sent before the client has been told the channel's number wait.
class Channel final : public RawSubscriber {
 public:
  Channel(std::weak_ptr<WsSession> session, uint64_t number, std::string id)
      : session_(std::move(session)), number_(number), id_(std::move(id)) {}

  bool send(const std::string& json) override;
  void close() override;
  bool closed() const override {
    std::lock_guard lock(mutex_);
    return closed_;
  }
  bool wait_for_room() override;
  void on_close(std::function<void()> callback) override;

  /// Tells the client the number, then what has been sent so far.
  void open();
  /// Ends the channel; the client is told when `tell` is set.
  void end(bool tell);
  const std::string& id() const { return id_; }
  uint64_t number() const { return number_; }

 private:
  std::string value_frame(const std::string& json) const {
    return "{\"jsonrpc\":\"2.0\",\"method\":\"xrpc.ch.val\",\"params\":[" + std::to_string(number_) + "," + json +
           "]}\n";
  }

  std::weak_ptr<WsSession> session_;
  const uint64_t number_;
  const std::string id_;
  mutable std::mutex mutex_;
  std::condition_variable opening_;
  bool opened_ = false, closed_ = false;
  std::vector<std::string> waiting_;
  std::vector<std::function<void()>> callbacks_;
};

class WsSession final : public Session, public std::enable_shared_from_this<WsSession> {
 public:
  WsSession(std::shared_ptr<ServerState> server, IoThread& io, tcp::socket socket, CallContext context,
            std::string token)
      : server_(std::move(server)),
        io_(io),
        stream_(std::move(socket)),
        context_(std::move(context)),
        token_(std::move(token)) {
    ++server_->counters.connections;
  }
  ~WsSession() override { --server_->counters.connections; }

  void start(const HttpHead& head);
  void close() override;
  void sweep(SteadyTime) override {}  // the stream's own timeouts and pings see to it

  /// Queues a frame; from any thread. False when the connection is gone or reads too slowly, which ends it.
  bool queue(std::string frame);
  /// Waits until little is queued; false when the connection is gone.
  bool wait_for_room();
  void forget_channel(uint64_t number);

 private:
  struct Running {
    std::stop_source stop;
    std::shared_ptr<Channel> channel;
  };

  void read();
  void on_message(std::string text);
  void on_call(Envelope envelope, std::shared_ptr<std::string> text);
  /// The call with its handler, or why it may not be made.
  Answer<Call> open(Envelope envelope);
  void run_sync(Call call, std::shared_ptr<std::string> text);
  void run_async(const Call& call);
  void run_stream(Call call, std::shared_ptr<std::string> text);
  void on_cancel(std::string_view params);
  std::stop_token begin(const std::string& id, std::shared_ptr<Channel> channel = nullptr);
  void done(const std::string& id);
  void write();

  std::shared_ptr<ServerState> server_;
  IoThread& io_;
  websocket::stream<tcp::socket> stream_;
  CallContext context_;
  const std::string token_;  ///< that it came with; empty: none
  beast::flat_buffer buffer_;
  std::multimap<std::string, Running> running_;  ///< by the id's JSON text
  uint64_t next_channel_ = 0;
  bool read_paused_ = false;

  std::mutex mutex_;  ///< guards what follows
  std::condition_variable room_;
  std::deque<std::string> queue_;
  size_t queued_ = 0;
  bool writing_ = false, closed_ = false;
};

bool Channel::send(const std::string& json) {
  std::unique_lock lock(mutex_);
  if (closed_) return false;
  if (!opened_) {
    waiting_.push_back(value_frame(json));
    return true;
  }
  auto session = session_.lock();
  // Queued under the lock, so that values keep their order.
  if (session && session->queue(value_frame(json))) return true;
  lock.unlock();
  end(false);
  return false;
}

bool Channel::wait_for_room() {
  std::unique_lock lock(mutex_);
  opening_.wait(lock, [this] { return opened_ || closed_; });
  if (closed_) return false;
  auto session = session_.lock();
  lock.unlock();
  return session && session->wait_for_room() && !closed();
}

void Channel::open() {
  std::unique_lock lock(mutex_);
  auto session = session_.lock();
  if (!session) return;
  opened_ = true;
  opening_.notify_all();
  session->queue("{\"jsonrpc\":\"2.0\",\"result\":" + std::to_string(number_) + ",\"id\":" + id_ + "}\n");
  for (auto& frame : waiting_) session->queue(std::move(frame));
  waiting_.clear();
  if (!closed_) return;
  session->queue("{\"jsonrpc\":\"2.0\",\"method\":\"xrpc.ch.close\",\"params\":[" + std::to_string(number_) + "]}\n");
}

void Channel::close() { end(true); }

void Channel::end(bool tell) {
  std::vector<std::function<void()>> callbacks;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    opening_.notify_all();
    callbacks.swap(callbacks_);
    auto session = session_.lock();
    if (session && tell && opened_) {
      session->queue("{\"jsonrpc\":\"2.0\",\"method\":\"xrpc.ch.close\",\"params\":[" + std::to_string(number_) +
                     "]}\n");
    }
    if (session) session->forget_channel(number_);
  }
  for (auto& callback : callbacks) callback();
}

void Channel::on_close(std::function<void()> callback) {
  {
    std::lock_guard lock(mutex_);
    if (!closed_) {
      callbacks_.push_back(std::move(callback));
      return;
    }
  }
  callback();
}

void WsSession::start(const HttpHead& head) {
  beast::http::request<beast::http::string_body> request;
  request.method(beast::http::verb::get);
  request.target("/");
  request.version(11);
  for (const auto& [name, value] : head.headers) request.insert(name, value);
  auto timeouts = websocket::stream_base::timeout::suggested(beast::role_type::server);
  timeouts.keep_alive_pings = true;
  stream_.set_option(timeouts);
  stream_.read_message_max(server_->options.max_body);
  stream_.async_accept(request, [self = shared_from_this()](auto error) { error ? self->close() : self->read(); });
}

void WsSession::close() {
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    queue_.clear();
    room_.notify_all();
  }
  // A reply held by a handler keeps this object; its idle timer must not keep the I/O thread.
  stream_.set_option(
      websocket::stream_base::timeout{websocket::stream_base::none(), websocket::stream_base::none(), false});
  boost::system::error_code ignored;
  stream_.next_layer().close(ignored);
  for (auto& [id, running] : running_) running.stop.request_stop();
  auto running = std::move(running_);
  running_.clear();
  for (auto& [id, each] : running) {
    if (each.channel) each.channel->end(false);
  }
  io_.sessions.erase(shared_from_this());
}

void WsSession::read() {
  if (running_.size() >= server_->options.max_calls) {
    read_paused_ = true;  // until calls under way end
    return;
  }
  stream_.async_read(buffer_, [self = shared_from_this()](auto error, size_t) {
    if (error) return self->close();
    std::string text(static_cast<const char*>(self->buffer_.cdata().data()), self->buffer_.size());
    self->buffer_.consume(self->buffer_.size());
    self->on_message(std::move(text));
    self->read();
  });
}

void WsSession::on_message(std::string text) {
  ++server_->counters.requests;
  auto kept = std::make_shared<std::string>(std::move(text));
  auto envelope = read_envelope(trim(*kept));
  if (!envelope) {
    std::string out;
    append_failure(out, {}, Failure(kParseError, envelope.error().message));
    queue(std::move(out));
    return;
  }
  if (envelope->method == "xrpc.cancel") return on_cancel(envelope->params);
  if (envelope->method.empty() && envelope->params.empty()) return;  // an answer; we have asked nothing
  on_call(*std::move(envelope), std::move(kept));
}

void WsSession::on_call(Envelope envelope, std::shared_ptr<std::string> text) {
  auto id = envelope.id;
  auto call = open(std::move(envelope));
  if (!call) {
    ++server_->counters.failures;
    if (id.empty()) return;
    std::string out;
    append_failure(out, id, call.error());
    queue(std::move(out));
    return;
  }
  if (call->binding->stream) return run_stream(*std::move(call), std::move(text));
  if (call->binding->async) return run_async(*call);
  if (call->binding->run == Run::pool) return run_sync(*std::move(call), std::move(text));
  std::string out;
  answer_sync(out, *call, context_);
  if (!id.empty()) queue(std::move(out));
}

Answer<Call> WsSession::open(Envelope envelope) {
  if (server_->options.verify_each && !token_.empty()) {
    auto permissions = server_->verify(token_);
    if (!permissions) return std::unexpected(Failure(std::move(permissions).error()));
    context_.permissions = *permissions;
  }
  return server_->dispatcher.open(std::move(envelope), context_.endpoint, context_.permissions);
}

std::stop_token WsSession::begin(const std::string& id, std::shared_ptr<Channel> channel) {
  auto it = running_.emplace(id, Running{{}, std::move(channel)});
  return it->second.stop.get_token();
}

void WsSession::done(const std::string& id) {
  for (auto [it, end] = running_.equal_range(id); it != end; ++it) {
    if (it->second.channel) continue;
    running_.erase(it);
    break;
  }
  if (read_paused_ && running_.size() < server_->options.max_calls) {
    read_paused_ = false;
    read();
  }
}

void WsSession::run_sync(Call call, std::shared_ptr<std::string> text) {
  auto context = context_;
  context.stop = begin(std::string(call.envelope.id));
  server_->pool.post([self = shared_from_this(), call = std::move(call), text = std::move(text), context] {
    std::string out;
    answer_sync(out, call, context);
    std::string id(call.envelope.id);
    if (!id.empty()) self->queue(std::move(out));
    asio::post(self->io_.context, [self, id = std::move(id)] { self->done(id); });
  });
}

void WsSession::run_async(const Call& call) {
  std::string id(call.envelope.id);
  auto context = context_;
  context.stop = begin(id);
  auto send = [self = shared_from_this(), id](Answer<std::string> answer) {
    std::string out;
    append_answer(out, id, answer);
    if (!id.empty()) self->queue(std::move(out));
    asio::post(self->io_.context, [self, id] { self->done(id); });
  };
  call.binding->async(call.params, context, RawReply(std::move(send)));
}

void WsSession::run_stream(Call call, std::shared_ptr<std::string> text) {
  std::string id(call.envelope.id);
  if (id.empty()) return;  // nobody to tell the channel's number
  auto channel = std::make_shared<Channel>(weak_from_this(), ++next_channel_, id);
  begin(id, channel);
  ++server_->counters.streams;
  server_->pool.post([self = shared_from_this(), call = std::move(call), text = std::move(text), channel] {
    auto begun = call.binding->stream(call.params, channel);
    if (begun) return channel->open();
    std::string out;
    append_failure(out, channel->id(), begun.error());
    self->queue(std::move(out));
    channel->end(false);
  });
}

void WsSession::forget_channel(uint64_t number) {
  asio::post(io_.context, [self = shared_from_this(), number] {
    auto is_it = [&](const auto& each) { return each.second.channel && each.second.channel->number() == number; };
    if (std::erase_if(self->running_, is_it) > 0) --self->server_->counters.streams;
    if (self->read_paused_ && self->running_.size() < self->server_->options.max_calls) {
      self->read_paused_ = false;
      self->read();
    }
  });
}

void WsSession::on_cancel(std::string_view params) {
  auto ids = split_json_list(params, 1);
  if (!ids || ids->empty()) return;
  std::vector<std::shared_ptr<Channel>> channels;
  for (auto [it, end] = running_.equal_range(std::string(ids->front())); it != end; ++it) {
    it->second.stop.request_stop();
    if (it->second.channel) channels.push_back(it->second.channel);
  }
  for (auto& channel : channels) channel->end(true);
}

bool WsSession::queue(std::string frame) {
  std::lock_guard lock(mutex_);
  if (closed_) return false;
  if (queued_ + frame.size() > server_->options.max_queued) {
    ++server_->counters.dropped_slow;
    log_warn("rpc", "a WebSocket client reads too slowly, {} bytes wait for it: its connection is closed", queued_);
    asio::post(io_.context, [self = shared_from_this()] { self->close(); });
    return false;
  }
  queued_ += frame.size();
  queue_.push_back(std::move(frame));
  if (!std::exchange(writing_, true)) asio::post(io_.context, [self = shared_from_this()] { self->write(); });
  return true;
}

bool WsSession::wait_for_room() {
  constexpr size_t kLittle = 8 << 20;  // bytes
  std::unique_lock lock(mutex_);
  const size_t little = std::min(kLittle, server_->options.max_queued / 4);
  room_.wait(lock, [&] { return closed_ || queued_ <= little; });
  return !closed_;
}

void WsSession::write() {
  std::unique_lock lock(mutex_);
  if (closed_ || queue_.empty()) {
    writing_ = false;
    return;
  }
  // The front stays in place until it is written; a deque's elements do not move.
  auto buffer = asio::buffer(queue_.front());
  lock.unlock();
  stream_.text(true);
  stream_.async_write(buffer, [self = shared_from_this()](auto error, size_t) {
    if (error) return self->close();
    {
      std::lock_guard guard(self->mutex_);
      if (self->closed_) return;
      self->queued_ -= self->queue_.front().size();
      self->queue_.pop_front();
      self->room_.notify_all();
    }
    self->write();
  });
}

}  // namespace

void start_websocket(std::shared_ptr<ServerState> server, IoThread& io, tcp::socket socket, const HttpHead& head,
                     CallContext context, std::string token) {
  auto session =
      std::make_shared<WsSession>(std::move(server), io, std::move(socket), std::move(context), std::move(token));
  io.sessions.insert(session);
  session->start(head);
}

}  // namespace nelumbo::rpc
