// Whole request bodies, single or batch, answered on a thread that may block.
#include <future>

#include "http_session.hpp"

namespace nelumbo::rpc {
namespace {

/// Runs one call to its end; the status is what HTTP says of it.
int answer_one(ServerState& server, std::string_view text, const CallContext& context, std::string& out) {
  auto refuse = [&](std::string_view id, const Failure& failure) {
    ++server.counters.failures;
    append_failure(out, id, failure);
    return http_status(failure);
  };
  auto envelope = read_envelope(text);
  if (!envelope) return refuse({}, Failure(kParseError, envelope.error().message));
  auto id = envelope->id;
  auto call = server.dispatcher.open(*std::move(envelope), context.endpoint, context.permissions);
  if (!call) return refuse(id, call.error());
  const auto& binding = *call->binding;
  if (binding.stream) {
    return refuse(
        id, Failure(kMethodNotFound, fmt::format("method '{}' not supported in this mode (no out channel support)",
                                                 call->envelope.method)));
  }
  size_t begin = out.size();
  int status = 200;
  if (binding.sync) {
    status = answer_sync(out, *call, context);
  } else {
    auto promise = std::make_shared<std::promise<Answer<std::string>>>();
    auto future = promise->get_future();
    binding.async(call->params, context,
                  RawReply([promise](Answer<std::string> answer) { promise->set_value(std::move(answer)); }));
    auto answer = future.get();
    if (!answer) status = http_status(answer.error());
    append_answer(out, id, answer);
  }
  if (id.empty()) out.resize(begin);  // a notification is not answered
  return status;
}

}  // namespace

BodyAnswer answer_body(ServerState& server, std::string_view body, const CallContext& context) {
  BodyAnswer out;
  body = trim(body);
  auto refuse = [&](const Failure& failure) {
    ++server.counters.failures;
    out.status = http_status(failure);
    append_failure(out.body, {}, failure);
    return out;
  };
  if (body.empty()) return refuse(Failure(kInvalidRequest, "Invalid request"));
  if (body.front() != '[') {
    ++server.counters.requests;
    out.status = answer_one(server, body, context, out.body);
    return out;
  }
  auto calls = split_json_list(body, server.options.max_batch);
  if (!calls) {
    bool too_many = calls.error().code == ErrorCode::exhausted;
    return refuse(Failure(
        kParseError, too_many ? fmt::format("batch of more than {} calls", server.options.max_batch) : "Parse error"));
  }
  if (calls->empty()) return refuse(Failure(kInvalidRequest, "Invalid request"));
  for (auto call : *calls) {
    if (context.stop.stop_requested()) break;
    ++server.counters.requests;
    size_t begin = out.body.size();
    out.body += out.body.empty() ? '[' : ',';
    answer_one(server, call, context, out.body);
    if (out.body.size() == begin + 1) out.body.resize(begin);
  }
  if (!out.body.empty()) out.body += "]\n";
  return out;
}

}  // namespace nelumbo::rpc
