#pragma once
// One try to make a block: the steps between a base and a block, without waiting and submitting.

#include "mining/miner.hpp"

namespace nelumbo::mining {

/// What a round works with; seams only.
struct RoundTools {
  const MinerConfig& config;
  NodeApi& node;
  Prover& prover;
  const sealing::Storage& storage;
  const Clock& clock;
};

/// How good a ticket is among all possible ones: 1 the best, 0 the worst.
double ticket_quality(const Ticket& ticket);

/// Tries the epoch on the base. `known_since`: when the base was first seen; unless catching up, the block is built
/// only after the equivocation delay, on those blocks of the base that are still in the head. nullopt: not eligible or
/// the election is lost; `round` says which, and how long things took.
Result<std::optional<BlockMessage>> make_block(const RoundTools& tools, TipsetPtr base, ChainEpoch epoch,
                                               TimePoint known_since, std::stop_token stop, Round& round);

}  // namespace nelumbo::mining
