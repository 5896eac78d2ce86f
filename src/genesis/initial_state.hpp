#pragma once
// The state before any message: singletons, accounts, multisigs.

#include "actors/bundle.hpp"
#include "actors/states.hpp"
#include "crypto/hash.hpp"
#include "genesis/template.hpp"
#include "types/state_tree.hpp"

namespace nelumbo::genesis {

/// What the steps of building a genesis share.
struct Build {
  const Template& value;
  const actors::Manifest& manifest;
  BlockstorePtr store;
  const NetworkParams& network;
  Hash256 seed;  ///< hash of the template: what is drawn at random in lotus derives from it
};

/// A hash that belongs to the template and a purpose.
Hash256 derive(const Build& build, std::string_view purpose);

/// The tree with all actors but miners, the EAM and the Ethereum zero account; gives the IDs of the key addresses.
struct InitialState {
  StateTree tree;
  std::map<Address, ActorId> key_ids;
};
Result<InitialState> make_initial_state(const Build& build);

/// Ethereum's address manager f010.
Result<> add_eam(const Build& build, StateTree& tree);
/// The account of Ethereum's zero address, under the next free ID.
Result<> add_ethereum_zero_account(const Build& build, StateTree& tree);

}  // namespace nelumbo::genesis
