// StateDecodeParams, StateEncodeParams: parameters between CBOR and JSON.

#include "actors/methods.hpp"
#include "decoding.hpp"

namespace nelumbo::node {

namespace {

/// Texts on chain need not be UTF-8.
rpc::RawJson text_of(const JsonValue& json) {
  return rpc::RawJson(json.dump(-1, ' ', false, JsonValue::error_handler_t::replace));
}

Result<const actors::MethodShape*> method_of(const Context& context, const Cid& code, MethodNum number) {
  auto actor = context.code(code);
  if (!actor) return fail(ErrorCode::unsupported, "the actor's code {} is of no known bundle", code.str());
  auto* method = actors::find_method(actor->name, number);
  if (method == nullptr) return fail(ErrorCode::not_found, "unknown method {} for actor {}", number, actor->str());
  return method;
}

Result<rpc::RawJson> decode_params(Context& context, const Address& to, MethodNum number, const Bytes& params,
                                   const TipsetKey& key) {
  auto tipset = TRY(context.tipset(key));
  auto actor = TRY(context.states->actor(to, *tipset));
  if (!actor) return fail(ErrorCode::not_found, "resolution lookup failed ({}): actor not found", to.str());
  auto* method = TRY(method_of(context, actor->code, number));
  auto json = TRY_IN(fmt::format("parameters of {}", method->name), method->params.decode(params));
  return text_of(json);
}

Result<Bytes> encode_params(const Context& context, const Cid& code, MethodNum number, const rpc::RawJson& params) {
  auto* method = TRY(method_of(context, code, number));
  auto json = TRY(parse_json(params.text()));
  return in_context(method->params.encode(json), fmt::format("parameters of {}", method->name));
}

}  // namespace

Result<rpc::RawJson> decoded_return(Context& context, const Message& message, const Receipt& receipt,
                                    const Tipset& tipset) {
  if (receipt.exit_code != 0 || receipt.return_data.empty()) return rpc::RawJson();
  auto actor = TRY_IN("the receiver", context.states->actor(message.to, tipset));
  auto method = actor ? method_of(context, actor->code, message.method) : nullptr;
  if (method && *method != nullptr) {
    if (auto json = (*method)->result.decode(receipt.return_data)) return text_of(*json);
  }
  return text_of(to_json(receipt.return_data));
}

void bind_state_decode(rpc::Server& server, Context& context) {
  server.bind(rpc::full::StateDecodeParams,
              [&](const Address& to, MethodNum number, const Bytes& params, const TipsetKey& key) {
                return decode_params(context, to, number, params, key);
              });
  server.bind(rpc::full::StateEncodeParams, [&](const Cid& code, MethodNum number, const rpc::RawJson& params) {
    return encode_params(context, code, number, params);
  });
}

}  // namespace nelumbo::node
