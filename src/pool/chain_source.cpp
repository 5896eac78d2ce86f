#include "pool/chain_source.hpp"

#include "chain/base_fee.hpp"
#include "chain/validation.hpp"

namespace nelumbo::pool {

namespace {

class StateManagerSource : public ChainSource {
 public:
  explicit StateManagerSource(std::shared_ptr<chain::StateManager> states) : states_(std::move(states)) {}

  TipsetPtr head() override { return store().heaviest(); }
  Result<TipsetPtr> tipset(const TipsetKey& key) override { return store().tipset_from_key(key); }

  Result<BlockMessages> block_messages(const BlockHeader& block) override {
    auto full = TRY(store().full_block(block));
    return BlockMessages{std::move(full.bls), std::move(full.secp)};
  }

  Result<std::vector<Message>> tipset_messages(const Tipset& tipset) override {
    std::vector<Message> out;
    for (auto& message : TRY(store().messages_of(tipset))) out.push_back(std::move(message.message));
    return out;
  }

  Result<std::optional<Actor>> actor_before(const Address& address, const Tipset& tipset) override {
    return states_->actor(address, tipset);
  }

  Result<std::optional<Actor>> actor_after(const Address& address, const Tipset& tipset) override {
    auto after = TRY(states_->tipset_state(TRY(store().load_tipset(tipset.key()))));
    auto tree = TRY(states_->state(after.state_root));
    return tree.get(address);
  }

  Result<Address> key_address(const Address& address, const Tipset& tipset) override {
    if (!address.is_id()) return address;
    return states_->key_address(address, TRY(store().load_tipset(tipset.key())));
  }

  Result<TokenAmount> next_base_fee(const Tipset& tipset) override { return chain::next_base_fee(store(), tipset); }
  uint32_t network_version(ChainEpoch epoch) override { return states_->network_version(epoch); }
  int64_t inclusion_gas(ChainEpoch epoch, size_t chain_length) override {
    return chain::inclusion_gas(chain_length, states_->network_version(epoch));
  }

  Result<bool> may_send(const Actor& actor, ChainEpoch epoch) override {
    auto head = store().heaviest();
    auto tree = TRY(states_->parent_state(*head));
    return chain::may_send(store().blocks(), tree, actor, states_->network_version(epoch));
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

std::shared_ptr<ChainSource> make_chain_source(std::shared_ptr<chain::StateManager> states) {
  return std::make_shared<StateManagerSource>(std::move(states));
}

CallWithGas make_call_with_gas(std::shared_ptr<chain::StateManager> states) {
  return [states](const Message& message, const std::vector<MessagePtr>& prior, const TipsetPtr& base,
                  std::string& failure) -> Result<Receipt> {
    std::vector<chain::ChainMessage> before;
    for (const auto& each : prior) before.push_back(chain::ChainMessage::of(*each));
    auto done = TRY(states->call_with_gas(message, std::move(before), base, true));
    failure = std::move(done.result.failure);
    return std::move(done.result.receipt);
  };
}

}  // namespace nelumbo::pool
