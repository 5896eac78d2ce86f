#pragma once
// What a miner asks of its daemon: a seam over rpc's typed client, so that loops are tested without a daemon.

#include <chrono>
#include <memory>
#include <stop_token>

#include "base/clock.hpp"
#include "crypto/hash.hpp"
#include "rpc/miner_types.hpp"

namespace nelumbo::mining {

/// Thread-safe. The names in brackets are lotus's methods.
class NodeApi {
 public:
  virtual ~NodeApi() = default;

  /// [ChainHead]
  virtual Result<TipsetPtr> head() = 0;
  /// The head once it is another one than `known`, or `known`'s when the time has come first; cancelled when stopped.
  virtual Result<TipsetPtr> wait_head(const TipsetKey& known, TimePoint until, std::stop_token stop) = 0;

  /// [SyncState] Is the node taking in a chain of others?
  virtual Result<bool> syncing() = 0;

  /// [MinerGetBaseInfo] nullopt: nothing to mine with.
  virtual Result<std::optional<rpc::MiningBaseInfo>> base_info(const Address& miner, ChainEpoch round,
                                                               const TipsetKey& base) = 0;
  /// [WalletSign] A signature over the bytes.
  virtual Result<Signature> sign(const Address& signer, BytesView data) = 0;
  /// [MpoolSelect]
  virtual Result<std::vector<SignedMessage>> select_messages(const TipsetKey& base, double ticket_quality) = 0;
  /// [MinerCreateBlock]
  virtual Result<BlockMessage> create_block(const rpc::BlockTemplate& block) = 0;
  /// [SyncSubmitBlock]
  virtual Result<> submit_block(const BlockMessage& block) = 0;

  /// [StateMinerInfo]
  virtual Result<rpc::MinerInfo> miner_info(const Address& miner, const TipsetKey& at) = 0;
  /// [StateMinerProvingDeadline]
  virtual Result<rpc::DeadlineInfo> proving_deadline(const Address& miner, const TipsetKey& at) = 0;
  /// [StateMinerDeadlines]
  virtual Result<std::vector<rpc::Deadline>> deadlines(const Address& miner, const TipsetKey& at) = 0;
  /// [StateMinerPartitions]
  virtual Result<std::vector<rpc::Partition>> partitions(const Address& miner, uint64_t deadline,
                                                         const TipsetKey& at) = 0;
  /// [StateMinerSectors]
  virtual Result<std::vector<rpc::SectorOnChainInfo>> sectors(const Address& miner, const BitField& which,
                                                              const TipsetKey& at) = 0;
  /// [StateSectorPartition]
  virtual Result<rpc::SectorLocation> sector_location(const Address& miner, SectorNumber number,
                                                      const TipsetKey& at) = 0;
  /// [StateGetRandomnessFromBeacon] with the tag of window PoSt challenges.
  virtual Result<Bytes> window_post_randomness(ChainEpoch epoch, BytesView entropy, const TipsetKey& at) = 0;
  /// [StateGetRandomnessFromTickets] with the tag of PoSt chain commits.
  virtual Result<Bytes> chain_commit_randomness(ChainEpoch epoch, const TipsetKey& at) = 0;

  /// [StateLookupID]
  virtual Result<Address> lookup_id(const Address& address, const TipsetKey& at) = 0;
  /// [WalletBalance] attoFIL
  virtual Result<TokenAmount> balance(const Address& account) = 0;
  /// [StateAccountKey, WalletHas] Is there a key to send this account's messages with, here or at the message server?
  virtual Result<bool> can_send_from(const Address& account) = 0;
  /// [GasEstimateMessageGas] The message with gas limit, fee cap and premium.
  virtual Result<Message> estimate_gas(const Message& message, const rpc::MessageSendSpec& spec) = 0;
  /// [MpoolPushMessage]
  virtual Result<SignedMessage> push_message(const Message& message, const rpc::MessageSendSpec& spec) = 0;
  /// [MpoolPending] at the head: is a message with this CID waiting?
  virtual Result<bool> is_pending(const Cid& message) = 0;
  /// [StateSearchMsg] nullopt: not executed yet as seen from this tipset.
  virtual Result<std::optional<rpc::MsgLookup>> search_message(const Cid& message, const TipsetKey& from) = 0;
};

}  // namespace nelumbo::mining
