#pragma once
// Verification of reported consensus faults (FIP: two blocks of one miner that may not both exist).

#include "chain/messages.hpp"
#include "engine/vm.hpp"

namespace nelumbo::chain {

/// The fault that two headers (and a witness) show by themselves, signatures not yet looked at: nullopt for none or for
/// anything malformed.
std::optional<VmExterns::ConsensusFault> find_fault(BytesView header_1, BytesView header_2, BytesView extra);

}  // namespace nelumbo::chain
