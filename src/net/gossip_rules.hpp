#pragma once
// What gossip must be like to be passed on: the checks that every forwarder makes, cheap ones first.

#include "base/clock.hpp"
#include "base/lru_cache.hpp"
#include "chain/store.hpp"
#include "net/network.hpp"

namespace nelumbo::net {

/// What becomes of a piece of gossip, and why when it is not passed on.
struct Judgement {
  p2p::Verdict verdict = p2p::Verdict::accept;
  std::string reason;
};

/// Checks blocks as they come in. Thread-safe.
class BlockRules {
 public:
  BlockRules(chain::ChainStore& store, std::shared_ptr<Clock> clock,
             std::function<Result<Address>(const BlockHeader&)> worker_of)
      : store_(store), clock_(std::move(clock)), worker_of_(std::move(worker_of)) {}

  /// A block is accepted once. Rejected is what breaks a rule of the network's gossip (source: lotus
  /// chain/consensus and chain/sub); what only this node cannot tell, or does not want to spread, is ignored.
  Judgement judge(BytesView data, BlockMessage& block);

 private:
  Judgement check_place(const BlockMessage& block) const;
  Judgement check_messages(const BlockMessage& block) const;
  Judgement check_miner(const BlockHeader& header) const;
  /// Seen before, or one more of too many that the miner signed for this epoch.
  Judgement check_new(const BlockHeader& header, const Cid& cid);
  bool near_synced() const;

  chain::ChainStore& store_;
  std::shared_ptr<Clock> clock_;
  std::function<Result<Address>(const BlockHeader&)> worker_of_;
  std::mutex mutex_;
  LruCache<Cid, bool> seen_{8192};
  LruCache<std::string, uint64_t> signed_{8192};  ///< by miner and epoch
};

/// What the pool's refusal means for who passed the message on.
p2p::Verdict verdict_of(pool::Refusal refusal);

/// Decodes a message and gives it to the pool.
Judgement judge_message(BytesView data, const std::function<Result<>(const SignedMessage&, pool::Refusal&)>& add);

}  // namespace nelumbo::net
