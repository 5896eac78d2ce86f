#include "chain/http_get.hpp"

#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <openssl/ssl.h>

namespace nelumbo::chain {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;

struct Url {
  bool secure = false;
  std::string host, port, target;
};

Result<Url> parse_url(std::string_view text) {
  Url url;
  if (text.starts_with("https://")) {
    url.secure = true;
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else {
    return fail(ErrorCode::invalid, "URL \"{}\" is neither http nor https", text);
  }
  auto slash = text.find('/');
  url.target = slash == text.npos ? "/" : std::string(text.substr(slash));
  auto authority = text.substr(0, slash);
  auto colon = authority.rfind(':');
  if (colon != authority.npos && authority.find(']', colon) == authority.npos) {
    url.port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  } else {
    url.port = url.secure ? "443" : "80";
  }
  if (authority.starts_with('[') && authority.ends_with(']')) authority = authority.substr(1, authority.size() - 2);
  if (authority.empty()) return fail(ErrorCode::invalid, "URL without a host");
  url.host = authority;
  return url;
}

template <class Stream>
asio::awaitable<HttpResponse> ask(Stream& stream, const Url& url, size_t max_body) {
  http::request<http::empty_body> request{http::verb::get, url.target, 11};
  request.set(http::field::host, url.host);
  request.set(http::field::user_agent, "nelumbo");
  request.set(http::field::accept, "application/json");
  co_await http::async_write(stream, request, use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(max_body);
  co_await http::async_read(stream, buffer, parser, use_awaitable);
  auto& response = parser.get();
  co_return HttpResponse{static_cast<int>(response.result_int()), std::move(response.body())};
}

asio::awaitable<HttpResponse> get(const Url& url, std::chrono::milliseconds deadline, size_t max_body) {
  auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver(executor);
  auto found = co_await resolver.async_resolve(url.host, url.port, use_awaitable);
  if (!url.secure) {
    beast::tcp_stream stream(executor);
    stream.expires_after(deadline);
    co_await stream.async_connect(found, use_awaitable);
    co_return co_await ask(stream, url, max_body);
  }
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.set_default_verify_paths();
  context.set_verify_mode(asio::ssl::verify_peer);
  beast::ssl_stream<beast::tcp_stream> stream(executor, context);
  stream.set_verify_callback(asio::ssl::host_name_verification(url.host));
  SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str());
  auto& socket = beast::get_lowest_layer(stream);
  socket.expires_after(deadline);
  co_await socket.async_connect(found, use_awaitable);
  co_await stream.async_handshake(asio::ssl::stream_base::client, use_awaitable);
  co_return co_await ask(stream, url, max_body);
}

}  // namespace

Result<HttpResponse> http_get(const std::string& text, std::chrono::milliseconds deadline, size_t max_body) {
  const Url url = TRY(parse_url(text));
  asio::io_context context;
  std::optional<HttpResponse> response;
  std::string error = "no answer in time";
  asio::co_spawn(context, get(url, deadline, max_body), [&](std::exception_ptr failure, HttpResponse got) {
    if (!failure) {
      response = std::move(got);
      return;
    }
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      error = e.what();
    }
  });
  // The name's look-up has no deadline of its own: this one covers it.
  context.run_for(deadline + std::chrono::seconds(1));
  if (!response) return fail(ErrorCode::unavailable, "{}: {}", text, error);
  return *std::move(response);
}

}  // namespace nelumbo::chain
