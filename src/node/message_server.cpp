#include "message_server.hpp"

#include <fmt/ranges.h>

#include "actors/methods.hpp"

namespace nelumbo::node {

namespace {

/// Texts in parameters need not be UTF-8.
rpc::RawJson text_of(const JsonValue& json) {
  return rpc::RawJson(json.dump(-1, ' ', false, JsonValue::error_handler_t::replace));
}

}  // namespace

Result<std::string> MessageDecoder::actor_of(const Address& address) {
  {
    std::lock_guard lock(mutex_);
    if (auto it = actors_.find(address); it != actors_.end()) return it->second;
  }
  auto name = TRY(node_->actor_name(address));
  std::lock_guard lock(mutex_);
  if (!name.empty()) actors_[address] = name;  // who is not there yet may come
  return name;
}

bool MessageDecoder::decode_one(rpc::MessageRecord& record) {
  const auto& message = record.message.message;
  if (message.method == 0 || message.params.empty()) return true;
  auto actor = actor_of(message.to);
  if (!actor) return !is_silence(actor.error());
  const auto* method = actors::find_method(*actor, message.method);
  if (method == nullptr) return true;
  if (auto json = method->params.decode(message.params)) record.params = text_of(*json);
  return true;
}

void MessageDecoder::decode(std::vector<rpc::MessageRecord>& records) {
  for (auto& each : records) {
    if (!decode_one(each)) return;
  }
}

void MessageDecoder::decode(rpc::MessageRecord& record) { decode_one(record); }

std::shared_ptr<MessageWork> MessageServer::work() const {
  std::lock_guard lock(mutex_);
  return work_;
}

Result<std::shared_ptr<MessageWork>> MessageServer::ready_work() const {
  std::lock_guard lock(mutex_);
  if (work_) return work_;
  return fail(ErrorCode::unavailable, "no full node has answered yet, so the network is not known ({})",
              fmt::join(silent_, "; "));
}

void MessageServer::set_work(std::shared_ptr<MessageWork> work) {
  std::lock_guard lock(mutex_);
  work_ = std::move(work);
}

void MessageServer::set_silent(std::vector<std::string> nodes) {
  std::lock_guard lock(mutex_);
  silent_ = std::move(nodes);
}

rpc::MessageServerStatus MessageServer::status_before_work() const {
  rpc::MessageServerStatus out;
  std::lock_guard lock(mutex_);
  for (const auto& node : settings.nodes) {
    rpc::MessageNodeStatus each{.name = node_name(node)};
    for (const auto& silent : silent_) {
      if (silent.starts_with(each.name + ": ")) each.error = silent.substr(each.name.size() + 2);
    }
    out.nodes.push_back(std::move(each));
  }
  return out;
}

}  // namespace nelumbo::node
