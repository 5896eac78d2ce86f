// Messages executed on a state for an answer, never for the chain: call, gas estimation.

#include <chrono>

#include "executor.hpp"
#include "state_manager_state.hpp"

namespace nelumbo::chain {

namespace {

/// Bytes a message would take on chain with a signature of its sender's kind.
Result<size_t> chain_length_for(const Message& message, const Address& key) {
  if (key.protocol() == Protocol::bls) return to_cbor(message).size();
  const auto type = key.protocol() == Protocol::delegated ? SignatureType::delegated : SignatureType::secp256k1;
  return SignedMessage{message, {type, Bytes(65)}}.chain_length();
}

enum class Mode { implicit, with_gas };

struct CallPlan {
  Mode mode;
  Cid state_root;                   ///< what `prior` is applied to
  std::vector<ChainMessage> prior;  ///< applied first
};

Result<Invocation> run_call(StateManager& states, Message message, const TipsetPtr& tipset, const CallPlan& plan) {
  const ChainEpoch epoch = tipset->height();
  // Another view than the chain's would see the upgrade's migrated state.
  TRY(check_no_migration(states.params(), epoch));
  auto overlay = std::make_shared<OverlayBlockstore>(states.store().blocks());
  const bool tracing = true;
  auto machine = [&](const Cid& root, const TokenAmount& base_fee) {
    return make_vm(states, tipset, root, epoch, tipset->min_timestamp(), base_fee, overlay, tracing);
  };
  auto vm = TRY(machine(plan.state_root, tipset->parent_base_fee()));
  Cid root = plan.state_root;
  for (const auto& each : plan.prior) TRY_IN("applying a prior message", vm->apply(each.message, each.chain_length));
  if (!plan.prior.empty()) root = TRY(vm->flush());

  auto tree = TRY(StateTree::load(overlay, root));
  auto sender = TRY(tree.get(message.from));
  if (!sender) return fail(ErrorCode::not_found, "sender {} not found on chain", message.from.str());
  message.nonce = sender->nonce;
  if (message.gas_fee_cap == 0) vm = TRY(machine(root, 0));  // gas is free

  auto start = std::chrono::steady_clock::now();
  Invocation out;
  if (plan.mode == Mode::implicit) {
    out.result = TRY_IN("applying the message", vm->apply_implicit(message));
    out.implicit = true;
  } else {
    auto key = TRY_IN("sender", states.key_address(message.from, tree));
    out.result = TRY_IN("applying the message", vm->apply(message, TRY(chain_length_for(message, key))));
  }
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  out.cid = message.cid();
  out.message = std::move(message);
  return out;
}

std::vector<ChainMessage> of_sender(std::vector<ChainMessage> messages, const Address& sender) {
  std::erase_if(messages, [&](const ChainMessage& each) { return each.message.from != sender; });
  return messages;
}

}  // namespace

Result<Invocation> StateManager::call(Message message, const TipsetPtr& tipset) {
  if (message.gas_limit == 0) message.gas_limit = kBlockGasLimit;
  auto prior = of_sender(TRY(store().messages_of(*tipset)), message.from);
  return run_call(*this, std::move(message), tipset, {Mode::implicit, tipset->parent_state(), std::move(prior)});
}

Result<Invocation> StateManager::call_with_gas(Message message, std::vector<ChainMessage> prior,
                                               const TipsetPtr& tipset, bool apply_tipset_messages) {
  auto all = TRY(store().messages_of(*tipset));
  if (!apply_tipset_messages) all = of_sender(std::move(all), message.from);
  std::move(prior.begin(), prior.end(), std::back_inserter(all));
  return run_call(*this, std::move(message), tipset, {Mode::with_gas, tipset->parent_state(), std::move(all)});
}

Result<Invocation> StateManager::apply_on_state_with_gas(const Cid& state_root, Message message,
                                                         const TipsetPtr& tipset) {
  return run_call(*this, std::move(message), tipset, {Mode::with_gas, state_root, {}});
}

}  // namespace nelumbo::chain
