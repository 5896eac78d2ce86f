#pragma once
// The JSON-RPC server: HTTP and WebSocket on one port, permissions by token, subscriptions.
//
//   auto server = TRY(rpc::Server::make({.port = 1234, .verify = ...}));
//   server->bind(rpc::full::ChainHead, [&] { return head_json(); }, rpc::Run::inline_);
//   server->bind(rpc::full::StateGetActor, [&](const Address& a, const TipsetKey& k) -> Result<Actor> { … });
//   server->bind_async(rpc::full::StateWaitMsg, [&](rpc::Reply<MsgLookup> reply, Cid c, …) { … later: reply(value); });
//   server->bind_stream(rpc::full::ChainNotify, [&](rpc::Subscriber<std::vector<HeadChange>> out) -> Result<> { … });
//   server->start();

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "rpc/api_types.hpp"
#include "rpc/method.hpp"
#include "rpc/pages.hpp"

namespace nelumbo::rpc {

/// Where a handler runs: on the pool (it may block), or at once on the I/O thread (it must answer in microseconds).
enum class Run { pool, inline_ };

/// Who calls.
struct CallContext {
  Permissions permissions;
  Endpoint endpoint = Endpoint::v1;
  std::stop_token stop;  ///< asked to stop when the caller cancels or goes away
};

/// Why a call failed, as JSON-RPC says it.
struct Failure {
  int code = 1;  ///< 1: the handler's own error; negative: the protocol's (-32700 … -32600)
  std::string message;
  ErrorCode kind = ErrorCode::failed;  ///< told to our own client, so that it can branch as if it had called directly

  Failure() = default;
  Failure(int c, std::string m, ErrorCode k = ErrorCode::invalid) : code(c), message(std::move(m)), kind(k) {}
  explicit Failure(Error error) : message(std::move(error.message)), kind(error.code) {}
};
inline constexpr int kParseError = -32700, kInvalidRequest = -32600, kMethodNotFound = -32601, kInvalidParams = -32602;
template <class T = void>
using Answer = std::expected<T, Failure>;

/// The later answer of an asynchronous handler. Copyable; the first answer counts; thread-safe. When every copy is gone
/// without an answer, the caller gets an error.
class RawReply {
 public:
  using Send = std::function<void(Answer<std::string>)>;
  explicit RawReply(Send send);
  void operator()(Answer<std::string> json) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};
template <class M>
class Reply {
 public:
  using Value = typename MethodCodec<M>::Value;
  explicit Reply(RawReply raw) : raw_(std::move(raw)) {}
  void operator()(Result<MethodValue<M>> value) const {
    if (!value) return raw_(std::unexpected(Failure(std::move(value).error())));
    std::string out;
    if constexpr (std::is_void_v<MethodValue<M>>) {
      out = "null";
    } else {
      MethodCodec<M>::put_value(out, *value);
    }
    raw_(std::move(out));
  }

 private:
  RawReply raw_;
};

/// The server's end of one subscription. Copyable, thread-safe; gone when the client cancels, leaves or reads too
/// slowly.
class RawSubscriber {
 public:
  virtual ~RawSubscriber() = default;
  virtual bool send(const std::string& json) = 0;
  virtual void close() = 0;
  virtual bool closed() const = 0;
  virtual bool wait_for_room() = 0;
  virtual void on_close(std::function<void()> callback) = 0;
};
template <class M>
class Subscriber {
 public:
  explicit Subscriber(std::shared_ptr<RawSubscriber> raw) : raw_(std::move(raw)) {}
  /// Queues a value; false when the subscription is gone.
  bool send(const MethodValue<M>& value) const {
    if (raw_->closed()) return false;
    std::string out;
    MethodCodec<M>::put_value(out, value);
    return raw_->send(out);
  }
  /// Queues a value that was serialised before, for many subscribers at once.
  bool send(const RawJson& value) const { return raw_->send(value.text()); }
  /// Waits until the client has read most of what is queued for it; false when the subscription is gone. For streams
  /// that are as fast as their reader; not on the I/O thread.
  bool wait_for_room() const { return raw_->wait_for_room(); }
  /// Ends the stream; the client is told.
  void close() const { raw_->close(); }
  bool closed() const { return raw_->closed(); }
  /// Called once when the subscription is gone (at once if it is already), on any thread.
  void on_close(std::function<void()> callback) const { raw_->on_close(std::move(callback)); }

