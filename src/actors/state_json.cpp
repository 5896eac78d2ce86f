#include "actors/state_json.hpp"

#include <unordered_map>

#include "json_shapes.hpp"
#include "old_states.hpp"

namespace nelumbo {

namespace actors {

namespace {

using Decode = Result<JsonValue> (*)(BytesView);

template <class T>
Result<JsonValue> decode(BytesView data) {
  return to_json(TRY(from_cbor<T>(data, CborLimits{.max_items = 1u << 20})));
}

/// One known shape of an actor's state: its number of fields and how to read it.
struct Shape {
  uint64_t fields;
  Decode decode;
};

template <class T>
Shape shape() {
  return {field_count<T>, decode<T>};
}

Result<JsonValue> empty_object(BytesView) { return JsonValue::object(); }
/// Versions 8 to 15 differ from later ones only in the vesting schedule: a link there, null or a list here.
Result<JsonValue> decode_miner(BytesView data) {
  auto today = decode<MinerState>(data);
  return today ? today : decode<MinerStateV8>(data);
}

const std::unordered_map<std::string_view, std::vector<Shape>>& shapes() {
  static const std::unordered_map<std::string_view, std::vector<Shape>> table{
      {names::kSystem, {shape<SystemState>(), {0, empty_object}}},
      {names::kInit, {shape<InitState>()}},
      {names::kCron, {shape<CronState>()}},
      {names::kAccount, {shape<AccountState>()}},
      {names::kReward, {shape<RewardState>(), shape<RewardStateV0>()}},
      {names::kPower, {shape<PowerState>(), shape<PowerStateV2>(), shape<PowerStateV0>()}},
      {names::kMarket, {shape<MarketState>(), shape<MarketStateV9>(), shape<MarketStateV0>()}},
      {names::kVerifiedRegistry,
       {shape<VerifiedRegistryState>(), shape<VerifiedRegistryStateV7>(), shape<VerifiedRegistryStateV0>()}},
      {names::kDatacap, {shape<DatacapState>()}},
      {names::kMultisig, {shape<MultisigState>()}},
      {names::kPaymentChannel, {shape<PaymentChannelState>()}},
      {names::kMiner, {{field_count<MinerState>, decode_miner}, shape<MinerStateV0>()}},
      {names::kEvm, {shape<EvmState>(), shape<EvmStateV10>()}},
  };
  return table;
}

bool has_no_state(std::string_view name) {
  return name == names::kEam || name == names::kEthAccount || name == names::kPlaceholder;
}

}  // namespace

Result<JsonValue> read_state_json(Blockstore& store, const ActorCode& code, const Cid& head) {
  if (has_no_state(code.name)) return JsonValue(nullptr);
  auto known = shapes().find(code.name);
  if (known == shapes().end()) return fail(ErrorCode::unsupported, "no state is known for actor {}", code.str());
  auto data = TRY(get_block(store, head));
  uint64_t fields = TRY_IN(head.str(), CborReader(data).array());
  for (const auto& shape : known->second) {
    if (shape.fields != fields) continue;
    auto json = TRY_IN(fmt::format("state {} of actor {}", head.str(), code.str()), shape.decode(data));
    empty_lists_to_null(json);
    return json;
  }
  return fail(ErrorCode::unsupported, "the state of actor {} has {} fields: a shape this build does not know",
              code.str(), fields);
}

}  // namespace actors
}  // namespace nelumbo
