#pragma once
// A server on a free port with a few handlers, and raw sockets to speak to it.

#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "connection.hpp"
#include "rpc/client.hpp"
#include "rpc/jwt.hpp"
#include "rpc/server.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::rpc::testing {

inline const Bytes kSecret = to_bytes(std::string_view("a secret of these tests"));

/// Handlers that need no chain: enough to see every way a call can go.
class TestServer {
 public:
  explicit TestServer(Server::Options options = {}) {
    options.verify = [](std::string_view token) { return verify_token(kSecret, token); };
    server = must(Server::make(std::move(options)));
    server->bind(common::Version, []() -> Result<Version> {
      return Version{.version = "test", .api_version = kFullApiVersion1, .block_delay = 30, .agent = "nelumbo"};
    });
    server->bind(v0::Version,
                 []() -> Result<Version> { return Version{.version = "old", .api_version = kFullApiVersion0}; });
    server->bind(
        full::StateNetworkName, []() -> Result<RawJson> { return RawJson("\"testnet\""); }, Run::inline_);
    server->bind(full::MpoolGetNonce, [](const Address& address) -> Result<uint64_t> {
      if (!address.is_id()) return fail(ErrorCode::not_found, "actor not found");
      return address.id();
    });
    server->bind(full::WalletSetDefault, [](const Address&) -> Result<> { return {}; });
    server->bind(
        full::WalletValidateAddress, [](const std::string& text) { return Address::parse(text); }, Run::inline_);
    server->bind(full::ChainReadObj, [](const Cid&) -> Result<Bytes> { return Bytes(3'000'000, 7); });
    server->bind(full::ChainPutObj, [](const Bytes&) -> Result<> { return {}; });
    server->bind(
        full::StateVMCirculatingSupplyInternal,
        [](const TipsetKey&) -> Result<CirculatingSupply> { throw std::runtime_error("broken"); }, Run::inline_);
    server->bind_async(full::StateWaitMsg, [this](Reply<full::StateWaitMsg_t> reply, const CallContext& context,
                                                  const Cid&, uint64_t, ChainEpoch, bool) {
      std::lock_guard lock(mutex);
      waiting.emplace(std::move(reply));
      wait_stop = context.stop;
      changed.notify_all();
    });
    server->bind_stream(full::MpoolSub, [this](Subscriber<full::MpoolSub_t> out) -> Result<> {
      out.on_close([this] {
        std::lock_guard lock(mutex);
        subscriber.reset();
        ++closed_streams;
        changed.notify_all();
      });
      out.send(MpoolUpdate{.type = MpoolUpdate::kRemove});
      std::lock_guard lock(mutex);
      subscriber.emplace(out);
      changed.notify_all();
      return {};
    });
    server->bind_stream(full::SyncIncomingBlocks,
                        [](auto) -> Result<> { return fail(ErrorCode::unsupported, "not here"); });
    server->alias("eth_test", full::StateNetworkName.info);
    server->start();
  }
  ~TestServer() { server->stop(); }

  ApiInfo where(Permissions permissions) const {
    return {make_token(kSecret, permissions), "127.0.0.1", server->port()};
  }
  ApiInfo anonymous() const { return {"", "127.0.0.1", server->port()}; }

  template <class F>
  bool wait_until(F condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), condition);
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Reply<full::StateWaitMsg_t>> waiting;
  std::stop_token wait_stop;
  std::optional<Subscriber<full::MpoolSub_t>> subscriber;
  int closed_streams = 0;
  std::unique_ptr<Server> server;  // last: stops before what its handlers use is gone
};

/// Sends bytes on a connection of its own and gives the answer.
inline Result<Connection::Response> raw_exchange(const ApiInfo& where, std::string_view bytes) {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  auto connection = TRY(Connection::open(where, deadline));
  TRY(connection.send(bytes, deadline));
  return connection.receive(size_t{1} << 30, deadline);
}
inline std::string post_text(std::string_view path, std::string_view body, std::string_view headers = "") {
  return fmt::format("POST {} HTTP/1.1\r\nHost: x\r\n{}Content-Length: {}\r\n\r\n{}", path, headers, body.size(), body);
}
inline Connection::Response post(const ApiInfo& where, std::string_view body, std::string_view path = "/rpc/v1") {
  std::string headers;
  if (!where.token.empty()) headers = "Authorization: Bearer " + where.token + "\r\n";
  return must(raw_exchange(where, post_text(path, body, headers)));
}

}  // namespace nelumbo::rpc::testing
