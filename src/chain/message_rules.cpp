#include "message_rules.hpp"

#include <map>

#include "actors/bundle.hpp"
#include "chain/message_meta.hpp"
#include "code_names.hpp"
#include "crypto/keys.hpp"
#include "types/eth_transaction.hpp"

namespace nelumbo::chain {

namespace {

constexpr uint32_t kSenderByIdVersion = 13, kAllSendersVersion = 18, kLegacyEthereumVersion = 23;

bool may_send(const CodeNames& names, const Actor& actor, uint32_t network_version) {
  const auto name = names.name(actor.code);
  if (network_version < kAllSendersVersion) return name == actors::names::kAccount;
  if (name == actors::names::kAccount || name == actors::names::kEthAccount) return true;
  // A placeholder becomes an Ethereum account with its first message.
  if (name != actors::names::kPlaceholder || actor.nonce != 0 || !actor.delegated_address) return false;
  auto delegated = actor.delegated_address->as_delegated();
  return delegated && delegated->space == Address::kEthereumAddressManager;
}

/// mainnet has one block whose messages break the rules and which is in its chain all the same.
bool whitelisted(const BlockContext& context) {
  const auto& listed = context.states.params().whitelisted_block;
  return !listed.empty() && context.header().cid().str() == listed;
}

/// What is wrong with a message in itself, and with the nonces and gas of all before it together.
class MessageCheck {
 public:
  MessageCheck(const StateTree& state, const CodeNames& names, uint32_t version)
      : state_(state), names_(names), version_(version) {}

  Result<> check(const Message& message, size_t chain_length) {
    TRY(check_message(message, inclusion_gas(chain_length, version_), version_));
    gas_ += message.gas_limit;  // cannot overflow: each is within the limit, and so is the sum before
    if (gas_ > kBlockGasLimit)
      return fail(ErrorCode::invalid, "gas limits sum to more than a block's {}", kBlockGasLimit);
    Address sender = message.from;
    if (version_ >= kSenderByIdVersion) {
      auto id = TRY(state_.lookup_id(sender));
      if (!id) return fail(ErrorCode::invalid, "sender {} is not on chain", sender.str());
      sender = Address::from_id(*id);
    }
    auto it = next_nonce_.find(sender);
    if (it == next_nonce_.end()) {
      auto actor = TRY(state_.get(sender));
      if (!actor) return fail(ErrorCode::invalid, "sender {} is not on chain", sender.str());
      if (!may_send(names_, *actor, version_))
        return fail(ErrorCode::invalid, "actor {} may not send messages", sender.str());
      it = next_nonce_.emplace(sender, actor->nonce).first;
    }
    if (it->second != message.nonce) {
      return fail(ErrorCode::invalid, "message of {} has nonce {}, expected {}", sender.str(), message.nonce,
                  it->second);
    }
    ++it->second;
    return {};
  }

 private:
  const StateTree& state_;
  const CodeNames& names_;
  uint32_t version_;
  int64_t gas_ = 0;
  std::map<Address, uint64_t> next_nonce_;
};

}  // namespace

int64_t inclusion_gas(size_t chain_length, uint32_t network_version) {
  constexpr uint32_t kCalicoVersion = 7, kHyggeVersion = 18;
  constexpr int64_t kCompute = 38'863, kActorUpdate = 475'000, kStorageBytes = 36;
  const int64_t per_byte = network_version < kCalicoVersion ? 1000 : 1300;
  const int64_t compute = network_version < kHyggeVersion ? kCompute : kCompute + kActorUpdate;
  return compute + (kStorageBytes + static_cast<int64_t>(chain_length)) * per_byte;
}

Result<bool> may_send(const BlockstorePtr&, const StateTree& state, const Actor& actor, uint32_t network_version) {
  return may_send(TRY(CodeNames::load(state)), actor, network_version);
}

namespace rules {

Result<> message_root(BlockContext& context) {
  if (whitelisted(context)) return {};
  const auto listed = context.block.block_message();
  auto root = TRY(write_message_meta(make_memory_blockstore(), listed.bls_messages, listed.secp_messages));
  if (root == context.header().messages) return {};
  return fail(ErrorCode::invalid, "messages have root {}, the header says {}", root.str(),
              context.header().messages.str());
}

Result<> messages(BlockContext& context) {
  if (whitelisted(context)) return {};
  auto state = TRY(context.states.state(TRY(context.states.tipset_state(context.base)).state_root));
  auto names = TRY(CodeNames::load(state));
  MessageCheck check(state, names, context.states.network_version(context.header().height));
  for (const auto& message : context.block.bls) {
    TRY_IN(message.cid().str(), check.check(message, to_cbor(message).size()));
  }
  for (const auto& message : context.block.secp) {
    TRY_IN(message.cid().str(), check.check(message.message, message.chain_length()));
  }
  return {};
}

Result<> bls_aggregate(BlockContext& context) {
  if (context.block.bls.empty() || whitelisted(context)) return {};
  std::vector<Bytes> signed_bytes, keys;
  for (const auto& message : context.block.bls) {
    auto key = TRY_IN(message.cid().str(), context.states.key_address(message.from, context.base));
    if (key.protocol() != Protocol::bls) {
      return fail(ErrorCode::invalid, "sender {} of {} has no BLS key", message.from.str(), message.cid().str());
    }
    signed_bytes.push_back(to_bytes(message.cid().bytes()));
    keys.push_back(to_bytes(key.payload()));
  }
  if (bls::verify_aggregate(context.header().bls_aggregate->data, signed_bytes, keys)) return {};
  return fail(ErrorCode::invalid, "aggregate of {} BLS signatures does not verify", keys.size());
}

Result<> signatures(BlockContext& context) {
  if (whitelisted(context)) return {};
  const uint32_t version = context.states.network_version(context.header().height);
  const uint64_t chain_id = context.states.params().eth_chain_id;
  for (const auto& message : context.block.secp) {
    const auto type = message.signature.type;
    const bool known =
        type == SignatureType::secp256k1 || (type == SignatureType::delegated && version >= kAllSendersVersion);
    if (!known) return fail(ErrorCode::invalid, "{} has a signature of a wrong kind", message.cid().str());
    if (type == SignatureType::delegated && version < kLegacyEthereumVersion) {
      auto transaction = TRY_IN(message.cid().str(), EthTransaction::from_signed_message(message, chain_id));
      if (transaction.form != EthTransaction::Form::eip1559) {
        return fail(ErrorCode::invalid, "{} is a legacy Ethereum transaction, valid from network version {} on",
                    message.cid().str(), kLegacyEthereumVersion);
      }
    }
    auto key = TRY_IN(message.cid().str(), context.states.key_address(message.message.from, context.base));
    TRY_IN(message.cid().str(), verify_message(message, key, chain_id));
  }
  return {};
}

}  // namespace rules
}  // namespace nelumbo::chain
