#pragma once
// What nodes say of senders' nonces, and the watch over them: a nonce used elsewhere must never meet one given out
// here.

#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "messager/book.hpp"
#include "nodes.hpp"

namespace nelumbo::messager {

/// A sender as one node sees it.
struct SenderFacts {
  uint64_t chain_nonce = 0;  ///< after what is on chain
  uint64_t pool_nonce = 0;   ///< after what is on chain and in the node's pool
  TokenAmount balance;       ///< attoFIL
  ChainEpoch height = 0;     ///< of the node's head then
  TimePoint at{};            ///< when it was asked
};

/// Thread-safe.
class Senders {
 public:
  void put(size_t node, const Address& address, SenderFacts facts) {
    std::lock_guard lock(mutex_);
    facts_[address][node] = std::move(facts);
  }
  std::optional<SenderFacts> at(size_t node, const Address& address) const;
  /// The newest of any node.
  std::optional<SenderFacts> newest(const Address& address) const;

 private:
  mutable std::mutex mutex_;
  std::map<Address, std::map<size_t, SenderFacts>> facts_;
};

struct Core;

/// Asks a node for a sender: the pool's nonce first, the chain's then.
Result<SenderFacts> ask_facts(Core& core, size_t node, const Address& address);
/// Halts the sender when a node knows of nonces that the table has not given out. The facts must have been asked for
/// before: the table is read here, so that what this server publishes meanwhile cannot look like another's message.
/// Then the facts are kept in core.senders.
Result<> compare_with_table(Core& core, size_t node, const Address& address, const SenderFacts& facts);
/// Facts of a sender for a message that is about to be stored: not older than the head and a few seconds, compared with
/// the table. Asks a node when it must, and every one that answers before the first message. `unavailable` when none
/// does.
Result<SenderFacts> facts_for_sending(Core& core, const Address& address);
/// The nonce after all that any answering node knows of. `unavailable` when none answers.
Result<uint64_t> nonce_after_all(Core& core, const Address& address);

}  // namespace nelumbo::messager
