#pragma once
// The state tree: a HAMT from ID addresses to actors under a versioned root.

#include "ipld/hamt.hpp"
#include "types/receipt.hpp"

namespace nelumbo {

/// CBOR of a state root from version 1 on: [version, actors, info].
struct StateRoot {
  uint64_t version = 5;
  Cid actors;
  Cid info;
  static constexpr auto fields = nelumbo::fields(field("Version", &StateRoot::version),
                                                 field("Actors", &StateRoot::actors), field("Info", &StateRoot::info));
};

/// Reads and changes actors. Version 0 roots are the bare HAMT. Several threads may read at once while none changes it;
/// until the first change reads go straight to the encoded nodes on the way, without building the tree.
class StateTree {
 public:
  /// An empty tree of the newest version (5).
  static Result<StateTree> empty(BlockstorePtr store);
  static Result<StateTree> load(BlockstorePtr store, const Cid& root);
  StateTree(StateTree&&) noexcept;
  StateTree& operator=(StateTree&&) noexcept;
  ~StateTree();

  /// The actor of an ID address, nullopt when there is none.
  Result<std::optional<Actor>> get(ActorId id) const;
  /// The ID of any address: through the init actor's address map; nullopt when it is not on chain.
  Result<std::optional<ActorId>> lookup_id(const Address& address) const;
  /// The actor of any address.
  Result<std::optional<Actor>> get(const Address& address) const;
  Result<> set(ActorId id, const Actor& actor);
  /// True when the actor was there.
  Result<bool> remove(ActorId id);
  Result<> for_each(const std::function<Result<>(ActorId, const Actor&)>& f) const;
  Result<Cid> flush();
  uint64_t version() const;
  const BlockstorePtr& store() const;

 private:
  struct State;
  explicit StateTree(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo
