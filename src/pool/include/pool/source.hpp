#pragma once
// What the message pool needs of the chain: a seam, so that its tests run on a chain made by hand.

#include <memory>
#include <vector>

#include "types/block.hpp"
#include "types/receipt.hpp"

namespace nelumbo::pool {

using MessagePtr = std::shared_ptr<const SignedMessage>;

/// Messages of one block, as stored: BLS ones without their signature.
struct BlockMessages {
  std::vector<Message> bls;
  std::vector<SignedMessage> secp;
};

/// The chain as the pool sees it. Thread-safe; calls may execute a tipset and so take seconds.
class ChainSource {
 public:
  virtual ~ChainSource() = default;

  virtual TipsetPtr head() = 0;
  virtual Result<TipsetPtr> tipset(const TipsetKey& key) = 0;
  /// Messages of one block.
  virtual Result<BlockMessages> block_messages(const BlockHeader& block) = 0;
  /// Messages of a tipset in the order of execution, each once.
  virtual Result<std::vector<Message>> tipset_messages(const Tipset& tipset) = 0;

  /// The actor in the tipset's parent state (before the tipset's own messages); nullopt when it is not on chain.
  virtual Result<std::optional<Actor>> actor_before(const Address& address, const Tipset& tipset) = 0;
  /// The actor after the tipset's messages were executed.
  virtual Result<std::optional<Actor>> actor_after(const Address& address, const Tipset& tipset) = 0;
  /// An f0 address as the key (or f4) address that signs for it; other addresses as they are.
  virtual Result<Address> key_address(const Address& address, const Tipset& tipset) = 0;

  /// Base fee of a block on top of the tipset.
  virtual Result<TokenAmount> next_base_fee(const Tipset& tipset) = 0;
  virtual uint32_t network_version(ChainEpoch epoch) = 0;
  /// Gas that a message of chain_length bytes costs for being on chain at an epoch.
  virtual int64_t inclusion_gas(ChainEpoch epoch, size_t chain_length) = 0;
  /// Whether this actor may send messages (account, Ethereum account, placeholder with an f4 address that never sent).
  virtual Result<bool> may_send(const Actor& actor, ChainEpoch epoch) = 0;
  virtual uint64_t eth_chain_id() = 0;

  /// Stores a message (both its signed and unsigned form), so that blocks can refer to it.
  virtual Result<> put_message(const SignedMessage& message) = 0;
};

}  // namespace nelumbo::pool
