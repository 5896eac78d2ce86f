#pragma once
// Messages as they stand in blocks.

#include "types/block.hpp"
#include "types/receipt.hpp"

namespace nelumbo::chain {

/// A message on chain: with its signature, or, for BLS, without (it is part of the block's aggregate).
struct ChainMessage {
  Message message;
  std::optional<Signature> signature;
  Cid cid;                  ///< how blocks refer to it: signed CID for signed messages
  size_t chain_length = 0;  ///< bytes it takes on chain, which gas is charged for

  static ChainMessage of(Message message);
  /// Drops a BLS signature.
  static ChainMessage of(SignedMessage message);
};

struct MessageCids {
  std::vector<Cid> bls;
  std::vector<Cid> secp;
};

/// The messages of one block that count.
struct BlockMessages {
  Address miner;
  int64_t win_count = 0;
  std::vector<ChainMessage> bls;
  std::vector<ChainMessage> secp;
};

/// A block with its messages.
struct FullBlock {
  BlockHeader header;
  std::vector<Message> bls;
  std::vector<SignedMessage> secp;

  /// As gossiped.
  BlockMessage block_message() const;
};

}  // namespace nelumbo::chain
