#include "sealing/rpc_chain.hpp"

#include <algorithm>

#include "chain/randomness.hpp"
#include "rpc/head_watch.hpp"
#include "rpc/routed_messages.hpp"

namespace nelumbo::sealing {

namespace {

namespace full = rpc::full;
/// Epochs that a search goes further back than it must: a message may lie in a tipset of the epoch it was sent in.
constexpr ChainEpoch kSearchMargin = 10;

Result<Hash256> as_hash(const Bytes& bytes) {
  Hash256 out;
  if (bytes.size() != out.size())
    return fail(ErrorCode::invalid, "randomness of {} bytes, expected {}", bytes.size(), out.size());
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

class RpcChain : public ChainApi {
 public:
  RpcChain(std::shared_ptr<rpc::Client> client, std::shared_ptr<rpc::MessageRoute> route)
      : client_(std::move(client)), messages_(client_, std::move(route)), watch_(client_) {}

  Result<TipsetPtr> head() override { return client_->call(full::ChainHead); }
  Result<TipsetPtr> wait_head(const TipsetKey& known, TimePoint until, std::stop_token stop) override {
    return watch_.wait(known, until, std::move(stop));
  }
  Result<rpc::ApiNetworkParams> network() override { return client_->call(full::StateGetNetworkParams); }
  Result<uint32_t> network_version(const TipsetKey& at) override {
    return client_->call(full::StateNetworkVersion, at);
  }
  Result<rpc::MinerInfo> miner_info(const Address& miner, const TipsetKey& at) override {
    return client_->call(full::StateMinerInfo, miner, at);
  }
  Result<Address> id_address(const Address& account, const TipsetKey& at) override {
    return client_->call(full::StateLookupID, account, at);
  }
  Result<rpc::DeadlineInfo> proving_deadline(const Address& miner, const TipsetKey& at) override {
    return client_->call(full::StateMinerProvingDeadline, miner, at);
  }
  Result<TokenAmount> miner_available(const Address& miner, const TipsetKey& at) override {
    return client_->call(full::StateMinerAvailableBalance, miner, at);
  }
  Result<TokenAmount> balance(const Address& account) override { return client_->call(full::WalletBalance, account); }
  Result<bool> sector_allocated(const Address& miner, SectorNumber number, const TipsetKey& at) override {
    return client_->call(full::StateMinerSectorAllocated, miner, number, at);
  }
  Result<BitField> allocated(const Address& miner, const TipsetKey& at) override {
    return client_->call(full::StateMinerAllocated, miner, at);
  }
  Result<std::optional<actors::SectorPreCommitOnChainInfo>> pre_commit_info(const Address& miner, SectorNumber number,
                                                                            const TipsetKey& at) override {
    return client_->call(full::StateSectorPreCommitInfo, miner, number, at);
  }
  Result<std::optional<rpc::SectorOnChainInfo>> sector_info(const Address& miner, SectorNumber number,
                                                            const TipsetKey& at) override {
    return client_->call(full::StateSectorGetInfo, miner, number, at);
  }
  Result<rpc::SectorLocation> sector_location(const Address& miner, SectorNumber number, const TipsetKey& at) override {
    return client_->call(full::StateSectorPartition, miner, number, at);
  }
  Result<std::vector<rpc::Partition>> partitions(const Address& miner, uint64_t deadline,
                                                 const TipsetKey& at) override {
    return client_->call(full::StateMinerPartitions, miner, deadline, at);
  }
  Result<Hash256> seal_ticket(const Address& miner, ChainEpoch epoch, const TipsetKey& at) override {
    auto tag = static_cast<int64_t>(chain::DomainTag::seal_randomness);
    return as_hash(TRY(client_->call(full::StateGetRandomnessFromTickets, tag, epoch, to_cbor(miner), at)));
  }
  Result<Hash256> seal_seed(const Address& miner, ChainEpoch epoch, const TipsetKey& at) override {
    auto tag = static_cast<int64_t>(chain::DomainTag::interactive_seal_challenge_seed);
    return as_hash(TRY(client_->call(full::StateGetRandomnessFromBeacon, tag, epoch, to_cbor(miner), at)));
  }
  Result<TokenAmount> pre_commit_deposit(const Address& miner, const actors::SectorPreCommitInfo& sector,
                                         const TipsetKey& at) override {
    return client_->call(full::StateMinerPreCommitDepositForPower, miner, sector, at);
  }
  Result<TokenAmount> initial_pledge(const Address&, ChainEpoch duration, uint64_t sector_size,
                                     const TipsetKey& at) override {
    return client_->call(full::StateMinerInitialPledgeForSector, duration, sector_size, uint64_t{0}, at);
  }

  Result<SignedMessage> push_message(const Message& message, const rpc::MessageSendSpec& spec) override {
    return messages_.push(message, spec);
  }
  Result<> put_back(const SignedMessage& message) override {
    if (TRY(messages_.find(message.cid()))) return {};
    auto pushed = client_->call(full::MpoolPush, message);
    if (!pushed && pushed.error().code != ErrorCode::exists) return std::unexpected(std::move(pushed).error());
    return {};
  }
  Result<std::optional<rpc::PendingMessage>> pending(const Cid& message) override { return messages_.pending(message); }
  Result<std::optional<rpc::MsgLookup>> search_message(const Cid& message, const TipsetKey& from,
                                                       ChainEpoch not_before) override {
    const auto height = TRY(client_->call(full::ChainGetTipSet, from))->height();
    return messages_.search(message, from, std::max<ChainEpoch>(height - not_before, 0) + kSearchMargin);
  }

 private:
  std::shared_ptr<rpc::Client> client_;
  rpc::RoutedMessages messages_;
  rpc::HeadWatch watch_;
};

}  // namespace

std::shared_ptr<ChainApi> make_rpc_chain(std::shared_ptr<rpc::Client> client,
                                         std::shared_ptr<rpc::MessageRoute> route) {
  return std::make_shared<RpcChain>(std::move(client), std::move(route));
}

}  // namespace nelumbo::sealing
