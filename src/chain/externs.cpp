// What the machine asks the chain for.

#include "actors/miner.hpp"
#include "base/log.hpp"
#include "chain/consensus_fault.hpp"
#include "chain/state_manager.hpp"

namespace nelumbo::chain {

namespace {

class ChainExterns : public VmExterns {
 public:
  ChainExterns(std::shared_ptr<StateManager> states, TipsetPtr tipset, Cid base_state, ChainEpoch epoch)
      : states_(std::move(states)),
        tipset_(std::move(tipset)),
        base_state_(std::move(base_state)),
        epoch_(epoch),
        randomness_(states_->store_ptr(), states_->beacons(), tipset_) {}

  Result<std::array<uint8_t, 32>> chain_randomness(ChainEpoch epoch) override {
    return randomness_.chain_digest(epoch);
  }
  Result<std::array<uint8_t, 32>> beacon_randomness(ChainEpoch epoch) override {
    return randomness_.beacon_digest(epoch);
  }

  Result<Cid> tipset_cid(ChainEpoch epoch) override {
    return TRY(states_->store().tipset_at(epoch, tipset_, ChainStore::OnNull::previous))->key().cid();
  }

  Result<std::optional<ConsensusFault>> verify_consensus_fault(BytesView header_1, BytesView header_2, BytesView extra,
                                                               int64_t& gas_used) override {
    gas_used = 0;
    auto fault = find_fault(header_1, header_2, extra);
    if (!fault) return fault;
    auto a = TRY(from_cbor<BlockHeader>(header_1));
    auto b = TRY(from_cbor<BlockHeader>(header_2));
    // The work-around of a chain halt: none are reported around that upgrade.
    const ChainEpoch fix = states_->params().upgrade_watermelon_fix;
    if (near_upgrade(a.height, fix) || near_upgrade(b.height, fix)) return std::optional<ConsensusFault>();
    // The witness needs no check: the second block is signed and names it as parent.
    for (const auto* header : {&a, &b}) {
      auto checked = check_signature(*header, gas_used);
      if (!checked) {
        log_info("chain", "reported consensus fault of f0{} not proven: {}", fault->target, checked.error().message);
        return std::optional<ConsensusFault>();
      }
    }
    return fault;
  }

 private:
  Result<> check_signature(const BlockHeader& header, int64_t& gas_used) {
    if (!header.block_sig) return fail(ErrorCode::invalid, "block has no signature");
    auto worker = TRY(worker_at_lookback(header, gas_used));
    return verify(*header.block_sig, worker, header.signing_bytes());
  }

  /// The miner's worker as of the look-back of the header's epoch, its key as of the state being executed. Until
  /// network version 18 every object read on the way costs gas.
  Result<Address> worker_at_lookback(const BlockHeader& header, int64_t& gas_used) {
    constexpr int64_t kReadGas = 114'617;
    constexpr uint32_t kFreeReadsVersion = 18;
    if (header.height < epoch_ - kChainFinality) {
      return fail(ErrorCode::invalid, "block of epoch {} is too old at epoch {}", header.height, epoch_);
    }
    const int64_t read_gas = states_->network_version(epoch_) < kFreeReadsVersion ? kReadGas : 0;
    auto lookback = TRY(states_->lookback(tipset_, header.height));
    auto old_state = TRY(states_->state(lookback.state_root));
    auto actor = TRY(old_state.get(header.miner));
    if (!actor) return fail(ErrorCode::not_found, "miner {} is not on chain", header.miner.str());
    gas_used += read_gas;
    auto miner = TRY(actors::MinerView::load(old_state.store(), actor->head));
    gas_used += read_gas;
    const Address worker = TRY(miner.info()).worker;
    auto state = TRY(states_->state(base_state_));
    if (worker.is_id()) gas_used += read_gas;
    return states_->key_address(worker, state);
  }

  std::shared_ptr<StateManager> states_;
  TipsetPtr tipset_;
  Cid base_state_;
  ChainEpoch epoch_;
  Randomness randomness_;
};

}  // namespace

std::shared_ptr<VmExterns> StateManager::externs(const TipsetPtr& tipset, const Cid& base_state, ChainEpoch epoch) {
  return std::make_shared<ChainExterns>(shared_from_this(), tipset, base_state, epoch);
}

}  // namespace nelumbo::chain
