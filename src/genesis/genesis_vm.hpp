#pragma once
// The virtual machine at epoch 0 before there is a chain.

#include "engine/vm.hpp"
#include "initial_state.hpp"

namespace nelumbo::genesis {

/// Applies implicit messages to the genesis state, without fees, randomness or circulating supply.
class GenesisVm {
 public:
  static Result<GenesisVm> make(const Build& build, const Cid& state_root);

  /// Runs a method and gives what it returns; a failing exit code is an error that carries the actors' own words.
  Result<Bytes> call(const Address& to, const Address& from, const TokenAmount& value, MethodNum method,
                     BytesView params);
  template <class Params>
  Result<Bytes> call(const Address& to, const Address& from, const TokenAmount& value, MethodNum method,
                     const Params& params) {
    return call(to, from, value, method, BytesView(to_cbor(params)));
  }
  /// Writes the state and gives its root. The machine is not used afterwards.
  Result<Cid> finish();

 private:
  explicit GenesisVm(std::unique_ptr<Vm> vm) : vm_(std::move(vm)) {}
  std::unique_ptr<Vm> vm_;
};

}  // namespace nelumbo::genesis
