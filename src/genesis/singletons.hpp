#pragma once
// First states of the singleton actors (constructors of actors v16 to v18).

#include "initial_state.hpp"

namespace nelumbo::genesis {

/// The actor of a name with this state as its head.
template <class State>
Result<Actor> make_actor(const Build& build, std::string_view name, const State& state, TokenAmount balance = 0) {
  auto code = TRY(build.manifest.code(name));
  auto head = TRY(put_cbor(*build.store, state));
  return Actor{
      .code = code, .head = head, .nonce = 0, .balance = std::move(balance), .delegated_address = std::nullopt};
}

/// An actor without state: its head is the empty array.
Result<Actor> make_stateless_actor(const Build& build, std::string_view name);

/// f00, f02, f03, f04, f05, f06, f07. The init actor f01 comes with the accounts.
Result<> add_singletons(const Build& build, StateTree& tree);

}  // namespace nelumbo::genesis
