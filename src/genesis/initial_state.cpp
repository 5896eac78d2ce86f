#include "initial_state.hpp"

#include <set>

#include "crypto/keys.hpp"
#include "singletons.hpp"

namespace nelumbo::genesis {

using namespace actors;

namespace {

using KeyIds = std::map<Address, ActorId>;

/// Gives out the IDs of key addresses, in the order in which lotus does: accounts and signers of the template's
/// list, then the root's and the remainder's signers.
class KeyRegistry {
 public:
  explicit KeyRegistry(const Build& build) : build_(build), map_(build.store) {}

  Result<> add_list() {
    for (const auto& actor : build_.value.accounts) {
      if (actor.type == TemplateActor::Type::multisig) {
        TRY(add_signers(actor));
      } else {
        const Address& owner = actor.account.owner;
        if (!owners_.insert(owner).second) return fail(ErrorCode::invalid, "{} is declared twice", owner.str());
        TRY(add_key(owner));
      }
    }
    return {};
  }
  Result<> add_special(const TemplateActor& actor, ActorId id) {
    if (actor.type == TemplateActor::Type::multisig) return add_signers(actor);
    const Address& owner = actor.account.owner;
    if (ids_.contains(owner)) {
      return fail(ErrorCode::invalid, "{} is declared already, it cannot also be {}", owner.str(),
                  Address::from_id(id).str());
    }
    return put(owner, id);
  }

  /// The ID that the first multisig of the list gets.
  ActorId next() const { return next_; }
  const KeyIds& ids() const { return ids_; }
  Result<Cid> flush() { return map_.flush(); }

 private:
  Result<> add_signers(const TemplateActor& actor) {
    for (const auto& signer : actor.multisig.signers) TRY(add_key(signer));
    return {};
  }
  Result<> add_key(const Address& key) {
    if (ids_.contains(key)) return {};
    if (next_ >= kFirstMiner) return fail(ErrorCode::exhausted, "more than {} accounts", kFirstMiner - kFirstAccount);
    return put(key, next_++);
  }
  Result<> put(const Address& key, ActorId id) {
    if (!key.defined() || key.is_id()) return fail(ErrorCode::invalid, "{} is no key address", key.str());
    ids_[key] = id;
    return map_.set_as(key.bytes(), id);
  }

