#include "genesis_vm.hpp"

namespace nelumbo::genesis {

namespace {

constexpr int64_t kGasLimit = 1'000'000'000'000'000;

/// Before the first block there is neither randomness nor a tipset; nothing that genesis calls asks for them.
class NoChain : public VmExterns {
 public:
  Result<std::array<uint8_t, 32>> chain_randomness(ChainEpoch epoch) override {
    return none("chain randomness", epoch);
  }
  Result<std::array<uint8_t, 32>> beacon_randomness(ChainEpoch epoch) override {
    return none("beacon randomness", epoch);
  }
  Result<Cid> tipset_cid(ChainEpoch epoch) override { return none("a tipset", epoch); }
  Result<std::optional<ConsensusFault>> verify_consensus_fault(BytesView, BytesView, BytesView, int64_t&) override {
    return none("a consensus fault", 0);
  }

 private:
  static std::unexpected<Error> none(std::string_view what, ChainEpoch epoch) {
    return fail(ErrorCode::unsupported, "genesis has no {} of epoch {}", what, epoch);
  }
};

}  // namespace

Result<GenesisVm> GenesisVm::make(const Build& build, const Cid& state_root) {
  VmConfig config{.network_version = build.value.network_version,
                  .chain_id = build.network.eth_chain_id,
                  .epoch = 0,
                  .timestamp = build.value.timestamp,
                  .state_root = state_root,
                  .base_fee = 0,
                  .circulating_supply = 0,
                  .actor_debugging = build.network.actor_debugging};
  return GenesisVm(TRY_IN("machine of the genesis state", Vm::make(config, build.store, std::make_shared<NoChain>())));
}

Result<Bytes> GenesisVm::call(const Address& to, const Address& from, const TokenAmount& value, MethodNum method,
                              BytesView params) {
  Message message{.version = 0,
                  .to = to,
                  .from = from,
                  .nonce = 0,
                  .value = value,
                  .gas_limit = kGasLimit,
                  .gas_fee_cap = 0,
                  .gas_premium = 0,
                  .method = method,
                  .params = to_bytes(params)};
  auto result = TRY(vm_->apply_implicit(message));
  if (result.receipt.exit_code != 0) {
    return fail(ErrorCode::failed, "method {} of {} failed with exit code {}: {}", method, to.str(),
                result.receipt.exit_code, result.failure);
  }
  return std::move(result.receipt.return_data);
}

Result<Cid> GenesisVm::finish() { return vm_->flush(); }

}  // namespace nelumbo::genesis
