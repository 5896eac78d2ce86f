#include "pool_source.hpp"

#include "chain/base_fee.hpp"
#include "chain/validation.hpp"

namespace nelumbo::node {

namespace {

class PoolSource final : public pool::ChainSource {
 public:
  explicit PoolSource(std::shared_ptr<chain::StateManager> states) : states_(std::move(states)) {}

  TipsetPtr head() override { return store().heaviest(); }
  Result<TipsetPtr> tipset(const TipsetKey& key) override { return store().tipset_from_key(key); }

  Result<pool::BlockMessages> block_messages(const BlockHeader& block) override {
    auto full = TRY(store().full_block(block));
    return pool::BlockMessages{std::move(full.bls), std::move(full.secp)};
  }

  Result<std::vector<Message>> tipset_messages(const Tipset& tipset) override {
    auto messages = TRY(store().messages_of(tipset));
    std::vector<Message> out;
    out.reserve(messages.size());
    for (auto& each : messages) out.push_back(std::move(each.message));
    return out;
  }

  Result<std::optional<Actor>> actor_before(const Address& address, const Tipset& tipset) override {
    return states_->actor(address, tipset);
  }

  Result<std::optional<Actor>> actor_after(const Address& address, const Tipset& tipset) override {
    auto loaded = TRY(store().load_tipset(tipset.key()));
    auto state = TRY(states_->tipset_state(loaded));
    auto tree = TRY(states_->state(state.state_root));
    return tree.get(address);
  }

  Result<Address> key_address(const Address& address, const Tipset& tipset) override {
    return states_->key_address(address, TRY(store().load_tipset(tipset.key())));
  }

  Result<TokenAmount> next_base_fee(const Tipset& tipset) override { return chain::next_base_fee(store(), tipset); }
  uint32_t network_version(ChainEpoch epoch) override { return states_->network_version(epoch); }
  int64_t inclusion_gas(ChainEpoch epoch, size_t chain_length) override {
    return chain::inclusion_gas(chain_length, network_version(epoch));
  }
  Result<bool> may_send(const Actor& actor, ChainEpoch epoch) override {
    auto head = this->head();
    auto tree = TRY(states_->parent_state(*head));
    return chain::may_send(store().blocks(), tree, actor, network_version(epoch));
  }
  uint64_t eth_chain_id() override { return states_->params().eth_chain_id; }

  Result<> put_message(const SignedMessage& message) override {
    TRY(store().put_messages(std::span(&message, 1)));
    TRY(store().put_messages(std::span(&message.message, 1)));
    return {};
  }

 private:
  chain::ChainStore& store() { return states_->store(); }
  std::shared_ptr<chain::StateManager> states_;
};

}  // namespace

std::shared_ptr<pool::ChainSource> make_pool_source(std::shared_ptr<chain::StateManager> states) {
  return std::make_shared<PoolSource>(std::move(states));
}

pool::CallWithGas make_gas_call(std::shared_ptr<chain::StateManager> states) {
  return [states = std::move(states)](const Message& message, const std::vector<pool::MessagePtr>& prior,
                                      const TipsetPtr& base, std::string& failure) -> Result<Receipt> {
    std::vector<chain::ChainMessage> before;
    before.reserve(prior.size());
    for (const auto& each : prior) before.push_back(chain::ChainMessage::of(*each));
    auto result = TRY(states->call_with_gas(message, std::move(before), base, true));
    failure = std::move(result.result.failure);
    return std::move(result.result.receipt);
  };
}

}  // namespace nelumbo::node
