#pragma once
// The client's end of one HTTP connection: blocking, with deadlines.

#include <chrono>
#include <functional>
#include <optional>

#include "http.hpp"
#include "rpc/api_info.hpp"

namespace nelumbo::rpc {

using TimeLimit = std::optional<std::chrono::steady_clock::time_point>;  ///< none: wait for ever

class Connection {
 public:
  static Result<Connection> open(const ApiInfo& where, TimeLimit deadline);
  Connection(Connection&& other) noexcept : fd_(std::exchange(other.fd_, -1)), in_(std::move(other.in_)) {}
  Connection& operator=(Connection&& other) noexcept {
    std::swap(fd_, other.fd_);
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
  /// Gives the open socket away.
  int release() { return std::exchange(fd_, -1); }

 private:
  explicit Connection(int fd) : fd_(fd) {}
  /// Reads more into in_; false at the end of the stream.
  Result<bool> fill(TimeLimit deadline);

  int fd_ = -1;
  std::string in_;
};

}  // namespace nelumbo::rpc
