#include "tls.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>

namespace nelumbo::rpc {

namespace {

std::string reason() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "the connection broke";
  const char* text = ERR_reason_error_string(code);
  return text != nullptr ? text : "error " + std::to_string(code);
}

bool is_address(const std::string& host) {
  in6_addr ignored{};
  return ::inet_pton(AF_INET, host.c_str(), &ignored) == 1 || ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

}  // namespace

Result<> wait_for(int fd, short events, TimeLimit deadline) {
  while (true) {
    int timeout = -1;
    if (deadline) {
      auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now()).count();
      timeout = static_cast<int>(std::clamp<int64_t>(left, 0, 1 << 30));
    }
    pollfd entry{fd, events, 0};
    int ready = ::poll(&entry, 1, timeout);
    if (ready > 0) return {};
    if (ready == 0) return fail(ErrorCode::cancelled, "no answer in time");
    if (errno != EINTR) return fail(ErrorCode::unavailable, "poll: {}", std::strerror(errno));
  }
}

SSL_CTX* tls_context() {
  static SSL_CTX* context = [] {
    SSL_CTX* made = SSL_CTX_new(TLS_client_method());
    if (made == nullptr) throw std::runtime_error("OpenSSL gives no TLS context: " + reason());
    SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION);
    SSL_CTX_set_default_verify_paths(made);
    SSL_CTX_set_verify(made, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return made;
  }();
  return context;
}

Result<> expect_host(SSL* session, const std::string& host) {
  if (is_address(host)) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str()) == 1) return {};
  } else if (SSL_set1_host(session, host.c_str()) == 1 && SSL_set_tlsext_host_name(session, host.c_str()) == 1) {
    return {};
  }
  return fail(ErrorCode::invalid, "TLS: '{}' is no host name", host);
}

Result<Tls> Tls::connect(int fd, const std::string& host, TimeLimit deadline) {
  Tls out(fd, SSL_new(tls_context()));
  if (!out.session_) return fail(ErrorCode::failed, "TLS: {}", reason());
  TRY(expect_host(out.session_.get(), host));
  SSL_set_fd(out.session_.get(), fd);
  while (true) {
    const int status = SSL_connect(out.session_.get());
    if (status == 1) return out;
    TRY_IN("TLS with " + host, out.wait(status, deadline));
  }
}

Result<> Tls::wait(int status, TimeLimit deadline) {
  switch (SSL_get_error(session_.get(), status)) {
    case SSL_ERROR_WANT_READ:
      return wait_for(fd_, POLLIN, deadline);
    case SSL_ERROR_WANT_WRITE:
      return wait_for(fd_, POLLOUT, deadline);
    default:
      break;
  }
  if (const long verdict = SSL_get_verify_result(session_.get()); verdict != X509_V_OK) {
    ERR_clear_error();
    return fail(ErrorCode::permission, "the certificate is not trusted: {}", X509_verify_cert_error_string(verdict));
  }
  return fail(ErrorCode::unavailable, "{}", reason());
}

Result<> Tls::send(std::string_view bytes, TimeLimit deadline) {
  while (!bytes.empty()) {
    const int sent = SSL_write(session_.get(), bytes.data(), static_cast<int>(std::min<size_t>(bytes.size(), INT_MAX)));
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else {
      TRY(wait(sent, deadline));
    }
  }
  return {};
}

Result<size_t> Tls::receive(char* out, size_t size, TimeLimit deadline) {
  while (true) {
    const int got = SSL_read(session_.get(), out, static_cast<int>(std::min<size_t>(size, INT_MAX)));
    if (got > 0) return static_cast<size_t>(got);
    if (SSL_get_error(session_.get(), got) == SSL_ERROR_ZERO_RETURN) return 0;
    TRY(wait(got, deadline));
  }
}

}  // namespace nelumbo::rpc
