#pragma once
// The client's end of one HTTP connection, over TLS where asked: blocking, with deadlines.

#include <functional>

#include "http.hpp"
#include "rpc/api_info.hpp"
#include "tls.hpp"

namespace nelumbo::rpc {

class Connection {
 public:
  static Result<Connection> open(const ApiInfo& where, TimeLimit deadline);
  /// The same without TLS whatever `where` says: for who speaks it himself over the socket.
  static Result<Connection> open_socket(const ApiInfo& where, TimeLimit deadline);
  Connection(Connection&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), tls_(std::move(other.tls_)), in_(std::move(other.in_)) {}
  Connection& operator=(Connection&& other) noexcept {
    std::swap(fd_, other.fd_);
    tls_.swap(other.tls_);
    in_.swap(other.in_);
    return *this;
  }
  ~Connection();

  /// What a response's head says.
  struct Head {
    int status = 0;
    std::optional<size_t> length;
    bool chunked = false;
    bool keep_alive = true;
    std::string location;  ///< of a redirect
    std::string range;     ///< Content-Range
    std::string etag;
  };
  struct Response {
    int status = 0;
    std::string body;
    bool keep_alive = true;
  };
  /// True while the other side has neither closed nor sent anything unasked.
  bool fresh() const;
  Result<> send(std::string_view bytes, TimeLimit deadline);
  Result<Response> receive(size_t limit, TimeLimit deadline);
  /// The head alone; the body is read with receive_body then.
  Result<Head> receive_head(TimeLimit deadline);
  /// Hands the body on piece by piece; `deadline` is asked for before each. Not for chunked bodies.
  Result<> receive_body(const Head& head, const std::function<TimeLimit()>& deadline,
                        const std::function<Result<>(std::string_view)>& sink);
  /// At most `size` bytes of a body; 0 at the end of the stream.
  Result<size_t> receive_some(char* out, size_t size, TimeLimit deadline);
  /// Gives the open socket away.
  int release() { return std::exchange(fd_, -1); }

 private:
  explicit Connection(int fd) : fd_(fd) {}
  /// Reads more into in_; false at the end of the stream.
  Result<bool> fill(TimeLimit deadline);

  Result<size_t> read(char* out, size_t size, TimeLimit deadline);

  int fd_ = -1;
  std::optional<Tls> tls_;
  std::string in_;
};

}  // namespace nelumbo::rpc
