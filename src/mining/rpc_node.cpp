#include "mining/rpc_node.hpp"

#include <algorithm>

#include "chain/randomness.hpp"
#include "rpc/head_watch.hpp"
#include "rpc/routed_messages.hpp"

namespace nelumbo::mining {

namespace {

namespace full = rpc::full;
/// How far back messages are looked for: all that are asked for are of a deadline just past at most.
constexpr ChainEpoch kSearchEpochs = kChainFinality;

class RpcNode : public NodeApi {
 public:
  RpcNode(std::shared_ptr<rpc::Client> client, std::shared_ptr<rpc::MessageRoute> route)
      : client_(std::move(client)), messages_(client_, std::move(route)), watch_(client_) {}

  Result<TipsetPtr> head() override { return client_->call(full::ChainHead); }

  Result<TipsetPtr> wait_head(const TipsetKey& known, TimePoint until, std::stop_token stop) override {
    return watch_.wait(known, until, std::move(stop));
  }

  Result<bool> syncing() override {
    auto state = TRY(client_->call(full::SyncState));
    return std::any_of(state.active_syncs.begin(), state.active_syncs.end(), [](const rpc::ActiveSync& each) {
      using enum rpc::SyncStage;
      return each.stage != idle && each.stage != complete && each.stage != errored;
    });
  }

  Result<std::optional<rpc::MiningBaseInfo>> base_info(const Address& miner, ChainEpoch round,
                                                       const TipsetKey& base) override {
    return client_->call(full::MinerGetBaseInfo, miner, round, base);
  }
  Result<Signature> sign(const Address& signer, BytesView data) override {
    return client_->call(full::WalletSign, signer, to_bytes(data));
  }
  Result<std::vector<SignedMessage>> select_messages(const TipsetKey& base, double ticket_quality) override {
    return client_->call(full::MpoolSelect, base, ticket_quality);
  }
  Result<BlockMessage> create_block(const rpc::BlockTemplate& block) override {
    return client_->call(full::MinerCreateBlock, block);
  }
  Result<> submit_block(const BlockMessage& block) override { return client_->call(full::SyncSubmitBlock, block); }

  Result<rpc::MinerInfo> miner_info(const Address& miner, const TipsetKey& at) override {
    return client_->call(full::StateMinerInfo, miner, at);
  }
  Result<rpc::DeadlineInfo> proving_deadline(const Address& miner, const TipsetKey& at) override {
    return client_->call(full::StateMinerProvingDeadline, miner, at);
  }
  Result<std::vector<rpc::Deadline>> deadlines(const Address& miner, const TipsetKey& at) override {
    return client_->call(full::StateMinerDeadlines, miner, at);
  }
  Result<std::vector<rpc::Partition>> partitions(const Address& miner, uint64_t deadline,
                                                 const TipsetKey& at) override {
    return client_->call(full::StateMinerPartitions, miner, deadline, at);
  }
  Result<std::vector<rpc::SectorOnChainInfo>> sectors(const Address& miner, const BitField& which,
                                                      const TipsetKey& at) override {
    return client_->call(full::StateMinerSectors, miner, std::optional(which), at);
  }
  Result<rpc::SectorLocation> sector_location(const Address& miner, SectorNumber number, const TipsetKey& at) override {
    return client_->call(full::StateSectorPartition, miner, number, at);
  }
  Result<Bytes> window_post_randomness(ChainEpoch epoch, BytesView entropy, const TipsetKey& at) override {
    auto tag = static_cast<int64_t>(chain::DomainTag::windowed_post_challenge_seed);
    return client_->call(full::StateGetRandomnessFromBeacon, tag, epoch, to_bytes(entropy), at);
  }
  Result<Bytes> chain_commit_randomness(ChainEpoch epoch, const TipsetKey& at) override {
    auto tag = static_cast<int64_t>(chain::DomainTag::post_chain_commit);
    return client_->call(full::StateGetRandomnessFromTickets, tag, epoch, Bytes(), at);
  }

  Result<Address> lookup_id(const Address& address, const TipsetKey& at) override {
    return client_->call(full::StateLookupID, address, at);
  }
  Result<TokenAmount> balance(const Address& account) override { return client_->call(full::WalletBalance, account); }
  Result<bool> can_send_from(const Address& account) override { return messages_.can_send_from(account); }
  Result<Message> estimate_gas(const Message& message, const rpc::MessageSendSpec& spec) override {
    return client_->call(full::GasEstimateMessageGas, message, std::optional(spec), TipsetKey());
  }
  Result<SignedMessage> push_message(const Message& message, const rpc::MessageSendSpec& spec) override {
    return messages_.push(message, spec);
  }
  Result<bool> is_pending(const Cid& message) override { return messages_.is_pending(message); }
  Result<std::optional<rpc::MsgLookup>> search_message(const Cid& message, const TipsetKey& from) override {
    return messages_.search(message, from, kSearchEpochs);
  }

 private:
  std::shared_ptr<rpc::Client> client_;
  rpc::RoutedMessages messages_;
  rpc::HeadWatch watch_;
};

}  // namespace

std::shared_ptr<NodeApi> make_rpc_node(std::shared_ptr<rpc::Client> client, std::shared_ptr<rpc::MessageRoute> route) {
  return std::make_shared<RpcNode>(std::move(client), std::move(route));
}

}  // namespace nelumbo::mining
