#pragma once
// Waiting for a message to be on the chain with a confidence.

#include <stop_token>

#include "chain/state_manager.hpp"

namespace nelumbo::chain {

/// Calls `done` once, from whatever thread changes the head (or before return): when the message has been executed and
/// `confidence` epochs have passed over it without a revert, or with an error. Looks back over `limit` epochs first
/// (nullopt: no limit). Ends without a call when the subscription is destroyed.
Subscription watch_message(std::shared_ptr<StateManager> states, const Cid& message, uint64_t confidence,
                           std::optional<ChainEpoch> limit, bool allow_replaced,
                           std::function<void(Result<MessageLookup>)> done);

/// The same, blocking; cancelled when stopped.
Result<MessageLookup> wait_message(const std::shared_ptr<StateManager>& states, const Cid& message, uint64_t confidence,
                                   std::optional<ChainEpoch> limit, bool allow_replaced, std::stop_token stop);

}  // namespace nelumbo::chain
