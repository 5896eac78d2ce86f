#pragma once
// TLS of the client's connections: one context for the process, and its use over a socket that is open already.

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include <openssl/ssl.h>

#include "base/result.hpp"

namespace nelumbo::rpc {

using TimeLimit = std::optional<std::chrono::steady_clock::time_point>;  ///< none: wait for ever

/// Waits until a socket is ready for these poll() events; `cancelled` when the time is up.
Result<> wait_for(int fd, short events, TimeLimit deadline);

/// TLS 1.2 and later, certificates verified against the system's authorities or those of SSL_CERT_FILE and SSL_CERT_DIR
/// as they are at the first call.
SSL_CTX* tls_context();
/// Lets the handshake check the certificate against this name or IP address, and tells a name to the server (SNI).
Result<> expect_host(SSL* session, const std::string& host);

class Tls {
 public:
  /// Shakes hands over a connected non-blocking socket, which stays the caller's.
  static Result<Tls> connect(int fd, const std::string& host, TimeLimit deadline);

  Result<> send(std::string_view bytes, TimeLimit deadline);
  /// Some bytes; 0 when the other side has ended the session. An end without that is an error.
  Result<size_t> receive(char* out, size_t size, TimeLimit deadline);

 private:
  struct Free {
    void operator()(SSL* session) const { SSL_free(session); }
  };
  Tls(int fd, SSL* session) : fd_(fd), session_(session) {}
  /// After a call gave `status`: waits for the socket when that is what it needs (true: try again), else says what is
  /// wrong.
  Result<> wait(int status, TimeLimit deadline);

  int fd_;
  std::unique_ptr<SSL, Free> session_;
};

}  // namespace nelumbo::rpc
