#pragma once
// Circulating supply: what the machine works with (pledge, termination fees), and the exact one of the API.

#include "types/network.hpp"
#include "types/state_tree.hpp"

namespace nelumbo::chain {

/// All amounts in attoFIL.
struct CirculatingSupply {
  TokenAmount vested;             ///< genesis multisigs' vested part
  TokenAmount mined;              ///< paid out by the reward actor
  TokenAmount burnt;              ///< balance of f099
  TokenAmount locked;             ///< pledge (and, before network version 23, deal collateral)
  TokenAmount circulating;        ///< vested + mined + reserve_disbursed - burnt - locked, at least 0
  TokenAmount reserve_disbursed;  ///< left f090
};

/// The machine's circulating supply at an epoch on a state. `genesis_pledge` counts until the Assembly upgrade.
Result<CirculatingSupply> vm_circulating_supply(const NetworkParams& params, ChainEpoch epoch, const StateTree& state,
                                                const TokenAmount& genesis_pledge);
/// Total pledge in a state's power actor.
Result<TokenAmount> locked_pledge(const StateTree& state);
/// Supply from walking all actors (StateCirculatingSupply of the API); slow.
Result<TokenAmount> exact_circulating_supply(const NetworkParams& params, ChainEpoch epoch, const StateTree& state);
/// Vested part of the genesis multisigs at an epoch.
TokenAmount vested_at(const NetworkParams& params, ChainEpoch epoch);

}  // namespace nelumbo::chain
