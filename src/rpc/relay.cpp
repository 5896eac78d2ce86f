#include "rpc/relay.hpp"

#include <future>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "relay_link.hpp"

namespace nelumbo::rpc {

namespace asio = boost::asio;

namespace {

/// Calls under way on one connection: a server stops reading from one that has many more.
constexpr size_t kMaxLoad = 100;

std::string list_of(const Server::ParamTexts& texts) {
  std::string out = "[";
  for (const auto& each : texts) {
    if (out.size() > 1) out += ',';
    out += each;
  }
  return out += ']';
}

/// The endpoint that a method is asked for at: the newest of those that have it in this form.
Endpoint asked_at(const MethodInfo& method) {
  if (method.endpoints & kEndpointV1) return Endpoint::v1;
  return method.endpoints & kEndpointV2 ? Endpoint::v2 : Endpoint::v0;
}

}  // namespace

struct Relay::State {
  explicit State(ApiInfo info) : where(std::move(info)) {}

  const ApiInfo where;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::vector<std::shared_ptr<RelayLink>> links;  ///< on the thread only
  std::thread thread;

  /// A connection with room, or a new one.
  RelayLink& link(Endpoint endpoint) {
    std::erase_if(links, [](const auto& each) { return each->closed(); });
    for (const auto& each : links) {
      if (each->endpoint() == endpoint && each->load() < kMaxLoad) return *each;
    }
    return *links.emplace_back(RelayLink::make(context, where, endpoint));
  }

  void start(const MethodInfo& method, std::string params, RelayLink::Job job) {
    asio::post(context, [this, method, params = std::move(params), job = std::move(job)]() mutable {
      link(asked_at(method)).start(method.name, params, std::move(job));
    });
  }
};

Relay::Relay(ApiInfo where) : state_(std::make_shared<State>(std::move(where))) {
  state_->thread = std::thread([state = state_.get()] { state->context.run(); });
}

Relay::~Relay() {
  asio::post(state_->context, [state = state_.get()] {
    for (const auto& link : state->links) link->close({ErrorCode::cancelled, "this node stops"});
    state->links.clear();
    state->context.stop();
  });
  state_->thread.join();
}

void Relay::bind(Server& server, const DeclaredMethod& method) {
  if (!method.is_stream) {
    auto handler = [state = state_, info = method.info](const Server::ParamTexts& texts, const CallContext& call,
                                                        RawReply reply) {
      state->start(info, list_of(texts), {std::move(reply), nullptr, call.stop});
    };
    return server.bind_raw_async(method.info, std::move(handler), method.schemas);
  }
  auto handler = [state = state_, info = method.info](const Server::ParamTexts& texts,
                                                      std::shared_ptr<RawSubscriber> out) -> Answer<> {
    auto begun = std::make_shared<std::promise<Answer<std::string>>>();
    auto wait = begun->get_future();
    RawReply reply([begun](Answer<std::string> answer) { begun->set_value(std::move(answer)); });
    state->start(info, list_of(texts), {std::move(reply), std::move(out), {}});
    auto answer = wait.get();
    if (!answer) return std::unexpected(std::move(answer).error());
    return {};
  };
  server.bind_raw_stream(method.info, std::move(handler), method.schemas);
}

}  // namespace nelumbo::rpc