 private:
  std::shared_ptr<RawSubscriber> raw_;
};

/// The JSON of one value, as a handler of M would answer it: what a node keeps to answer again.
template <class M>
RawJson serialise(const M&, const MethodValue<M>& value) {
  std::string out;
  MethodCodec<M>::put_value(out, value);
  return RawJson(std::move(out));
}

class Server {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    uint16_t port = 0;  ///< 0: any free one
    size_t io_threads = 1;
    size_t max_pool_threads = 64;  ///< for handlers that block; made on demand
    size_t max_connections = 1024;
    size_t max_body = size_t{100} << 20;       ///< bytes of one request
    std::chrono::seconds request_timeout{30};  ///< silence in the midst of a request after which its connection ends
    size_t max_batch = 1000;                   ///< calls of one batch
    size_t max_calls = 128;                    ///< calls under way on one WebSocket
    size_t max_queued = size_t{64} << 20;      ///< bytes queued for a slow WebSocket reader before it is dropped
    /// Gives a token's permissions; an error is answered with 401. Without it, every token is refused.
    std::function<Result<Permissions>(std::string_view token)> verify;
    /// Tokens may expire or be revoked: `verify` is asked for each request and each call on a WebSocket, not once a
    /// connection.
    bool verify_each = false;
    Permissions default_permissions = kReadOnly;  ///< of a caller without a token
    std::string title = "Nelumbo RPC API";        ///< of the OpenRPC document
  };

  /// Listens; `exists` when the port is taken. Answers nothing before start().
  static Result<std::unique_ptr<Server>> make(Options options);
  ~Server();  ///< stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  uint16_t port() const;

  /// Binds a handler: called with the method's parameters, optionally with `const CallContext&` before them; it returns
  /// Result<value> or Result<RawJson>. All binding happens before start().
  template <class M, class F>
  void bind(const M&, F handler, Run run = Run::pool);
  /// Binds a handler `void(Reply<M>, [const CallContext&,] parameters…)` that answers later; it runs on the I/O thread
  /// and must not block.
  template <class M, class F>
  void bind_async(const M&, F handler);
  /// Binds a handler `Result<>(Subscriber<M>, parameters…)` of a method with a Stream; it runs on the pool.
  template <class M, class F>
  void bind_stream(const M&, F handler);
  /// Another name for a bound method, without prefix ("eth_chainId").
  void alias(std::string name, const MethodInfo& method);

  /// What /health/readyz answers (200 or 503) and /debug/metrics adds (Prometheus text). Thread-safe functions.
  void set_ready(std::function<bool()> ready);
  /// What else /health/readyz says: whole lines for a person, whether ready or not. Thread-safe, must not block.
  void set_ready_text(std::function<std::string()> text);
  /// Static pages, to GET and HEAD and without a token, but under no path that the server itself answers. Before
  /// start().
  void set_pages(Pages pages);
  void set_metrics(std::function<std::string()> metrics);
  /// Whether the method has a handler, in this form, on each of its endpoints.
  bool answers(const MethodInfo& method) const;
  /// The OpenRPC document of what is bound on an endpoint.
  std::string open_rpc(Endpoint endpoint) const;

  void start();
  /// Closes all connections and joins all threads; calls under way are asked to stop and waited for.
  void stop();

