#include "rpc/client.hpp"

#include <charconv>

#include "client_state.hpp"
#include "scanner.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::rpc {
namespace {

constexpr size_t kKeptConnections = 8;

constexpr std::string_view kKindNames[] = {"invalid",   "not_found", "exists",      "permission", "unavailable",
                                           "exhausted", "cancelled", "unsupported", "failed"};

/// Calls visit(key, value text) for each member of an object.
template <class F>
Result<> for_each_member(std::string_view object, F visit) {
  JsonScanner scanner(object);
  if (!scanner.take('{')) return fail(ErrorCode::invalid, "the answer is no JSON object");
  if (scanner.take('}')) return {};
  do {
    scanner.skip_space();
    std::string_view key, value;
    bool escaped = false;
    if (!scanner.slice_string(key, escaped) || !scanner.take(':') || !scanner.slice_value(value)) {
      return fail(ErrorCode::invalid, "the answer is malformed JSON");
    }
    visit(key, value);
  } while (scanner.take(','));
  if (!scanner.take('}')) return fail(ErrorCode::invalid, "the answer is malformed JSON");
  return {};
}

TimeLimit deadline_after(std::chrono::milliseconds time) {
  if (time.count() <= 0) return std::nullopt;
  return std::chrono::steady_clock::now() + time;
}

}  // namespace

Error read_error(std::string_view object) {
  Error out{ErrorCode::failed, "the server's error is malformed"};
  int64_t code = 1;
  auto read = for_each_member(object, [&](std::string_view key, std::string_view value) {
    if (key == "message") {
      out.message = read_json_string(value).value_or(std::string(value));
    } else if (key == "code") {
      std::from_chars(value.data(), value.data() + value.size(), code);
    } else if (key == "data") {
      for (size_t i = 0; i < std::size(kKindNames); ++i) {
        if (value.size() > 2 && value.substr(1, value.size() - 2) == kKindNames[i])
          out.code = static_cast<ErrorCode>(i);
      }
    }
  });
  if (!read) return read.error();
  if (code < 0) out.message = fmt::format("RPC error ({}): {}", code, out.message);
  return out;
}

Result<std::string> read_answer(std::string_view object) {
  std::optional<std::string_view> result, error;
  TRY(for_each_member(object, [&](std::string_view key, std::string_view value) {
    if (key == "result") result = value;
    if (key == "error" && value != "null") error = value;
  }));
  if (error) return std::unexpected(read_error(*error));
  return std::string(result.value_or("null"));
}

Result<Connection> Client::State::connection() {
  {
    std::lock_guard lock(mutex);
    while (!idle.empty()) {
      auto out = std::move(idle.back());
      idle.pop_back();
      if (out.fresh()) return out;
    }
  }
  return Connection::open(where, deadline_after(options.connect_timeout));
}

Client::Client(ApiInfo where) : Client(std::move(where), Options()) {}
Client::Client(ApiInfo where, Options options) : state_(std::make_unique<State>()) {
  state_->where = std::move(where);
  state_->options = options;
}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

const ApiInfo& Client::where() const { return state_->where; }

Result<std::string> Client::call_text(std::string_view method, std::string_view params) const {
  auto& state = *state_;
  auto body =
      fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"Filecoin.{}","params":{}}})", state.next_id++, method, params);
  auto request =
      fmt::format("POST {} HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
                  endpoint_path(state.options.endpoint), state.where.host, state.where.port, body.size());
  if (!state.where.token.empty()) request += "Authorization: Bearer " + state.where.token + "\r\n";
  request += "\r\n" + body;

  auto connection = TRY(state.connection());
  auto deadline = deadline_after(state.options.call_timeout);
  auto context = fmt::format("calling {} at {}:{}", method, state.where.host, state.where.port);
  TRY_IN(context, connection.send(request, deadline));
  auto response = TRY_IN(context, connection.receive(state.options.max_answer, deadline));
  if (response.keep_alive) {
    std::lock_guard lock(state.mutex);
    if (state.idle.size() < kKeptConnections) state.idle.push_back(std::move(connection));
  }
  if (response.status == 401) {
    auto reason = trim(response.body).substr(0, 200);
    return fail(ErrorCode::permission, "the server at {}:{} refused the token{}{}", state.where.host, state.where.port,
                reason.empty() ? "" : ": ", reason);
  }
  auto text = trim(response.body);
  if (text.empty() || text.front() != '{') {
    return fail(ErrorCode::failed, "{}: the server answered with HTTP status {}: {}", context, response.status,
                text.substr(0, 200));
  }
  return read_answer(text);
}

Result<Version> Client::check_version(ApiVersion wanted) const {
  auto version = TRY(call(common::Version));
  if (!version.api_version.same_major_minor(wanted)) {
    return fail(ErrorCode::unsupported, "remote API version didn't match (expected {}, remote {})", wanted.str(),
                version.api_version.str());
  }
  return version;
}

}  // namespace nelumbo::rpc
