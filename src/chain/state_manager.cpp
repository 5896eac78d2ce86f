#include "chain/state_manager.hpp"

#include "actors/policy.hpp"
#include "actors/states.hpp"
#include "chain/beacon.hpp"
#include "executor.hpp"
#include "state_manager_state.hpp"

namespace nelumbo::chain {

std::shared_ptr<StateManager> StateManager::make(std::shared_ptr<ChainStore> store,
                                                 std::shared_ptr<const BeaconSchedule> beacons,
                                                 std::shared_ptr<Prover> prover) {
  auto state = std::make_unique<State>();
  state->store = std::move(store);
  state->beacons = std::move(beacons);
  state->prover = std::move(prover);
  return std::shared_ptr<StateManager>(new StateManager(std::move(state)));
}

StateManager::StateManager(std::unique_ptr<State> state) : state_(std::move(state)) {}
StateManager::~StateManager() = default;

ChainStore& StateManager::store() const { return *state_->store; }
const std::shared_ptr<ChainStore>& StateManager::store_ptr() const { return state_->store; }
const NetworkParams& StateManager::params() const { return state_->store->params(); }
const std::shared_ptr<const BeaconSchedule>& StateManager::beacons() const { return state_->beacons; }
Prover& StateManager::prover() const { return *state_->prover; }

uint64_t StateManager::messages_applied() const { return state_->applied; }
void StateManager::count_applied(uint64_t messages) { state_->applied += messages; }

namespace {

/// What the next tipset of the canonical chain says, when its state and receipts are here.
Result<std::optional<TipsetState>> known_from_child(ChainStore& store, const TipsetPtr& tipset) {
  auto head = store.heaviest();
  if (!head || head->height() <= tipset->height()) return std::optional<TipsetState>();
  auto child = TRY(store.tipset_at(tipset->height() + 1, head, ChainStore::OnNull::next));
  if (child->parents() != tipset->key()) return std::optional<TipsetState>();
  TipsetState state{child->parent_state(), child->parent_receipts()};
  if (!TRY(store.blocks()->has(state.state_root)) || !TRY(store.blocks()->has(state.receipts_root))) {
    return std::optional<TipsetState>();
  }
  return std::optional(state);
}

}  // namespace

Result<TipsetState> StateManager::tipset_state(const TipsetPtr& tipset) {
  std::promise<Result<TipsetState>> promise;
  std::shared_future<Result<TipsetState>> running;
  {
    std::lock_guard lock(state_->mutex);
    if (auto known = state_->states.get(tipset->key())) return *known;
    if (auto it = state_->running.find(tipset->key()); it != state_->running.end()) {
      running = it->second;
    } else {
      state_->running[tipset->key()] = promise.get_future().share();
    }
  }
  if (running.valid()) return running.get();

  auto compute = [&]() -> Result<TipsetState> {
    if (auto known = TRY(known_from_child(store(), tipset))) return *known;
    return execute_tipset(*this, tipset, false, {});
  };
  auto finish = [&](const Result<TipsetState>* result) {
    std::lock_guard lock(state_->mutex);
    if (result && *result) state_->states.put(tipset->key(), **result);
    state_->running.erase(tipset->key());
  };
  try {
    auto result = compute();
    finish(&result);
    promise.set_value(result);
    return result;
  } catch (...) {
    finish(nullptr);
    promise.set_exception(std::current_exception());
    throw;
  }
}

std::vector<std::pair<TipsetKey, TipsetState>> StateManager::settled() {
  std::vector<std::shared_future<Result<TipsetState>>> running;
  {
    std::lock_guard lock(state_->mutex);
    for (const auto& [key, future] : state_->running) running.push_back(future);
  }
  for (const auto& each : running) each.wait();
  std::lock_guard lock(state_->mutex);
  const auto& entries = state_->states.entries();
  return {entries.begin(), entries.end()};
}

Result<std::vector<Invocation>> StateManager::trace_tipset(const TipsetPtr& tipset, bool tracing, TipsetState* state) {
  std::vector<Invocation> out;
  auto result = TRY(execute_tipset(*this, tipset, tracing, [&](Invocation each) -> Result<> {
    out.push_back(std::move(each));
    return {};
  }));
  if (state) *state = result;
  return out;
}

Result<Invocation> StateManager::replay(const TipsetPtr& tipset, const Cid& message) {
  std::optional<Invocation> found;
  auto result = execute_tipset(*this, tipset, true, [&](Invocation each) -> Result<> {
    if (each.cid != message) return {};
    found = std::move(each);
    return fail(ErrorCode::cancelled, "found");  // nothing after it is needed
  });
  if (found) return *std::move(found);
  if (!result) return std::unexpected(std::move(result).error());
  return fail(ErrorCode::not_found, "message {} is not in the tipset of epoch {}", message.str(), tipset->height());
}

Result<StateTree> StateManager::parent_state(const Tipset& tipset) { return state(tipset.parent_state()); }
Result<StateTree> StateManager::state(const Cid& root) { return StateTree::load(store().blocks(), root); }

Result<std::optional<Actor>> StateManager::actor(const Address& address, const Tipset& tipset) {
  return TRY(parent_state(tipset)).get(address);
}

Result<Address> StateManager::lookup_id(const Address& address, const Tipset& tipset) {
  if (address.is_id()) return address;
  auto id = TRY(TRY(parent_state(tipset)).lookup_id(address));
  if (!id) return fail(ErrorCode::not_found, "actor {} not found", address.str());
  return Address::from_id(*id);
}

Result<Address> StateManager::key_address(const Address& address, const StateTree& state) {
  if (!address.defined()) return fail(ErrorCode::invalid, "the undefined address has no key");
  switch (address.protocol()) {
    case Protocol::bls:
    case Protocol::secp256k1:
    case Protocol::delegated:
      return address;
    default:
      break;
  }
  auto actor = TRY(state.get(address));
  if (!actor) return fail(ErrorCode::not_found, "actor {} not found", address.str());
  if (actor->delegated_address) return *actor->delegated_address;
  auto account = actors::load_account(*state.store(), actor->head);
  if (!account) return fail(ErrorCode::invalid, "actor {} is not an account and has no key", address.str());
  return account->address;
}

Result<Address> StateManager::key_address(const Address& address, const TipsetPtr& tipset) {
  auto before = key_address(address, TRY(parent_state(*tipset)));
  if (before || before.error().code != ErrorCode::not_found) return before;
  return key_address(address, TRY(state(TRY(tipset_state(tipset)).state_root)));
}

Result<CirculatingSupply> StateManager::vm_supply(ChainEpoch epoch, const StateTree& state) {
  TokenAmount pledge = 0;
  if (epoch <= params().upgrade_assembly) {
    std::lock_guard lock(state_->mutex);
    if (!state_->genesis_pledge) {
      auto genesis = TRY(store().genesis());
      state_->genesis_pledge = TRY(locked_pledge(TRY(this->state(genesis->parent_state()))));
    }
    pledge = *state_->genesis_pledge;
  }
  return vm_circulating_supply(params(), epoch, state, pledge);
}

}  // namespace nelumbo::chain
