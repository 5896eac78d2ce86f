#pragma once
// The typed JSON-RPC client: calls over HTTP (kept alive), subscriptions over WebSocket.
//
//   rpc::Client node(TRY(rpc::find_api_info("FULLNODE_API_INFO", repo, "lotus daemon")));
//   TipsetPtr head = TRY(node.call(rpc::full::ChainHead));
//   auto watch = TRY(node.subscribe(rpc::full::ChainNotify, [](std::vector<HeadChange> c) { … }, [](const Error&) { …
//   }));

#include <chrono>
#include <functional>
#include <memory>

#include "rpc/api_info.hpp"
#include "rpc/api_types.hpp"
#include "rpc/method.hpp"

namespace nelumbo::rpc {

/// A running subscription: ends when destroyed (never from within its own callbacks).
class Subscription {
 public:
  struct State;
  explicit Subscription(std::shared_ptr<State> state);
  Subscription(Subscription&&) noexcept;
  Subscription& operator=(Subscription&&) noexcept;
  ~Subscription();

 private:
  std::shared_ptr<State> state_;
};

/// Thread-safe: calls from several threads use several connections. Calls block until answered.
class Client {
 public:
  struct Options {
    Endpoint endpoint = Endpoint::v1;
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds call_timeout{0};  ///< 0: wait for as long as the server works
    size_t max_answer = size_t{1} << 30;        ///< bytes
  };
  explicit Client(ApiInfo where);
  Client(ApiInfo where, Options options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  const ApiInfo& where() const;

  /// Calls a method. Errors: unavailable when nobody answers, permission for a refused token, else the server's error
  /// (its code and message in the text).
  template <class M, class... Args>
  Result<typename M::Result> call(const M&, const Args&... args) const {
    static_assert(!M::kIsStream, "subscribe to a method with a Stream");
    static_assert(sizeof...(Args) == M::kParamCount, "one argument for each parameter of the method");
    auto text = call_text(M::info.name, MethodCodec<M>::put_params(typename M::Params(args...)));
    if (!text) return std::unexpected(std::move(text).error());
    if constexpr (std::is_void_v<typename M::Result>) {
      return {};
    } else {
      return in_context(MethodCodec<M>::get_value(*text), M::info.name);
    }
  }

  /// Subscribes; on_value is called on the subscription's own thread for each value, on_end once when the stream ends
  /// or breaks (not when the Subscription is destroyed).
  template <class M, class... Args>
  Result<Subscription> subscribe(const M&, std::function<void(MethodValue<M>)> on_value,
                                 std::function<void(const Error&)> on_end, const Args&... args) const {
    static_assert(M::kIsStream, "only a method with a Stream can be subscribed to");
    return subscribe_text(
        M::info.name, MethodCodec<M>::put_params(typename M::Params(args...)),
        [on_value = std::move(on_value)](std::string_view json) -> Result<> {
          auto value = MethodCodec<M>::get_value(json);
          if (!value) return std::unexpected(std::move(value).error());
          on_value(*std::move(value));
          return {};
        },
        std::move(on_end));
  }

  /// Asks for the server's version and refuses one whose API major.minor differs, naming both.
  Result<Version> check_version(ApiVersion wanted) const;

  /// The raw forms: parameters and result as JSON texts; the method without "Filecoin.".
  Result<std::string> call_text(std::string_view method, std::string_view params) const;
  Result<Subscription> subscribe_text(std::string_view method, std::string_view params,
                                      std::function<Result<>(std::string_view json)> on_value,
                                      std::function<void(const Error&)> on_end) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo::rpc
