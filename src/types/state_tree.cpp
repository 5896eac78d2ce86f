#include "types/state_tree.hpp"

namespace nelumbo {

namespace {

constexpr uint64_t kNewestVersion = 5;
/// The last version whose actors have no delegated address.
constexpr uint64_t kLastFourFieldVersion = 4;
constexpr ActorId kInitActor = 1;

Bytes encode_actor(const Actor& actor, uint64_t version) {
  if (version > kLastFourFieldVersion) return to_cbor(actor);
  CborWriter w;
  w.array(4);
  w.cid(actor.code);
  w.cid(actor.head);
  w.uint(actor.nonce);
  Cbor<BigInt>::put(w, actor.balance);
  return std::move(w.out);
}

Result<Actor> decode_actor(BytesView data, uint64_t version) {
  if (version > kLastFourFieldVersion) return from_cbor<Actor>(data);
  CborReader r(data);
  Actor actor;
  TRY(r.array_of(4));
  actor.code = TRY(r.cid());
  actor.head = TRY(r.cid());
  actor.nonce = TRY(r.uint());
  TRY(Cbor<BigInt>::get(r, actor.balance));
  TRY(r.finish());
  return actor;
}

/// The address map inside the init actor's state, the first field of every version of it.
Result<Cid> address_map_root(Blockstore& store, const Cid& init_state) {
  auto data = TRY(get_block(store, init_state));
  CborReader r(data);
  TRY_IN("init actor's state", r.array());
  return in_context(r.cid(), "init actor's state");
}

}  // namespace

struct StateTree::State {
  BlockstorePtr store;
  uint64_t version = kNewestVersion;
  Cid info;                     // undefined for version 0
  Cid actors;                   // root of the HAMT as it is in the store
  std::optional<Hamt> changed;  // the HAMT once something was set

  Result<std::optional<Bytes>> read(BytesView key) const {
    return changed ? changed->get(key) : hamt_get(*store, actors, key);
  }
  Result<Hamt*> write() {
    if (!changed) changed = TRY(Hamt::load(store, actors));
    return &*changed;
  }
};

StateTree::StateTree(std::unique_ptr<State> state) : state_(std::move(state)) {}
StateTree::StateTree(StateTree&&) noexcept = default;
StateTree& StateTree::operator=(StateTree&&) noexcept = default;
StateTree::~StateTree() = default;

Result<StateTree> StateTree::empty(BlockstorePtr store) {
  // The info object has no fields: an empty CBOR array.
  CborWriter info;
  info.array(0);
  Cid info_cid = Cid::of(info.out);
  TRY(store->put(info_cid, info.out));
  Cid actors = TRY(Hamt(store).flush());
  return StateTree(std::make_unique<State>(State{std::move(store), kNewestVersion, info_cid, actors, {}}));
}

Result<StateTree> StateTree::load(BlockstorePtr store, const Cid& root) {
  auto data = TRY_IN("state root", get_block(*store, root));
  // Before version 1 the root is the HAMT itself, which is no array of three.
  auto versioned = from_cbor<StateRoot>(data);
  StateRoot found = versioned ? *versioned : StateRoot{0, root, Cid()};
  if (found.version > kNewestVersion) {
    return fail(ErrorCode::unsupported, "state tree of version {}, the newest known is {}", found.version,
                kNewestVersion);
  }
  if (!TRY(store->has(found.actors))) {
    return fail(ErrorCode::not_found, "state tree: block {} is not in the store", found.actors.str());
  }
  return StateTree(std::make_unique<State>(State{std::move(store), found.version, found.info, found.actors, {}}));
}

Result<std::optional<Actor>> StateTree::get(ActorId id) const {
  auto raw = TRY(state_->read(Address::from_id(id).bytes()));
  if (!raw) return std::optional<Actor>();
  return TRY_IN(fmt::format("actor {}", id), decode_actor(*raw, state_->version));
}

Result<std::optional<ActorId>> StateTree::lookup_id(const Address& address) const {
  if (!address.defined()) return fail(ErrorCode::invalid, "look-up of an empty address");
  if (address.is_id()) return TRY(address.id());
  auto init = TRY(get(kInitActor));
  if (!init) return fail(ErrorCode::not_found, "the state has no init actor");
  auto& store = *state_->store;
  auto raw = TRY_IN("address map", hamt_get(store, TRY(address_map_root(store, init->head)), address.bytes()));
  if (!raw) return std::optional<ActorId>();
  return TRY_IN("address map", from_cbor<ActorId>(*raw));
}

Result<std::optional<Actor>> StateTree::get(const Address& address) const {
  auto id = TRY(lookup_id(address));
  if (!id) return std::optional<Actor>();
  return get(*id);
}

Result<> StateTree::set(ActorId id, const Actor& actor) {
  return TRY(state_->write())->set(Address::from_id(id).bytes(), encode_actor(actor, state_->version));
}

Result<bool> StateTree::remove(ActorId id) { return TRY(state_->write())->remove(Address::from_id(id).bytes()); }

Result<> StateTree::for_each(const std::function<Result<>(ActorId, const Actor&)>& f) const {
  auto each = [&](BytesView key, BytesView value) -> Result<> {
    auto id = TRY(TRY(Address::from_bytes(key)).id());
    return f(id, TRY(decode_actor(value, state_->version)));
  };
  return state_->changed ? state_->changed->for_each(each) : hamt_for_each(*state_->store, state_->actors, each);
}

Result<Cid> StateTree::flush() {
  if (state_->changed) state_->actors = TRY(state_->changed->flush());
  if (state_->version == 0) return state_->actors;
  return put_cbor(*state_->store, StateRoot{state_->version, state_->actors, state_->info});
}

uint64_t StateTree::version() const { return state_->version; }
const BlockstorePtr& StateTree::store() const { return state_->store; }

}  // namespace nelumbo
