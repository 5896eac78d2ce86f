#include "intake.hpp"

#include "actors/methods.hpp"
#include "base/log.hpp"
#include "chain/validation.hpp"
#include "fees.hpp"
#include "pool/config.hpp"
#include "types/network.hpp"

namespace nelumbo::messager {

namespace {

constexpr std::string_view kZeroUuid = "00000000-0000-0000-0000-000000000000";
constexpr size_t kMostCached = 10'000;

/// The network's rules, before a nonce is spent: a message that no block may hold would stop all after it.
Result<> check(const Message& message) {
  // The longest signature is BLS's, but it is not counted; secp256k1 and delegated have 65 bytes and their type.
  const size_t length = to_cbor(message).size();
  const size_t signed_length = length + (message.from.protocol() == Protocol::bls ? 0 : 69);
  TRY(check_message(message, chain::inclusion_gas(signed_length, kNewestNetworkVersion), kNewestNetworkVersion));
  if (signed_length > pool::kMaxMessageSize - 128) {
    return fail(ErrorCode::exhausted, "message of {} bytes; pools take {}", length, pool::kMaxMessageSize);
  }
  if (message.gas_fee_cap < kMinimumBaseFee) {
    return fail(ErrorCode::invalid, "gas fee cap {} is below the smallest base fee, {}", message.gas_fee_cap.str(),
                kMinimumBaseFee);
  }
  return {};
}

}  // namespace

std::string given_uuid(const rpc::MessageSendSpec& spec) { return spec.msg_uuid == kZeroUuid ? "" : spec.msg_uuid; }

Result<> same_request(const MessageRow& row, const Message& asked, const std::string& uuid) {
  const Message& stored = row.message.message;
  const bool same_sender = asked.from.is_id() || asked.from == stored.from;
  const bool same_gas = (asked.gas_limit == 0 || asked.gas_limit == stored.gas_limit) || row.replaced > 0;
  const bool cancelled = row.replaced > 0 && stored.to == stored.from;  // it stood for what was asked
  if (same_sender && same_gas &&
      (cancelled || (asked.to == stored.to && asked.value == stored.value && asked.method == stored.method &&
                     asked.params == stored.params))) {
    return {};
  }
  return fail(ErrorCode::exists, "the uuid {} belongs to another message, {} of {}", uuid, row.nonce,
              row.address.str());
}

Result<SignedMessage> Intake::send(const Message& message, const rpc::MessageSendSpec& spec) {
  const auto uuid = given_uuid(spec);
  if (!uuid.empty()) {
    if (auto row = TRY(core_.book->find_uuid(uuid))) {
      TRY(same_request(*row, message, uuid));
      return row->message;
    }
  }
  if (message.nonce != 0) return fail(ErrorCode::invalid, "the nonce is given by the message server; leave it 0");
  Draft draft;
  draft.uuid = uuid;
  draft.message = message;
  draft.message.from = TRY_IN("the sender's key address", key_address(message.from));
  const auto& sender = draft.message.from;
  if (!core_.ledger.view()->wallets.contains(sender)) TRY(core_.book->wallet(sender));
  draft.kind = TRY_IN("the target's actor", kind(message.to, message.method));
  const auto ceiling = fee_ceiling(core_.config.fees, draft.kind, spec.max_fee);
  if (spec.max_fee > 0) draft.max_fee = ceiling;
  draft.message = TRY(with_gas(std::move(draft.message), spec, ceiling));
  TRY(check(draft.message));
  auto facts = TRY(facts_for_sending(core_, sender));
  TRY(core_.committed.refresh(*core_.book, sender, facts.chain_nonce, facts.height));
  draft.gr_epoch = core_.height();
  return store(std::move(draft), facts.balance);
}

Result<SignedMessage> Intake::store(Draft draft, const TokenAmount& balance) {
  const Address sender = draft.message.from;
  const auto uuid = draft.uuid;
  const auto asked = draft.message;
  const auto cost = asked.required_funds();
  TRY(core_.committed.reserve(sender, cost, balance));
  auto row = core_.book->assign(std::move(draft));
  core_.committed.settle(sender, cost, row ? &row->message.message : nullptr);
  if (!row && row.error().code == ErrorCode::exists && !uuid.empty()) {
    // The same call came twice at once, and its gas was estimated twice.
    auto first = TRY(core_.book->find_uuid(uuid));
    if (!first) return std::unexpected(std::move(row).error());
    Message open = asked;
    open.gas_limit = 0;
    TRY(same_request(*first, open, uuid));
    return first->message;
  }
  if (!row) return std::unexpected(std::move(row).error());
  ++core_.counters.accepted;
  log_debug("messager", "message {} of {} ({}) is {}", row->nonce, sender.str(), row->kind, row->cid.str());
  core_.fresh_message(sender);
  return std::move(row->message);
}

Result<Address> Intake::key_address(const Address& address) {
  if (!address.is_id()) return address;
  {
    std::lock_guard lock(mutex_);
    if (auto known = keys_.find(address); known != keys_.end()) return known->second;
  }
  auto key = TRY(core_.nodes.ask([&](ChainNode& node) { return node.key_address(address); }));
  std::lock_guard lock(mutex_);
  if (keys_.size() >= kMostCached) keys_.clear();
  keys_[address] = key;
  return key;
}

Result<std::string> Intake::actor_name(const Address& address) {
  {
    std::lock_guard lock(mutex_);
    if (auto known = names_.find(address); known != names_.end()) return known->second;
  }
  auto name = TRY(core_.nodes.ask([&](ChainNode& node) { return node.actor_name(address); }));
  // What does not exist may be made, and a placeholder become an account.
  if (name.empty() || name == actors::names::kPlaceholder) return name;
  std::lock_guard lock(mutex_);
  if (names_.size() >= kMostCached) names_.clear();
  names_[address] = name;
  return name;
}

Result<std::string> Intake::kind(const Address& to, MethodNum method) {
  if (method == 0) return std::string("Send");
  auto name = TRY(actor_name(to));
  if (const auto* shape = actors::find_method(name, method)) return std::string(shape->name);
  return fmt::format("Method {} of {}", method, name.empty() ? to.str() : name);
}

Result<Message> Intake::with_gas(Message message, const rpc::MessageSendSpec& spec, const TokenAmount& ceiling) {
  if (message.gas_limit == 0 || message.gas_fee_cap == 0 || message.gas_premium == 0) {
    auto capped = spec;
    capped.max_fee = ceiling;
    auto filled =
        TRY_IN("estimating gas", core_.nodes.ask([&](ChainNode& node) { return node.estimate(message, capped); }));
    message.gas_limit = filled.gas_limit;
    message.gas_fee_cap = filled.gas_fee_cap;
    message.gas_premium = filled.gas_premium;
  }
  cap_fee(message, ceiling, spec.maximize_fee_cap);
  return message;
}

}  // namespace nelumbo::messager