  const Build& build_;
  Hamt map_;
  KeyIds ids_;
  std::set<Address> owners_;
  ActorId next_ = kFirstAccount;
};

Result<> add_account(const Build& build, StateTree& tree, ActorId id, const Address& key, TokenAmount balance = 0) {
  auto actor = TRY(make_actor(build, names::kAccount, AccountState{key}, std::move(balance)));
  if (key.protocol() == Protocol::delegated) actor.delegated_address = key;
  return tree.set(id, actor);
}

/// The multisig and accounts of those signers that have none yet.
Result<> add_multisig(const Build& build, StateTree& tree, ActorId id, const TemplateActor& actor, const KeyIds& ids) {
  const auto& meta = actor.multisig;
  auto no_transactions = TRY(Hamt(build.store).flush());
  MultisigState state{.signers = {},
                      .threshold = meta.threshold,
                      // Without a vesting schedule nothing is locked.
                      .initial_balance = meta.vesting_duration > 0 ? actor.balance : TokenAmount(0),
                      .start_epoch = meta.vesting_start,
                      .unlock_duration = meta.vesting_duration,
                      .pending_txns = no_transactions};
  for (const auto& signer : meta.signers) {
    ActorId signer_id = ids.at(signer);
    if (!TRY(tree.get(signer_id))) TRY(add_account(build, tree, signer_id, signer));
    state.signers.push_back(Address::from_id(signer_id));
  }
  return tree.set(id, TRY(make_actor(build, names::kMultisig, state, actor.balance)));
}

Result<> add_actor(const Build& build, StateTree& tree, ActorId id, const TemplateActor& actor, const KeyIds& ids) {
  if (actor.type == TemplateActor::Type::multisig) return add_multisig(build, tree, id, actor, ids);
  return add_account(build, tree, id, actor.account.owner, actor.balance);
}

/// A BLS key from a hash: as a little-endian scalar below 2^254, which is below the group's order.
Result<Address> derived_key_address(Hash256 scalar) {
  scalar.back() &= 0x3f;
  return Address::bls(TRY(bls::public_key(scalar)));
}

Result<TokenAmount> sum_of_balances(const StateTree& tree) {
  TokenAmount sum;
  TRY(tree.for_each([&](ActorId, const Actor& actor) -> Result<> {
    sum += actor.balance;
    return {};
  }));
  return sum;
}

}  // namespace

Hash256 derive(const Build& build, std::string_view purpose) {
  Bytes input = to_bytes(purpose);
  input.insert(input.end(), build.seed.begin(), build.seed.end());
  return sha256(input);
}

Result<InitialState> make_initial_state(const Build& build) {
  const Template& value = build.value;
  auto tree = TRY(StateTree::empty(build.store));
  TRY(add_singletons(build, tree));

  KeyRegistry keys(build);
  TRY(keys.add_list());
  TRY_IN("VerifregRootKey", keys.add_special(value.verified_registry_root, kVerifiedRegistryRoot));
  TRY_IN("RemainderAccount", keys.add_special(value.remainder, kReserveActor));
  InitState init{.address_map = TRY(keys.flush()), .next_id = kFirstMiner, .network_name = value.network_name};
  TRY(tree.set(kInitActor, TRY(make_actor(build, names::kInit, init))));

  TRY(add_account(build, tree, kBurntFundsActor, singleton(kBurntFundsActor)));
  ActorId next_multisig = keys.next();
  for (const auto& actor : value.accounts) {
    bool multisig = actor.type == TemplateActor::Type::multisig;
    ActorId id = multisig ? next_multisig++ : keys.ids().at(actor.account.owner);
    if (id >= kFirstMiner) return fail(ErrorCode::exhausted, "more than {} accounts", kFirstMiner - kFirstAccount);
    TRY(add_actor(build, tree, id, actor, keys.ids()));
  }
  TRY(add_actor(build, tree, kVerifiedRegistryRoot, value.verified_registry_root, keys.ids()));
  TRY(add_account(build, tree, kFirstVerifier, TRY(derived_key_address(derive(build, "first verifier")))));

  TokenAmount total = kAttoPerFil * kTotalFilecoin;
  TokenAmount allocated = TRY(sum_of_balances(tree));
  if (allocated > total) {
    return fail(ErrorCode::invalid, "the template gives out {}, more than the {} there are", fil_string(allocated),
                fil_string(total));
  }
  TemplateActor remainder = value.remainder;
  remainder.balance = total - allocated;
  TRY(add_actor(build, tree, kReserveActor, remainder, keys.ids()));
  return InitialState{.tree = std::move(tree), .key_ids = keys.ids()};
}

Result<> add_eam(const Build& build, StateTree& tree) {
  return tree.set(kEamActor, TRY(make_stateless_actor(build, names::kEam)));
}

Result<> add_ethereum_zero_account(const Build& build, StateTree& tree) {
  auto address = TRY(Address::delegated(Address::kEthereumAddressManager, std::array<uint8_t, 20>{}));
  auto init_actor = TRY(tree.get(kInitActor));
  if (!init_actor) return fail(ErrorCode::not_found, "the state has no init actor");
  auto init = TRY(load_init(*build.store, init_actor->head));
  auto map = TRY(Hamt::load(build.store, init.address_map));
  ActorId id = init.next_id++;
  TRY(map.set_as(address.bytes(), id));
  init.address_map = TRY(map.flush());
  init_actor->head = TRY(put_cbor(*build.store, init));
  TRY(tree.set(kInitActor, *init_actor));

  auto actor = TRY(make_stateless_actor(build, names::kEthAccount));
  actor.delegated_address = address;
  return tree.set(id, actor);
}

}  // namespace nelumbo::genesis
