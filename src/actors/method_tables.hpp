#pragma once
// How the tables of methods are written: one row method<Params, Result>(number, "Name") each.

#include "actors/account_params.hpp"
#include "actors/methods.hpp"
#include "actors/miner_params.hpp"
#include "actors/storage_params.hpp"
#include "json_shapes.hpp"

namespace nelumbo::actors {

/// No parameters or no result: no bytes at all.
struct Empty {};
/// Bytes taken as they are, not as a CBOR byte string.
struct RawBytes {
  Bytes bytes;
};

template <class T>
struct Shape {
  static Result<JsonValue> decode(BytesView cbor) {
    // A message's parameters are bounded by the size of a block.
    auto value = TRY(from_cbor<T>(cbor, CborLimits{.max_items = 1u << 20}));
    auto json = to_json(value);
    empty_lists_to_null(json);
    return json;
  }
  static Result<Bytes> encode(const JsonValue& json) { return to_cbor(TRY(from_json<T>(json))); }
};
template <>
struct Shape<Empty> {
  static Result<JsonValue> decode(BytesView) { return JsonValue::object(); }
  static Result<Bytes> encode(const JsonValue&) { return Bytes(); }
};
template <>
struct Shape<RawBytes> {
  static Result<JsonValue> decode(BytesView bytes) { return to_json(to_bytes(bytes)); }
  static Result<Bytes> encode(const JsonValue& json) { return from_json<Bytes>(json); }
};

template <class Params, class Value>
MethodShape method(MethodNum number, std::string_view name) {
  return {number, name, {Shape<Params>::decode, Shape<Params>::encode}, {Shape<Value>::decode, Shape<Value>::encode}};
}

using MethodTable = std::vector<MethodShape>;
const MethodTable& account_methods();
const MethodTable& init_methods();
const MethodTable& cron_methods();
const MethodTable& system_methods();
const MethodTable& multisig_methods();
const MethodTable& payment_channel_methods();
const MethodTable& eth_account_methods();
const MethodTable& eam_methods();
const MethodTable& evm_methods();
const MethodTable& market_methods();
const MethodTable& power_methods();
const MethodTable& verified_registry_methods();
const MethodTable& datacap_methods();
const MethodTable& reward_methods();
const MethodTable& miner_methods();

}  // namespace nelumbo::actors