  using ParamTexts = std::vector<std::string_view>;
  /// Appends the answer's JSON to out.
  using SyncHandler = std::function<Answer<>(const ParamTexts&, const CallContext&, std::string& out)>;
  using AsyncHandler = std::function<void(const ParamTexts&, const CallContext&, RawReply)>;
  using StreamHandler = std::function<Answer<>(const ParamTexts&, std::shared_ptr<RawSubscriber>)>;
  /// What a method's OpenRPC entry needs of its types.
  struct Schemas {
    std::vector<std::string> parameters;
    std::string value;
  };

  void bind_raw(const MethodInfo& method, SyncHandler handler, Run run, std::function<Schemas()> schemas);
  void bind_raw_async(const MethodInfo& method, AsyncHandler handler, std::function<Schemas()> schemas);
  void bind_raw_stream(const MethodInfo& method, StreamHandler handler, std::function<Schemas()> schemas);

  struct State;

 private:
  explicit Server(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

namespace detail {
template <class M>
Server::Schemas schemas_of() {
  return {MethodCodec<M>::parameter_schemas(), MethodCodec<M>::value_schema()};
}
template <class Params>
std::unexpected<Failure> bad_params(Result<Params>& params) {
  return std::unexpected(Failure(kInvalidParams, std::move(params).error().message));
}
/// Calls a handler with its leading arguments, with the context if it takes one.
template <class F, class Params, class... Leading>
decltype(auto) invoke_handler(F& handler, const CallContext& context, Params& params, Leading&&... leading) {
  return std::apply(
      [&](auto&... each) -> decltype(auto) {
        if constexpr (std::is_invocable_v<F&, Leading..., const CallContext&, decltype(each)...>) {
          return handler(std::forward<Leading>(leading)..., context, each...);
        } else {
          return handler(std::forward<Leading>(leading)..., each...);
        }
      },
      params);
}
}  // namespace detail

template <class M, class F>
void Server::bind(const M&, F handler, Run run) {
  static_assert(!M::kIsStream, "a method with a Stream is bound with bind_stream");
  bind_raw(
      M::info,
      [handler = std::move(handler)](const ParamTexts& texts, const CallContext& context,
                                     std::string& out) mutable -> Answer<> {
        auto params = MethodCodec<M>::get_params(texts);
        if (!params) return detail::bad_params(params);
        auto result = detail::invoke_handler(handler, context, *params);
        if (!result) return std::unexpected(Failure(std::move(result).error()));
        using Value = typename decltype(result)::value_type;
        if constexpr (std::is_void_v<Value>) {
          out += "null";
        } else if constexpr (std::is_same_v<Value, RawJson>) {
          out += result->text();
        } else {
          MethodCodec<M>::put_value(out, *result);
        }
        return {};
      },
      run, detail::schemas_of<M>);
}

template <class M, class F>
void Server::bind_async(const M&, F handler) {
  bind_raw_async(
      M::info,
      [handler = std::move(handler)](const ParamTexts& texts, const CallContext& context, RawReply reply) mutable {
        auto params = MethodCodec<M>::get_params(texts);
        if (!params) return reply(detail::bad_params(params));
        detail::invoke_handler(handler, context, *params, Reply<M>(std::move(reply)));
      },
      detail::schemas_of<M>);
}

template <class M, class F>
void Server::bind_stream(const M&, F handler) {
  static_assert(M::kIsStream, "only a method with a Stream is bound with bind_stream");
  bind_raw_stream(
      M::info,
      [handler = std::move(handler)](const ParamTexts& texts, std::shared_ptr<RawSubscriber> out) mutable -> Answer<> {
        auto params = MethodCodec<M>::get_params(texts);
        if (!params) return detail::bad_params(params);
        auto begun =
            std::apply([&](auto&... each) { return handler(Subscriber<M>(std::move(out)), each...); }, *params);
        if (!begun) return std::unexpected(Failure(std::move(begun).error()));
        return {};
      },
      detail::schemas_of<M>);
}

}  // namespace nelumbo::rpc
