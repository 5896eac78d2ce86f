#pragma once
// Miners and their pre-sealed sectors, made by the actors themselves.

#include "genesis_vm.hpp"

namespace nelumbo::genesis {

struct MinersResult {
  Cid state_root;
  std::vector<Address> miners;
};

/// Names f081 a verifier and gives every client of a pre-sealed deal the DataCap for it.
Result<Cid> grant_datacap(const Build& build, const Cid& state_root, const std::map<Address, ActorId>& key_ids);

/// Creates the template's miners, publishes their deals, takes their sectors as sealed and proven, and sets the
/// network's power accordingly.
Result<MinersResult> add_miners_to_state(const Build& build, const Cid& state_root);

}  // namespace nelumbo::genesis
