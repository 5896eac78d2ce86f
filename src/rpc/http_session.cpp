#include "http_session.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "base/log.hpp"
#include "ws_session.hpp"

namespace nelumbo::rpc {
namespace {

constexpr size_t kFirstBuffer = 4 << 10;
constexpr size_t kKeptBuffer = 64 << 10;  ///< larger buffers are given back after their request
constexpr size_t kInlineBody = 64 << 10;  ///< larger bodies are parsed on the pool
constexpr auto kIdleTimeout = std::chrono::minutes(3);

std::string_view status_text(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

/// Static pages run only what comes from this server, and tell nobody where they were read.
constexpr std::string_view kPageHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cache-Control: no-cache\r\n";

std::optional<Endpoint> endpoint_of(std::string_view path) {
  for (auto endpoint : {Endpoint::v0, Endpoint::v1, Endpoint::v2}) {
    if (path == endpoint_path(endpoint)) return endpoint;
  }
  return std::nullopt;
}

}  // namespace

HttpSession::HttpSession(std::shared_ptr<ServerState> server, IoThread& io, tcp::socket socket)
    : server_(std::move(server)), io_(io), socket_(std::move(socket)) {
  ++server_->counters.connections;
}

HttpSession::~HttpSession() { --server_->counters.connections; }

void HttpSession::close() {
  if (closed_) return;
  closed_ = true;
  stop_.request_stop();
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  io_.sessions.erase(shared_from_this());
}

void HttpSession::sweep(SteadyTime now) {
  if (busy_) return;  // a call may take as long as it needs
  bool waiting = draining_ || phase_ != Phase::head || offset_ < filled_;
  if (now - active_ > (waiting ? SteadyTime::duration(server_->options.request_timeout) : kIdleTimeout)) close();
}

void HttpSession::read() {
  if (reading_ || closed_) return;
  reading_ = true;
  if (offset_ > 0 && !busy_) {  // make room at the front before the buffer grows
    std::copy(in_.begin() + static_cast<ptrdiff_t>(offset_), in_.begin() + static_cast<ptrdiff_t>(filled_),
              in_.begin());
    filled_ -= offset_;
    offset_ = 0;
  }
  if (filled_ == in_.size()) in_.resize(std::max(kFirstBuffer, in_.size() * 2));
  socket_.async_read_some(asio::buffer(in_.data() + filled_, in_.size() - filled_),
                          [self = shared_from_this()](auto error, size_t count) { self->on_read(error, count); });
}

void HttpSession::on_read(boost::system::error_code error, size_t count) {
  reading_ = false;
  if (error) return close();  // the caller is gone: what runs for it is asked to stop
  if (draining_) return read();
  filled_ += count;
  if (busy_) return;  // a pipelined request waits for its turn
  active_ = std::chrono::steady_clock::now();
  process();
}

void HttpSession::process() {
  while (!busy_ && !closed_ && !draining_) {
    bool more = phase_ == Phase::head ? process_head() : phase_ == Phase::body ? process_body() : process_chunks();
    if (more) continue;
    if (!busy_) read();
    return;
  }
}

bool HttpSession::process_head() {
  if (offset_ == filled_) {
    if (reading_) return false;  // the buffer stays where the read under way writes to
    offset_ = filled_ = 0;
    if (in_.size() > kKeptBuffer) {
      in_.resize(kFirstBuffer);
      in_.shrink_to_fit();
    }
    return false;
  }
  auto complete = read_http_head(std::string_view(in_).substr(offset_, filled_ - offset_), head_);
  if (!complete) {
    refuse(400, complete.error().message);
    return false;
  }
  if (!*complete) return false;
  take_request();
  return true;
}

void HttpSession::take_request() {
  request_ = Request{.content_length = head_.content_length, .keep_alive = head_.keep_alive};
  auto endpoint = endpoint_of(head_.path);
  request_.rpc = endpoint && server_->dispatcher.serves(*endpoint);
  request_.endpoint = endpoint.value_or(Endpoint::v1);
  if (request_.rpc) {
    if (auto allowed = authorise(); !allowed) return refuse(401, allowed.error().message);
  }
  if (request_.rpc && head_.upgrade) return upgrade();
  if (head_.content_length > server_->options.max_body) {
    out_.clear();
    append_failure(
        out_, {},
        Failure(kParseError, fmt::format("request bigger than maximum {} allowed", server_->options.max_body)));
    request_.keep_alive = false;
    return respond(413);
  }
  if (!request_.rpc) {
    // Pages take no body worth reading; one that comes is passed over with the connection.
    if (head_.content_length > 0 || head_.chunked) request_.keep_alive = false;
    request_.head_only = head_.method == "HEAD";
    offset_ += head_.size;
    return serve_page(head_.path);
  }
  if (head_.expect_continue) {
    boost::system::error_code ignored;
    socket_.write_some(asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), ignored);
  }
  phase_ = head_.chunked ? Phase::chunks : Phase::body;
  if (head_.chunked) chunks_.emplace(server_->options.max_body);
  offset_ += head_.size;
}

Result<> HttpSession::authorise() {
  request_.permissions = server_->options.default_permissions;
  auto token = head_.header("authorization");
  if (!token.empty()) {
    if (!token.starts_with("Bearer ")) return fail(ErrorCode::permission, "the token's kind is not Bearer");
    token.remove_prefix(7);
  } else {
    token = head_.query_value("token");
    if (token.empty()) return {};
  }
  if (token != known_token_ || server_->options.verify_each) {
    auto permissions = server_->verify(token);
    if (!permissions) {
      log_warn("rpc", "a caller's token was refused: {}", permissions.error().message);
      return std::unexpected(std::move(permissions).error());
    }
    known_token_ = token;
    known_permissions_ = *permissions;
  }
  request_.permissions = known_permissions_;
  return {};
}

void HttpSession::upgrade() {
  auto self = shared_from_this();
  closed_ = true;  // the socket moves on
  start_websocket(server_, io_, std::move(socket_), head_, {request_.permissions, request_.endpoint, {}}, known_token_);
  io_.sessions.erase(self);
}

bool HttpSession::process_body() {
  if (filled_ - offset_ < request_.content_length) return false;
  phase_ = Phase::head;
  auto body = std::string_view(in_).substr(offset_, request_.content_length);
  offset_ += request_.content_length;
  handle_body(body);
  return true;
}

bool HttpSession::process_chunks() {
  auto used = chunks_->feed(std::string_view(in_).substr(offset_, filled_ - offset_));
  if (!used) {
    refuse(used.error().code == ErrorCode::exhausted ? 413 : 400, used.error().message);
    return false;
  }
  offset_ += *used;
  if (!chunks_->done()) return false;
  phase_ = Phase::head;
  auto body = std::move(chunks_->body());
  chunks_.reset();
  handle_body(body);
  return true;
}

void HttpSession::handle_body(std::string_view body) {
  out_.clear();
  body = trim(body);
  if (body.empty()) {
    append_failure(out_, {}, Failure(kInvalidRequest, "Invalid request"));
    return respond(400);
  }
  if (body.front() == '[' || body.size() > kInlineBody) return defer(std::string(body));
  auto envelope = read_envelope(body);
  ++server_->counters.requests;
  if (!envelope) {
    Failure failure(kParseError, envelope.error().message);
    append_failure(out_, {}, failure);
    return respond(http_status(failure));
  }
  auto id = envelope->id;
  auto call = server_->dispatcher.open(*std::move(envelope), request_.endpoint, request_.permissions);
  if (!call) {
    ++server_->counters.failures;
    append_failure(out_, id, call.error());
    return respond(http_status(call.error()));
  }
  if (call->binding->sync && call->binding->run == Run::inline_) {
    int status = answer_sync(out_, *call, {request_.permissions, request_.endpoint, {}});
    if (id.empty()) out_.clear();
    return respond(status);
  }
  if (call->binding->async) return run_async(std::string(body));
  defer(std::string(body));
}

void HttpSession::defer(std::string body) {
  busy_ = true;
  read();  // to learn when the caller leaves
  CallContext context{request_.permissions, request_.endpoint, stop_.get_token()};
  server_->pool.post([self = shared_from_this(), body = std::move(body), context] {
    auto answer = answer_body(*self->server_, body, context);
    asio::post(self->io_.context,
               [self, answer = std::move(answer)]() mutable { self->finish(answer.status, std::move(answer.body)); });
  });
}

void HttpSession::run_async(std::string body) {
  busy_ = true;
  read();
  auto kept = std::make_shared<std::string>(std::move(body));
  // Read again from the text that stays: the views of the first reading end with the buffer.
  auto envelope = read_envelope(*kept);
  auto call = server_->dispatcher.open(*std::move(envelope), request_.endpoint, request_.permissions);
  CallContext context{request_.permissions, request_.endpoint, stop_.get_token()};
  auto send = [self = shared_from_this(), id = std::string(call->envelope.id)](Answer<std::string> answer) {
    std::string out;
    if (!id.empty()) append_answer(out, id, answer);
    int status = answer ? 200 : http_status(answer.error());
    asio::post(self->io_.context,
               [self, status, out = std::move(out)]() mutable { self->finish(status, std::move(out)); });
  };
  call->binding->async(call->params, context, RawReply(std::move(send)));
}

void HttpSession::finish(int status, std::string body) {
  if (closed_) return;
  out_ = std::move(body);
  busy_ = false;
  respond(status);
  process();
}

void HttpSession::refuse(int status, std::string_view text) {
  out_.assign(text);
  if (!text.empty()) out_ += '\n';
  request_.keep_alive = false;
  respond(status, "text/plain; charset=utf-8");
}

void HttpSession::serve_page(std::string_view path) {
  out_.clear();
  int status = 200;
  if (path == "/health/livez") {
    out_ = "OK\n";
  } else if (path == "/health/readyz") {
    bool ready = !server_->ready || server_->ready();
    out_ = ready ? "OK\n" : "NOT READY\n";
    if (server_->ready_text) out_ += server_->ready_text();
    status = ready ? 200 : 503;
  } else if (path == "/debug/metrics") {
    out_ = server_->metrics_text();
  } else if (auto page = server_->pages.find(path); page != server_->pages.end()) {
    return serve_static(page->second);
  } else {
    out_ = "404 page not found\n";
    status = 404;
  }
  respond(status, "text/plain; charset=utf-8");
}

void HttpSession::serve_static(const Page& page) {
  if (head_.method != "GET" && head_.method != "HEAD") {
    out_ = "a page is read with GET or HEAD\n";
    return respond(405, "text/plain; charset=utf-8", "Allow: GET, HEAD\r\n");
  }
  out_ = page.body;
  respond(200, page.type, kPageHeaders);
}

void HttpSession::respond(int status, std::string_view type, std::string_view headers) {
  head_out_ = "HTTP/1.1 ";
  head_out_ += std::to_string(status);
  head_out_ += ' ';
  head_out_ += status_text(status);
  head_out_ += "\r\nContent-Type: ";
  head_out_ += type;
  head_out_ += "\r\nContent-Length: ";
  head_out_ += std::to_string(out_.size());
  head_out_ += "\r\n";
  head_out_ += headers;
  head_out_ += request_.keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  if (request_.head_only) out_.clear();

  std::array<asio::const_buffer, 2> buffers{asio::buffer(head_out_), asio::buffer(out_)};
  boost::system::error_code error;
  size_t sent = socket_.write_some(buffers, error);
  if (error && error != asio::error::would_block) return close();
  if (sent == head_out_.size() + out_.size()) return on_written();
  busy_ = true;
  size_t of_head = std::min(sent, head_out_.size());
  buffers = {asio::buffer(head_out_) + of_head, asio::buffer(out_) + (sent - of_head)};
  asio::async_write(socket_, buffers, [self = shared_from_this()](auto failed, size_t) {
    if (failed) return self->close();
    self->busy_ = false;
    self->on_written();
    self->process();
  });
}

void HttpSession::on_written() {
  active_ = std::chrono::steady_clock::now();
  if (out_.capacity() > kKeptBuffer) std::string().swap(out_);
  if (request_.keep_alive) return;
  // Only our side ends now: closing with bytes unread would reset the connection before the answer is read.
  draining_ = true;
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  read();
}

}  // namespace nelumbo::rpc
