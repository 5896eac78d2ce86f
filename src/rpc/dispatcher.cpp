#include "dispatcher.hpp"

#include <algorithm>
#include <bit>

#include "base/log.hpp"

namespace nelumbo::rpc {
namespace {

constexpr size_t kMaxParams = 64;
constexpr std::string_view kPrefix = "Filecoin.";
constexpr std::string_view kResultHead = "{\"jsonrpc\":\"2.0\",\"result\":";

constexpr std::string_view kKindNames[] = {"invalid",   "not_found", "exists",      "permission", "unavailable",
                                           "exhausted", "cancelled", "unsupported", "failed"};

void append_tail(std::string& out, std::string_view id) {
  out += ",\"id\":";
  out += id.empty() ? std::string_view("null") : id;
  out += "}\n";
}

}  // namespace

const Dispatcher::Table& Dispatcher::table(Endpoint endpoint) const {
  return tables_[static_cast<size_t>(std::countr_zero(static_cast<uint8_t>(endpoint)))];
}

void Dispatcher::add(Binding binding) {
  auto shared = std::make_shared<const Binding>(std::move(binding));
  int reach = std::popcount(shared->info.endpoints);
  for (size_t i = 0; i < tables_.size(); ++i) {
    if (!(shared->info.endpoints >> i & 1)) continue;
    auto& slot = tables_[i][std::string(kPrefix) + std::string(shared->info.name)];
    if (!slot || std::popcount(slot->info.endpoints) >= reach) slot = shared;
  }
}

void Dispatcher::alias(std::string name, std::string_view method) {
  aliases_[std::move(name)] = std::string(kPrefix) + std::string(method);
}

const Binding* Dispatcher::find(Endpoint endpoint, std::string_view name) const {
  const auto& methods = table(endpoint);
  auto it = methods.find(name);
  if (it == methods.end()) {
    auto alias = aliases_.find(name);
    if (alias != aliases_.end()) it = methods.find(alias->second);
  }
  return it == methods.end() ? nullptr : it->second.get();
}

bool Dispatcher::answers(const MethodInfo& method) const {
  const auto name = std::string(kPrefix) + std::string(method.name);
  for (Endpoint endpoint : {Endpoint::v0, Endpoint::v1, Endpoint::v2}) {
    if (!(method.endpoints & static_cast<uint8_t>(endpoint))) continue;
    auto* binding = find(endpoint, name);
    if (!binding || std::popcount(binding->info.endpoints) > std::popcount(method.endpoints)) return false;
  }
  return true;
}

std::vector<const Binding*> Dispatcher::bindings(Endpoint endpoint) const {
  std::vector<const Binding*> out;
  for (const auto& [name, binding] : table(endpoint)) out.push_back(binding.get());
  std::sort(out.begin(), out.end(), [](auto* a, auto* b) { return a->info.name < b->info.name; });
  return out;
}

Answer<Call> Dispatcher::open(Envelope envelope, Endpoint endpoint, Permissions permissions) const {
  Call call;
  call.binding = find(endpoint, envelope.method);
  if (call.binding == nullptr) {
    return std::unexpected(
        Failure(kMethodNotFound, fmt::format("method '{}' not found", envelope.method), ErrorCode::unsupported));
  }
  const auto& info = call.binding->info;
  if (!permissions.has(info.permission)) {
    return std::unexpected(Failure(
        1, fmt::format("missing permission to invoke '{}' (need '{}')", info.name, permission_name(info.permission)),
        ErrorCode::permission));
  }
  if (!envelope.params.empty()) {
    auto params = split_json_list(envelope.params, kMaxParams);
    if (!params) {
      return std::unexpected(Failure(kInvalidParams, "unmarshaling param array: " + params.error().message));
    }
    call.params = *std::move(params);
  }
  call.envelope = std::move(envelope);
  return call;
}

int answer_sync(std::string& out, const Call& call, const CallContext& context) {
  size_t begin = out.size();
  out += kResultHead;
  Answer<> answer;
  try {
    answer = call.binding->sync(call.params, context, out);
  } catch (const std::exception& error) {
    log_error("rpc", "{} broke: {}", call.binding->info.name, error.what());
    answer = std::unexpected(
        Failure(1, fmt::format("fatal error calling '{}': {}", call.envelope.method, error.what()), ErrorCode::failed));
  }
  if (answer) {
    append_tail(out, call.envelope.id);
    return 200;
  }
  out.resize(begin);
  append_failure(out, call.envelope.id, answer.error());
  return http_status(answer.error());
}

void append_answer(std::string& out, std::string_view id, const Answer<std::string>& answer) {
  if (!answer) return append_failure(out, id, answer.error());
  out += kResultHead;
  out += *answer;
  append_tail(out, id);
}

void append_failure(std::string& out, std::string_view id, const Failure& failure) {
  out += "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":";
  out += std::to_string(failure.code);
  out += ",\"message\":";
  append_json_string(out, failure.message);
  out += ",\"data\":";
  append_json_string(out, kKindNames[static_cast<size_t>(failure.kind)]);
  out += '}';
  append_tail(out, id);
}

int http_status(const Failure& failure) {
  if (failure.code >= 0) return 200;
  return failure.code == kInvalidRequest ? 400 : 500;
}

}  // namespace nelumbo::rpc
