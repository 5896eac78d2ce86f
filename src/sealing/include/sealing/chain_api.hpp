#pragma once
// What sealing asks of the chain: a seam over rpc's typed client, so that the pipeline is tested without a daemon.

#include <memory>
#include <optional>
#include <stop_token>

#include "actors/miner_params.hpp"
#include "base/clock.hpp"
#include "crypto/hash.hpp"
#include "rpc/miner_types.hpp"
#include "rpc/routed_messages.hpp"

namespace nelumbo::sealing {

/// Thread-safe. The names in brackets are lotus's methods. `at` is a tipset's key, empty for the head.
class ChainApi {
 public:
  virtual ~ChainApi() = default;
  /// [ChainHead]
  virtual Result<TipsetPtr> head() = 0;
  /// The head once it is another one than `known`, or `known`'s when the time has come first; cancelled when stopped.
  virtual Result<TipsetPtr> wait_head(const TipsetKey& known, TimePoint until, std::stop_token stop) = 0;
  /// [StateGetNetworkParams] Epoch length and the delay of seal challenges, which devnets have shorter.
  virtual Result<rpc::ApiNetworkParams> network() = 0;
  /// [StateNetworkVersion]
  virtual Result<uint32_t> network_version(const TipsetKey& at) = 0;
  /// [StateMinerInfo]
  virtual Result<rpc::MinerInfo> miner_info(const Address& miner, const TipsetKey& at) = 0;
  /// [StateLookupID]
  virtual Result<Address> id_address(const Address& account, const TipsetKey& at) = 0;
  /// [StateMinerProvingDeadline]
  virtual Result<rpc::DeadlineInfo> proving_deadline(const Address& miner, const TipsetKey& at) = 0;
  /// [StateMinerAvailableBalance], [WalletBalance]
  virtual Result<TokenAmount> miner_available(const Address& miner, const TipsetKey& at) = 0;
  virtual Result<TokenAmount> balance(const Address& account) = 0;
  /// [StateMinerSectorAllocated]
  virtual Result<bool> sector_allocated(const Address& miner, SectorNumber number, const TipsetKey& at) = 0;
  /// [StateMinerAllocated] All numbers ever used.
  virtual Result<BitField> allocated(const Address& miner, const TipsetKey& at) = 0;
  /// [StateSectorPreCommitInfo] nullopt: not pre-committed.
  virtual Result<std::optional<actors::SectorPreCommitOnChainInfo>> pre_commit_info(const Address& miner,
                                                                                    SectorNumber number,
                                                                                    const TipsetKey& at) = 0;
  /// [StateSectorGetInfo] nullopt: not on the chain (or no longer).
  virtual Result<std::optional<rpc::SectorOnChainInfo>> sector_info(const Address& miner, SectorNumber number,
                                                                    const TipsetKey& at) = 0;
  /// [StateSectorPartition]
  virtual Result<rpc::SectorLocation> sector_location(const Address& miner, SectorNumber number,
                                                      const TipsetKey& at) = 0;
  /// [StateMinerPartitions]
  virtual Result<std::vector<rpc::Partition>> partitions(const Address& miner, uint64_t deadline,
                                                         const TipsetKey& at) = 0;
  /// [StateGetRandomnessFromTickets] with the tag of sealing.
  virtual Result<Hash256> seal_ticket(const Address& miner, ChainEpoch epoch, const TipsetKey& at) = 0;
  /// [StateGetRandomnessFromBeacon] with the tag of interactive seal challenges.
  virtual Result<Hash256> seal_seed(const Address& miner, ChainEpoch epoch, const TipsetKey& at) = 0;
  /// [StateMinerPreCommitDepositForPower], [StateMinerInitialPledgeForSector]; attoFIL
  virtual Result<TokenAmount> pre_commit_deposit(const Address& miner, const actors::SectorPreCommitInfo& sector,
                                                 const TipsetKey& at) = 0;
  virtual Result<TokenAmount> initial_pledge(const Address& miner, ChainEpoch duration, uint64_t sector_size,
                                             const TipsetKey& at) = 0;
  /// [MpoolPushMessage] The same MsgUuid again gives the same message (through a message server and through a daemon of
  /// this suite), so a push whose answer was lost is repeated, never doubled. `unavailable`: whether it was sent is not
  /// known; any other error: it was not.
  virtual Result<SignedMessage> push_message(const Message& message, const rpc::MessageSendSpec& spec) = 0;
  /// [MpoolPush] Gives a message that a node's pool has lost back to it; `invalid` when it can never be executed any
  /// more. Nothing to do where a message server sends until it is on the chain.
  virtual Result<> put_back(const SignedMessage& message) = 0;
  /// [StateSearchMsg] nullopt: not executed as seen from this tipset, back to the epoch `not_before`. A message that
  /// was replaced is found by its first CID; `not_found`: it was given up or cancelled and will never be executed.
  virtual Result<std::optional<rpc::MsgLookup>> search_message(const Cid& message, const TipsetKey& from,
                                                               ChainEpoch not_before) = 0;
  /// [MpoolPending] or the message server: is it still under way? nullopt: it will not come by itself.
  virtual Result<std::optional<rpc::PendingMessage>> pending(const Cid& message) = 0;
};

}  // namespace nelumbo::sealing
