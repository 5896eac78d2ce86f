#pragma once
// Makes good blocks of a miner whose key is at hand, to be spoilt.

#include "chain/messages.hpp"
#include "genesis/template.hpp"
#include "rpc/client.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::hostile {

class Forge {
 public:
  /// `node`: a daemon of the network, in whose wallet the worker key is, too (it makes the blocks).
  Forge(rpc::ApiInfo node, Address miner, genesis::KeyInfo worker);

  /// The next block that the miner wins on the daemon's head, of an epoch later than the last one's, with one transfer
  /// of its worker in it, signed.
  Result<chain::FullBlock> block();
  Result<TipsetPtr> head() const;
  Result<> sign(BlockHeader& header) const;
  /// Names the block's messages in its header.
  static Result<> name_messages(chain::FullBlock& block);

  /// A transfer of the worker with its next nonce.
  Result<SignedMessage> transfer() const;
  Result<SignedMessage> sign(Message message) const;
  const Address& worker() const { return worker_address_; }

 private:
  rpc::Client node_;
  Address miner_;
  genesis::KeyInfo worker_;
  Address worker_address_;
  uint64_t eth_chain_id_ = 0;
  ChainEpoch last_ = 0;
};

}  // namespace nelumbo::hostile
