#include "chain/compute.hpp"

#include <chrono>

#include "executor.hpp"

namespace nelumbo::chain {

Result<Computed> compute_state(StateManager& states, const TipsetPtr& tipset, ChainEpoch epoch,
                               const std::vector<Message>& messages) {
  if (epoch < tipset->height()) {
    return fail(ErrorCode::invalid, "epoch {} is before that of the tipset, {}", epoch, tipset->height());
  }
  Computed out;
  TipsetState after;
  out.trace = TRY(states.trace_tipset(tipset, true, &after));
  out.state_root = after.state_root;
  if (messages.empty()) return out;

  for (ChainEpoch each = tipset->height(); each < epoch; ++each) TRY(check_no_migration(states.params(), each));
  auto overlay = std::make_shared<OverlayBlockstore>(states.store().blocks());
  auto vm = TRY(make_vm(states, tipset, after.state_root, epoch, tipset->min_timestamp(), tipset->parent_base_fee(),
                        overlay, true));
  for (const auto& message : messages) {
    auto start = std::chrono::steady_clock::now();
    const size_t size = to_cbor(message).size();
    Invocation run;
    run.result = TRY_IN("applying message " + message.cid().str(), vm->apply(message, size));
    run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    run.cid = message.cid();
    run.message = message;
    out.trace.push_back(std::move(run));
  }
  out.state_root = TRY(vm->flush());
  return out;
}

}  // namespace nelumbo::chain
