#pragma once
// Messages tried out on the state after a tipset (StateCompute).

#include "chain/state_manager.hpp"

namespace nelumbo::chain {

/// A tipset's own messages and those tried out after them.
struct Computed {
  Cid state_root;
  std::vector<Invocation> trace;  ///< implicit messages included
};

/// Executes the tipset, then `messages` at `epoch`, which is not before it; no cron runs in between, as the epochs may lie
/// in the future. The changed state is not kept. unsupported when an upgrade's migration stands in between.
Result<Computed> compute_state(StateManager& states, const TipsetPtr& tipset, ChainEpoch epoch,
                               const std::vector<Message>& messages);

}  // namespace nelumbo::chain
