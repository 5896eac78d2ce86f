// Mpool… and GasEstimate…: the message pool.

#include "codec/json.hpp"
#include "context.hpp"
#include "pool/check.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

pool::SendLimits send_limits(const std::optional<rpc::MessageSendSpec>& spec) {
  if (!spec) return {};
  return {spec->max_fee, spec->maximize_fee_cap};
}
std::vector<SignedMessage> copies(const std::vector<pool::MessagePtr>& messages) {
  std::vector<SignedMessage> out;
  out.reserve(messages.size());
  for (const auto& each : messages) out.push_back(*each);
  return out;
}

template <class In, class F>
auto for_all(const std::vector<In>& inputs, F f)
    -> Result<std::vector<typename std::invoke_result_t<F, const In&>::value_type>> {
  std::vector<typename std::invoke_result_t<F, const In&>::value_type> out;
  for (const auto& each : inputs) out.push_back(TRY(f(each)));
  return out;
}

rpc::MpoolConfig api_config(const pool::Config& c) {
  return {.priority_addrs = c.priority_addresses,
          .size_limit_high = static_cast<int64_t>(c.size_limit_high),
          .size_limit_low = static_cast<int64_t>(c.size_limit_low),
          .replace_by_fee_ratio = static_cast<double>(c.replace_by_fee_percent) / 100.0,
          .prune_cooldown = c.prune_cooldown.count(),
          .gas_limit_overestimation = c.gas_limit_overestimation};
}
Result<pool::Config> pool_config(const rpc::MpoolConfig& c) {
  if (c.size_limit_high < 0 || c.size_limit_low < 0 || c.prune_cooldown < 0 ||
      !(c.replace_by_fee_ratio >= 0 && c.replace_by_fee_ratio <= 1000)) {
    return fail(ErrorCode::invalid, "a limit, ratio or time of the message pool is out of range");
  }
  return pool::Config{.priority_addresses = c.priority_addrs,
                      .size_limit_high = static_cast<uint64_t>(c.size_limit_high),
                      .size_limit_low = static_cast<uint64_t>(c.size_limit_low),
                      .replace_by_fee_percent = static_cast<uint64_t>(c.replace_by_fee_ratio * 100.0 + 0.5),
                      .prune_cooldown = std::chrono::nanoseconds(c.prune_cooldown),
                      .gas_limit_overestimation = c.gas_limit_overestimation};
}

/// Sends the pool's changes to a subscriber until it is gone.
Result<> subscribe_pool(Context& context, rpc::Subscriber<full::MpoolSub_t> out) {
  auto handle = std::make_shared<std::shared_ptr<void>>();
  *handle = context.pool->subscribe([out](const pool::Update& update) {
    out.send(rpc::MpoolUpdate{static_cast<int64_t>(update.kind), *update.message});
  });
  // The end of a stream may be noticed while the pool sends: the subscription ends on another thread then.
  out.on_close([handle, workers = context.workers] { workers->post([handle] { handle->reset(); }); });
  return {};
}

rpc::RawJson hint_json(const pool::CheckOutcome& outcome) {
  if (outcome.hints.empty()) return rpc::RawJson("null");
  auto out = JsonValue::object();
  for (const auto& [name, value] : outcome.hints) {
    if (const auto* amount = std::get_if<TokenAmount>(&value)) {
      out[name] = amount->str();
    } else {
      out[name] = std::get<uint64_t>(value);
    }
  }
  return rpc::RawJson(out.dump());
}

using CheckLists = std::vector<std::vector<rpc::MessageCheckStatus>>;

Result<CheckLists> api_checks(Result<std::vector<std::vector<pool::CheckOutcome>>> outcomes) {
  if (!outcomes) return std::unexpected(std::move(outcomes).error());
  CheckLists lists;
  for (const auto& outcomes_of_one : *outcomes) {
    auto& list = lists.emplace_back();
    for (const auto& each : outcomes_of_one) {
      list.push_back({each.message, static_cast<int64_t>(each.check), each.ok, each.error, hint_json(each)});
    }
  }
  return lists;
}

void bind_checking(rpc::Server& server, Context& context) {
  server.bind(full::MpoolCheckMessages, [&](const std::vector<rpc::MessagePrototype>& prototypes) {
    std::vector<pool::Prototype> messages;
    for (const auto& each : prototypes) messages.push_back({each.message, each.valid_nonce});
    return api_checks(pool::check_messages(*context.pool, *context.pool_source, messages));
  });
  server.bind(full::MpoolCheckPendingMessages, [&](const Address& sender) {
    return api_checks(pool::check_pending(*context.pool, *context.pool_source, sender));
  });
  server.bind(full::MpoolCheckReplaceMessages, [&](const std::vector<Message>& messages) {
    return api_checks(pool::check_replacing(*context.pool, *context.pool_source, messages));
  });
}

void bind_pushing(rpc::Server& server, Context& context) {
  auto push = [&](const SignedMessage& message) { return context.pool->push(message, pool::Origin::local); };
  auto push_untrusted = [&](const SignedMessage& message) {
    return context.pool->push(message, pool::Origin::untrusted);
  };
  server.bind(full::MpoolPush, push);
  server.bind(full::MpoolPushUntrusted, push_untrusted);
  server.bind(full::MpoolBatchPush, [=](const std::vector<SignedMessage>& all) { return for_all(all, push); });
  server.bind(full::MpoolBatchPushUntrusted,
              [=](const std::vector<SignedMessage>& all) { return for_all(all, push_untrusted); });
}

}  // namespace

void bind_mpool(rpc::Server& server, Context& context) {
  bind_pushing(server, context);
  bind_checking(server, context);
  server.bind(full::MpoolPending, [&](const TipsetKey&) -> Result<std::vector<SignedMessage>> {
    return copies(context.pool->pending().first);
  });
  server.bind(full::MpoolSelect, [&](const TipsetKey& key, double quality) -> Result<std::vector<SignedMessage>> {
    return context.pool->select(*TRY(context.tipset(key)), quality);
  });
  server.bind(full::MpoolGetNonce, [&](const Address& sender) { return context.pool->next_nonce(sender); });
  server.bind(full::MpoolClear, [&](bool local) { return context.pool->clear(local); });
  server.bind(full::MpoolGetConfig, [&]() -> Result<rpc::MpoolConfig> { return api_config(context.pool->config()); });
  server.bind(full::MpoolSetConfig, [&](const rpc::MpoolConfig& config) -> Result<> {
    return context.pool->set_config(TRY(pool_config(config)));
  });
  server.bind_stream(full::MpoolSub, [&](auto subscriber) { return subscribe_pool(context, std::move(subscriber)); });
}

void bind_gas(rpc::Server& server, Context& context) {
  server.bind(full::GasEstimateFeeCap, [&](const Message& message, int64_t epochs, const TipsetKey& key) {
    return context.estimator->fee_cap(message, epochs, key);
  });
  server.bind(full::GasEstimateGasLimit,
              [&](const Message& message, const TipsetKey&) { return context.estimator->gas_limit(message); });
  server.bind(full::GasEstimateGasPremium, [&](uint64_t epochs, const Address&, int64_t, const TipsetKey& key) {
    return context.estimator->gas_premium(epochs, key);
  });
  server.bind(full::GasEstimateMessageGas,
              [&](const Message& message, const std::optional<rpc::MessageSendSpec>& spec, const TipsetKey& key) {
                return context.estimator->message_gas(message, send_limits(spec), key);
              });
}

}  // namespace nelumbo::node
