#pragma once
// For tests: a certificate authority of our own, and a proxy that speaks TLS before a plain server.

#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/file.hpp"

namespace nelumbo::rpc::testing {

/// A key with a certificate, as PEM files need them.
struct Certificate {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> body;

  /// Signed by `issuer`, or by itself (an authority). `alt_names`: "DNS:localhost", "IP:127.0.0.1".
  static Certificate make(const char* name, const Certificate* issuer, const char* alt_names) {
    Certificate out{{EVP_EC_gen("P-256"), EVP_PKEY_free}, {X509_new(), X509_free}};
    X509* x = out.body.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), issuer == nullptr ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, out.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    const Certificate& by = issuer == nullptr ? out : *issuer;
    X509_set_issuer_name(x, X509_get_subject_name(by.body.get()));
    add(x, issuer == nullptr ? NID_basic_constraints : NID_subject_alt_name,
        issuer == nullptr ? "critical,CA:TRUE" : alt_names);
    X509_sign(x, by.key.get(), EVP_sha256());
    return out;
  }
  std::string pem() const {
    std::shared_ptr<BIO> bio(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(bio.get(), body.get());
    char* data = nullptr;
    auto size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<size_t>(size)};
  }

 private:
  static void add(X509* x, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, x, x, nullptr, nullptr, 0);
    std::shared_ptr<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value), X509_EXTENSION_free);
    X509_add_ext(x, extension.get(), -1);
  }
};

/// Takes TLS connections on a free port and passes what they hold to a plain server on another.
class TlsProxy {
 public:
  TlsProxy(const Certificate& certificate, uint16_t plain_port) : plain_port_(plain_port) {
    tls_.use_certificate(boost::asio::buffer(certificate.pem()), boost::asio::ssl::context::pem);
    SSL_CTX_use_PrivateKey(tls_.native_handle(), certificate.key.get());
    thread_ = std::thread([this] { run(); });
  }
  ~TlsProxy() {
    stopping_ = true;
    boost::system::error_code ignored;
    tcp::socket wake(context_);
    wake.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  using tcp = boost::asio::ip::tcp;

  void run() {
    std::vector<std::thread> served;
    while (true) {
      auto socket = std::make_shared<tcp::socket>(acceptor_.accept());
      if (stopping_) break;
      served.emplace_back([this, socket] { serve(std::move(*socket)); });
    }
    for (auto& each : served) each.join();
  }

  /// Both directions on one event loop: a TLS session must not be used by two threads at once.
  void serve(tcp::socket socket) {
    boost::asio::io_context context(1);
    boost::system::error_code error;
    const auto protocol = socket.local_endpoint().protocol();
    tcp::socket moved(context, protocol, socket.release());
    boost::asio::ssl::stream<tcp::socket> front(std::move(moved), tls_);
    front.handshake(boost::asio::ssl::stream_base::server, error);
    if (error) return;
    tcp::socket back(context);
    back.connect({boost::asio::ip::make_address("127.0.0.1"), plain_port_}, error);
    if (error) return;
    std::array<char, 1 << 14> up{}, down{};
    auto close = [&] {
      boost::system::error_code ignored;
      front.next_layer().close(ignored);
      back.close(ignored);
    };
    pump(front, back, up, close);
    pump(back, front, down, close);
    context.run();
  }
  template <class From, class To, class Close>
  static void pump(From& from, To& to, std::array<char, 1 << 14>& buffer, Close close) {
    from.async_read_some(boost::asio::buffer(buffer), [&, close](auto error, size_t got) {
      if (error) {
        // The end of a plain answer is the end of the session.
        if constexpr (!std::is_same_v<To, tcp::socket>) {
          to.async_shutdown([close](auto) { close(); });
          return;
        }
        return close();
      }
      boost::asio::async_write(to, boost::asio::buffer(buffer, got),
                               [&, close](auto failed, size_t) { failed ? close() : pump(from, to, buffer, close); });
    });
  }

  uint16_t plain_port_;
  boost::asio::io_context context_;
  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_server};
  tcp::acceptor acceptor_{context_, {boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

/// The authority that this test program trusts, by SSL_CERT_FILE, from before the first TLS connection on.
inline const Certificate& trusted_authority() {
  static const Certificate authority = [] {
    auto made = Certificate::make("authority of this test", nullptr, nullptr);
    auto file = fs::temp_directory_path() / fmt::format("nelumbo-ca-{}.pem", ::getpid());
    must(write_file(file, made.pem()));
    ::setenv("SSL_CERT_FILE", file.c_str(), 1);
    std::atexit([] { fs::remove(fs::temp_directory_path() / fmt::format("nelumbo-ca-{}.pem", ::getpid())); });
    return made;
  }();
  return authority;
}

}  // namespace nelumbo::rpc::testing
