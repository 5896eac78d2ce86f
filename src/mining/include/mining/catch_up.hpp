#pragma once
// Which epoch to mine next while the chain is behind the clock: the arithmetic, without any chain.

#include <optional>
#include <vector>

#include "types/network.hpp"

namespace nelumbo::mining {

/// An own deadline (one that has sectors to prove) whose window PoSt is not yet seen on chain.
struct OpenWork {
  ChainEpoch open = 0;
  ChainEpoch close = 0;
};

struct CatchUpState {
  ChainEpoch head = 0;
  ChainEpoch clock = 0;               ///< the epoch that it is by the clock; no block may be newer
  ChainEpoch sparse = 1;              ///< one block every so many epochs
  std::vector<OpenWork> deadlines{};  ///< unproven ones whose close lies above the head, in any order
  ChainEpoch lost_until = 0;          ///< the last epoch above the head in which the election was lost, 0 for none
};

/// The next epoch to try to mine, above the head (and above lost_until), at most the clock and never more than
/// kMaxNullRounds above the head: `sparse` ahead, but before that the opening of each own deadline, and epoch by epoch
/// while one is open and unproven. nullopt: the head has reached the clock.
std::optional<ChainEpoch> next_epoch(const CatchUpState& state);

}  // namespace nelumbo::mining
