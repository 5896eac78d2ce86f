#pragma once
// What the message server asks of a full node: a seam over rpc's typed client, so that its loops are tested without
// one.

#include <chrono>
#include <memory>
#include <stop_token>

#include "base/clock.hpp"
#include "rpc/client.hpp"
#include "rpc/methods.hpp"
#include "types/receipt.hpp"

namespace nelumbo::messager {

/// A sender as the chain knows it.
struct SenderState {
  uint64_t nonce = 0;   ///< after the head's messages
  TokenAmount balance;  ///< attoFIL
};

/// A message that a tipset executed, with its receipt.
struct Executed {
  Cid cid;
  Message message;
  Receipt receipt;
};

/// Thread-safe. Every call ends within the time limit the node was made with (`unavailable`, `cancelled`). In brackets
/// lotus's methods.
class ChainNode {
 public:
  virtual ~ChainNode() = default;
  /// For logs and metrics: host and port, never the token.
  virtual std::string name() const = 0;

  /// [ChainHead]
  virtual Result<TipsetPtr> head() = 0;
  /// The head once it is another than `known`, or `known`'s when the time has come first. [ChainNotify]
  virtual Result<TipsetPtr> wait_head(const TipsetKey& known, TimePoint until, std::stop_token stop) = 0;
  /// [StateGetActor] A sender that was never on chain has nonce 0 and no balance.
  virtual Result<SenderState> sender(const Address& address) = 0;
  /// [MpoolGetNonce] After the messages on chain and in this node's pool.
  virtual Result<uint64_t> pool_nonce(const Address& address) = 0;
  /// [StateAccountKey]
  virtual Result<Address> key_address(const Address& address) = 0;
  /// [StateGetActor, StateGetNetworkParams…] The manifest name of an address's code ("storageminer"); empty when there
  /// is no actor.
  virtual Result<std::string> actor_name(const Address& address) = 0;
  /// [GasEstimateMessageGas] Fills in the gas values that are zero.
  virtual Result<Message> estimate(const Message& message, const rpc::MessageSendSpec& spec) = 0;
  /// attoFIL per gas unit at the head. [ChainHead]
  virtual Result<TokenAmount> base_fee() = 0;
  /// [MpoolPush]
  virtual Result<Cid> push(const SignedMessage& message) = 0;
  /// [ChainGetPath] Reverts first, then applies; oldest apply first.
  virtual Result<std::vector<rpc::HeadChange>> path(const TipsetKey& from, const TipsetKey& to) = 0;
  /// [ChainGetParentMessages, ChainGetParentReceipts] What a tipset's parents included, as executed by the tipset.
  virtual Result<std::vector<Executed>> executed(const Tipset& tipset) = 0;
  /// [ChainGetTipSet, ChainGetTipSetByHeight]
  virtual Result<TipsetPtr> tipset(const TipsetKey& key) = 0;
  virtual Result<TipsetPtr> tipset_at(ChainEpoch height) = 0;
  /// Multiaddresses with /p2p/ID of the node and of its peers. [NetAddrsListen, NetPeers]
  virtual Result<std::vector<std::string>> peers() = 0;
  virtual Result<rpc::ApiNetworkParams> network() = 0;
};

/// A node behind an API. `limit` holds for each call (wait_head has its own).
std::shared_ptr<ChainNode> make_chain_node(rpc::ApiInfo where, std::chrono::milliseconds limit);

}  // namespace nelumbo::messager
