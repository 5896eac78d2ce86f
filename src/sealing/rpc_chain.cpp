#include "sealing/rpc_chain.hpp"

#include <algorithm>

#include "chain/randomness.hpp"
#include "rpc/head_watch.hpp"

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
      : client_(std::move(client)), route_(std::move(route)), watch_(client_) {}

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
    if (route_) {
      if (auto sent = TRY(route_->push(message, spec))) return *std::move(sent);
    }
    return client_->call(full::MpoolPushMessage, message, std::optional(spec));
  }
  Result<> put_back(const SignedMessage& message) override {
    if (TRY(routed(message.cid()))) return {};
    auto pushed = client_->call(full::MpoolPush, message);
    if (!pushed && pushed.error().code != ErrorCode::exists) return std::unexpected(std::move(pushed).error());
    return {};
  }
  Result<bool> is_pending(const Cid& message) override {
    if (auto record = TRY(routed(message))) return record->fault.empty();
    auto pending = TRY(client_->call(full::MpoolPending, TipsetKey()));
    return std::any_of(pending.begin(), pending.end(), [&](const auto& each) { return each.cid() == message; });
  }
  Result<std::optional<rpc::MsgLookup>> search_message(const Cid& message, const TipsetKey& from,
                                                       ChainEpoch not_before) override {
    Cid now = message;
    if (auto record = TRY(routed(message))) {
      if (!record->fault.empty()) return fail(ErrorCode::not_found, "message {}: {}", message.str(), record->fault);
      const auto& m = record->message.message;
      if (m.to == m.from && record->cid != message)
        return fail(ErrorCode::not_found, "message {} was cancelled at the message server", message.str());
      now = record->cid;
    }
    const auto height = TRY(client_->call(full::ChainGetTipSet, from))->height();
    const auto look_back = std::max<ChainEpoch>(height - not_before, 0) + kSearchMargin;
    return client_->call(full::StateSearchMsg, from, now, look_back, true);
  }

 private:
  /// The message as the message server knows it, which sends it until it is on the chain and may replace it meanwhile.
  Result<std::optional<rpc::MessageRecord>> routed(const Cid& message) {
    if (!route_) return std::optional<rpc::MessageRecord>();
    return route_->find(message);
  }

  std::shared_ptr<rpc::Client> client_;
  std::shared_ptr<rpc::MessageRoute> route_;
  rpc::HeadWatch watch_;
};

}  // namespace

std::shared_ptr<ChainApi> make_rpc_chain(std::shared_ptr<rpc::Client> client,
                                         std::shared_ptr<rpc::MessageRoute> route) {
  return std::make_shared<RpcChain>(std::move(client), std::move(route));
}

}  // namespace nelumbo::sealing
