#include <charconv>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>

#include "base/log.hpp"
#include "chain/drand.hpp"
#include "crypto/hash.hpp"
#include "crypto/keys.hpp"

namespace nelumbo::chain {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;
using asio::ip::tcp;

/// The secret from its file, or a new one in it.
Result<Bytes> load_key(const fs::path& file) {
  if (fs::exists(file)) return in_context(from_hex(TRY(read_text_file(file, 1024))), file.string());
  Bytes secret = random_bytes(32);
  secret[0] &= 0x3f;  // below the group's order
  TRY(write_file(file, to_hex(secret), 0600));
  return secret;
}

Result<DrandInfo> info_of(BytesView secret, int64_t genesis_time, int64_t period) {
  if (period <= 0) return fail(ErrorCode::invalid, "beacon period of {} s", period);
  DrandInfo info;
  info.public_key = TRY_IN("beacon key", drand::public_key(secret));
  info.period = period;
  info.genesis_time = genesis_time;
  auto seed = sha256(info.public_key);
  info.genesis_seed = {seed.begin(), seed.end()};
  info.beacon_id = "nelumbo-devnet";
  return info;
}

}  // namespace

struct DevnetBeacon::State {
  State(Bytes secret, DrandInfo info, BeaconListen listen, std::shared_ptr<Clock> clock)
      : secret(std::move(secret)),
        info(std::move(info)),
        hash(to_hex(this->info.hash())),
        listen(std::move(listen)),
        clock(std::move(clock)) {}

  Bytes secret;
  DrandInfo info;
  std::string hash;
  BeaconListen listen;  ///< with the real port once it listens
  std::shared_ptr<Clock> clock;
  asio::io_context context;
  tcp::acceptor acceptor{context};
  std::thread thread;

  uint64_t newest_round() const {
    const int64_t since = clock->unix_seconds() - info.genesis_time;
    return since < 0 ? 0 : static_cast<uint64_t>(since / info.period) + 1;
  }

  std::pair<http::status, std::string> round(uint64_t number) const {
    if (number == 0 || number > newest_round())
      return {http::status::not_found, R"({"error":"round does not exist yet"})"};
    auto signature = drand::sign(secret, number);
    if (!signature) return {http::status::internal_server_error, R"({"error":"signing failed"})"};
    auto randomness = drand::randomness(*signature);
    return {http::status::ok, fmt::format(R"({{"round":{},"randomness":"{}","signature":"{}"}})", number,
                                          to_hex(randomness), to_hex(*signature))};
  }

  std::pair<http::status, std::string> answer(std::string_view path) const {
    path = path.substr(0, path.find('?'));
    if (path == "/chains") return {http::status::ok, "[\"" + hash + "\"]"};
    if (path.starts_with("/" + hash)) path.remove_prefix(1 + hash.size());
    if (path == "/info") return {http::status::ok, info.json()};
    if (path == "/health") {
      auto newest = newest_round();
      return {http::status::ok, fmt::format(R"({{"current":{},"expected":{}}})", newest, newest)};
    }
    constexpr std::string_view kPublic = "/public/";
    if (path.starts_with(kPublic)) {
      path.remove_prefix(kPublic.size());
      if (path == "latest" || path == "0") return round(newest_round());
      uint64_t number = 0;
      auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), number);
      if (error == std::errc() && end == path.data() + path.size()) return round(number);
      return {http::status::bad_request, R"({"error":"not a round number"})"};
    }
    if (listen.documents) {
      if (auto body = listen.documents(path)) return {http::status::ok, *std::move(body)};
    }
    return {http::status::not_found, R"({"error":"no such path"})"};
  }

  asio::awaitable<void> serve(tcp::socket socket) {
    constexpr auto kIdle = std::chrono::seconds(60);
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer(16 << 10);
    try {
      for (;;) {
        stream.expires_after(kIdle);
        http::request<http::empty_body> request;
        co_await http::async_read(stream, buffer, request, use_awaitable);
        auto target = request.target();
        auto [status, body] = request.method() == http::verb::get
                                  ? answer(std::string_view(target.data(), target.size()))
                                  : std::pair(http::status::method_not_allowed, std::string("{}"));
        http::response<http::string_body> response{status, request.version()};
        response.set(http::field::content_type, "application/json");
        response.keep_alive(request.keep_alive());
        response.body() = std::move(body);
        response.prepare_payload();
        co_await http::async_write(stream, response, use_awaitable);
        if (!request.keep_alive()) break;
      }
    } catch (const boost::system::system_error& e) {
      if (e.code() != http::error::end_of_stream) log_debug("beacon", "client: {}", e.what());
    }
  }

  asio::awaitable<void> accept() {
    for (;;) {
      boost::system::error_code error;
      auto socket = co_await acceptor.async_accept(asio::redirect_error(use_awaitable, error));
      if (error == asio::error::operation_aborted) co_return;
      if (!error) asio::co_spawn(context, serve(std::move(socket)), asio::detached);
    }
  }
};

DevnetBeacon::DevnetBeacon(std::unique_ptr<State> state) : state_(std::move(state)) {}

DevnetBeacon::~DevnetBeacon() {
  state_->context.stop();
  if (state_->thread.joinable()) state_->thread.join();
}

Result<DrandInfo> DevnetBeacon::info(const fs::path& key_file, int64_t genesis_time, int64_t period) {
  return info_of(TRY(load_key(key_file)), genesis_time, period);
}

Result<std::unique_ptr<DevnetBeacon>> DevnetBeacon::serve(const fs::path& key_file, int64_t genesis_time,
                                                          int64_t period, BeaconListen listen,
                                                          std::shared_ptr<Clock> clock) {
  auto secret = TRY(load_key(key_file));
  auto info = TRY(info_of(secret, genesis_time, period));
  boost::system::error_code error;
  auto address = asio::ip::make_address_v4(listen.host, error);
  if (error) return fail(ErrorCode::invalid, "\"{}\" is no IPv4 address to listen on", listen.host);
  tcp::endpoint endpoint(address, listen.port);
  auto state = std::make_unique<State>(std::move(secret), std::move(info), std::move(listen), std::move(clock));
  auto& acceptor = state->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return fail(ErrorCode::unavailable, "beacon cannot listen on {}:{}: {}", state->listen.host, endpoint.port(),
                error.message());
  }
  state->listen.port = acceptor.local_endpoint().port();
  asio::co_spawn(state->context, state->accept(), asio::detached);
  state->thread = std::thread([raw = state.get()] { raw->context.run(); });
  return std::unique_ptr<DevnetBeacon>(new DevnetBeacon(std::move(state)));
}

const DrandInfo& DevnetBeacon::info() const { return state_->info; }
uint16_t DevnetBeacon::port() const { return state_->listen.port; }
std::string DevnetBeacon::url() const {
  const auto& host = state_->listen.host;
  return fmt::format("http://{}:{}", host == "0.0.0.0" ? "127.0.0.1" : host, port());
}

}  // namespace nelumbo::chain
