#include "connection.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scanner.hpp"

namespace nelumbo::rpc {
namespace {

Result<> connect_to(int fd, const addrinfo& address, TimeLimit deadline) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return {};
  if (errno != EINPROGRESS) return fail(ErrorCode::unavailable, "{}", std::strerror(errno));
  TRY(wait_for(fd, POLLOUT, deadline));
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail(ErrorCode::unavailable, "{}", std::strerror(error));
  return {};
}

Result<Connection::Head> read_response_head(std::string_view text) {
  Connection::Head out;
  auto line = text.substr(0, text.find("\r\n"));
  if (!line.starts_with("HTTP/1.") || line.size() < 12) return fail(ErrorCode::invalid, "the answer is not HTTP");
  std::from_chars(line.data() + 9, line.data() + 12, out.status);
  out.keep_alive = line[7] == '1';
  for (auto rest = text.substr(std::min(text.size(), line.size() + 2)); !rest.empty();) {
    auto header = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), header.size() + 2));
    size_t colon = header.find(':');
    if (colon == std::string_view::npos) continue;
    auto name = header.substr(0, colon);
    auto value = trim(header.substr(colon + 1));
    if (same_word(name, "content-length")) {
      size_t length = 0;
      auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
      if (error != std::errc() || end != value.data() + value.size())
        return fail(ErrorCode::invalid, "malformed content length");
      out.length = length;
    } else if (same_word(name, "transfer-encoding")) {
      out.chunked = same_word(value, "chunked");
    } else if (same_word(name, "location")) {
      out.location = value;
    } else if (same_word(name, "content-range")) {
      out.range = value;
    } else if (same_word(name, "etag")) {
      out.etag = value;
    } else if (same_word(name, "connection") && same_word(value, "close")) {
      out.keep_alive = false;
    }
  }
  return out;
}

}  // namespace

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Connection> Connection::open(const ApiInfo& where, TimeLimit deadline) {
  auto out = TRY(open_socket(where, deadline));
  if (where.tls) out.tls_ = TRY(Tls::connect(out.fd_, where.host, deadline));
  return out;
}

Result<Connection> Connection::open_socket(const ApiInfo& where, TimeLimit deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  auto port = std::to_string(where.port);
  if (int error = ::getaddrinfo(where.host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return fail(ErrorCode::unavailable, "cannot resolve {}: {}", where.host, ::gai_strerror(error));
  }
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  Result<> last = fail(ErrorCode::unavailable, "no address");
  for (auto* each = found; each != nullptr; each = each->ai_next) {
    int fd = ::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) continue;
    Connection out(fd);
    last = connect_to(fd, *each, deadline);
    if (!last) continue;
    int one = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return out;
  }
  return fail(ErrorCode::unavailable, "cannot connect to {}:{}: {}", where.host, where.port, last.error().message);
}

bool Connection::fresh() const {
  pollfd entry{fd_, POLLIN, 0};
  return in_.empty() && ::poll(&entry, 1, 0) == 0;
}

Result<> Connection::send(std::string_view bytes, TimeLimit deadline) {
  if (tls_) return tls_->send(bytes, deadline);
  while (!bytes.empty()) {
    ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (errno == EAGAIN) {
      TRY(wait_for(fd_, POLLOUT, deadline));
    } else if (errno != EINTR) {
      return fail(ErrorCode::unavailable, "the connection broke: {}", std::strerror(errno));
    }
  }
  return {};
}

Result<size_t> Connection::read(char* out, size_t size, TimeLimit deadline) {
  if (tls_) return tls_->receive(out, size, deadline);
  while (true) {
    ssize_t n = ::recv(fd_, out, size, 0);
    if (n >= 0) return static_cast<size_t>(n);
    if (errno == EAGAIN) {
      TRY(wait_for(fd_, POLLIN, deadline));
    } else if (errno != EINTR) {
      return fail(ErrorCode::unavailable, "the connection broke: {}", std::strerror(errno));
    }
  }
}

Result<bool> Connection::fill(TimeLimit deadline) {
  char piece[64 << 10];
  const size_t n = TRY(read(piece, sizeof piece, deadline));
  in_.append(piece, n);
  return n > 0;
}

Result<size_t> Connection::receive_some(char* out, size_t size, TimeLimit deadline) {
  if (in_.empty()) return read(out, size, deadline);
  const size_t n = in_.copy(out, size);
  in_.erase(0, n);
  return n;
}

Result<Connection::Head> Connection::receive_head(TimeLimit deadline) {
  size_t end;
  while ((end = in_.find("\r\n\r\n")) == std::string::npos) {
    if (in_.size() > kMaxHead) return fail(ErrorCode::exhausted, "the answer's head is over {} bytes", kMaxHead);
    if (!TRY(fill(deadline))) return fail(ErrorCode::unavailable, "the server closed the connection without an answer");
  }
  auto head = TRY(read_response_head(std::string_view(in_).substr(0, end)));
  in_.erase(0, end + 4);
  return head;
}

Result<> Connection::receive_body(const Head& head, const std::function<TimeLimit()>& deadline,
                                  const std::function<Result<>(std::string_view)>& sink) {
  size_t left = head.length.value_or(SIZE_MAX);
  while (left > 0) {
    if (in_.empty() && !TRY(fill(deadline()))) {
      if (!head.length) return {};
      return fail(ErrorCode::unavailable, "the answer ends in its middle");
    }
    auto piece = std::string_view(in_).substr(0, left);
    TRY(sink(piece));
    left -= piece.size();
    in_.erase(0, piece.size());
  }
  return {};
}

Result<Connection::Response> Connection::receive(size_t limit, TimeLimit deadline) {
  auto head = TRY(receive_head(deadline));
  Response out{head.status, {}, head.keep_alive};
  if (head.chunked) {
    ChunkedBody body(limit);
    while (true) {
      in_.erase(0, TRY(body.feed(in_)));
      if (body.done()) break;
      if (!TRY(fill(deadline))) return fail(ErrorCode::unavailable, "the answer ends in its middle");
    }
    out.body = std::move(body.body());
    return out;
  }
  size_t want = head.length.value_or(limit);
  if (want > limit) return fail(ErrorCode::exhausted, "an answer of {} bytes is over the limit of {}", want, limit);
  while (in_.size() < want) {
    if (TRY(fill(deadline))) continue;
    if (head.length) return fail(ErrorCode::unavailable, "the answer ends in its middle");
    out.keep_alive = false;
    want = in_.size();
  }
  out.body = in_.substr(0, want);
  in_.erase(0, want);
  return out;
}

}  // namespace nelumbo::rpc
