#include "engine/vm.hpp"

#include <cstdlib>
#include <thread>

#include "crypto/bridge.hpp"
#include "init.hpp"
#include "nelumbo_engines/host.hpp"
#include "nelumbo_engines/src/vm/mod.rs.h"
#include "trace.hpp"

namespace nelumbo {
namespace {

using ByteVector = std::unique_ptr<std::vector<uint8_t>>;

/// The store and the externs as the machine sees them. A failure is thrown through the bridge.
class Host final : public engines::VmHost {
 public:
  Host(BlockstorePtr store, std::shared_ptr<VmExterns> externs)
      : store_(std::move(store)), externs_(std::move(externs)) {}

  ByteVector get(rust::Slice<const uint8_t> cid) const override {
    auto block = must(store_->get(read(cid)));
    return block ? std::make_unique<std::vector<uint8_t>>(*std::move(block)) : nullptr;
  }
  bool has(rust::Slice<const uint8_t> cid) const override { return must(store_->has(read(cid))); }
  void put(rust::Slice<const uint8_t> cid, rust::Slice<const uint8_t> data) const override {
    must(store_->put(read(cid), {data.data(), data.size()}));
  }
  void put_many(rust::Slice<const uint8_t> joined, rust::Slice<const size_t> sizes) const override {
    std::vector<Block> blocks;
    blocks.reserve(sizes.size());
    BytesView left(joined.data(), joined.size());
    for (size_t size : sizes) {
      BytesView both = left.first(size);
      left = left.subspan(size);
      size_t used = 0;
      Cid cid = must(Cid::read_prefix(both, used));
      blocks.push_back({cid, nelumbo::to_bytes(both.subspan(used))});
    }
    must(store_->put_many(blocks));
  }
  std::array<uint8_t, 32> chain_randomness(int64_t epoch) const override {
    return must(in_context(externs_->chain_randomness(epoch), "chain randomness"));
  }
  std::array<uint8_t, 32> beacon_randomness(int64_t epoch) const override {
    return must(in_context(externs_->beacon_randomness(epoch), "beacon randomness"));
  }
  ByteVector tipset_cid(int64_t epoch) const override {
    Cid cid = must(in_context(externs_->tipset_cid(epoch), "tipset CID"));
    return std::make_unique<std::vector<uint8_t>>(cid.bytes().begin(), cid.bytes().end());
  }
  engines::HostFault verify_consensus_fault(rust::Slice<const uint8_t> header_1, rust::Slice<const uint8_t> header_2,
                                            rust::Slice<const uint8_t> extra) const override {
    engines::HostFault answer{};
    auto fault = must(externs_->verify_consensus_fault(view(header_1), view(header_2), view(extra), answer.gas_used));
    if (fault) {
      answer.found = true;
      answer.target = fault->target;
      answer.epoch = fault->epoch;
      answer.kind = fault->type;
    }
    return answer;
  }

 private:
  static BytesView view(rust::Slice<const uint8_t> bytes) { return {bytes.data(), bytes.size()}; }
  static Cid read(rust::Slice<const uint8_t> cid) { return must(Cid::from_bytes(view(cid))); }

  BlockstorePtr store_;
  std::shared_ptr<VmExterns> externs_;
};

rust::Vec<uint8_t> rust_bytes(BytesView bytes) {
  rust::Vec<uint8_t> out;
  out.reserve(bytes.size());
  for (uint8_t byte : bytes) out.push_back(byte);
  return out;
}

Result<TokenAmount> amount(const rust::Vec<uint8_t>& cbor) {
  return from_cbor<TokenAmount>(BytesView(cbor.data(), cbor.size()));
}

/// Messages that may run at once on one engine: $LOTUS_FVM_CONCURRENCY (1 to 256), else the cores and at least 4.
uint32_t concurrency() {
  if (const char* text = std::getenv("LOTUS_FVM_CONCURRENCY")) {
    long value = std::strtol(text, nullptr, 10);
    if (value >= 1 && value <= 256) return static_cast<uint32_t>(value);
  }
  return std::max(4u, std::thread::hardware_concurrency());
}

engines::MachineConfig machine_config(const VmConfig& config) {
  engines::MachineConfig out{};
  out.network_version = config.network_version;
  out.chain_id = config.chain_id;
  out.epoch = config.epoch;
  out.timestamp = config.timestamp;
  out.state_root = rust_bytes(config.state_root.bytes());
  out.base_fee = rust_bytes(to_cbor(config.base_fee));
  out.circulating_supply = rust_bytes(to_cbor(config.circulating_supply));
  out.tracing = config.tracing;
  out.actor_debugging = config.actor_debugging;
  for (const auto& [from, to] : config.actor_redirect) {
    out.redirect.push_back({rust_bytes(from.bytes()), rust_bytes(to.bytes())});
  }
  out.concurrency = concurrency();
  return out;
}

Result<ApplyResult> read_outcome(const engines::Outcome& outcome) {
  ApplyResult out;
  out.receipt.exit_code = outcome.exit_code;
  out.receipt.return_data = bridge::to_bytes(outcome.return_data);
  out.receipt.gas_used = outcome.gas_used;
  if (!outcome.events_root.empty()) {
    out.receipt.events_root = TRY(Cid::from_bytes({outcome.events_root.data(), outcome.events_root.size()}));
  }
  out.penalty = TRY(amount(outcome.penalty));
  out.miner_tip = TRY(amount(outcome.miner_tip));
  out.base_fee_burn = TRY(amount(outcome.base_fee_burn));
  out.over_estimation_burn = TRY(amount(outcome.over_estimation_burn));
  out.refund = TRY(amount(outcome.refund));
  out.gas_refund = outcome.gas_refund;
  out.gas_burned = outcome.gas_burned;
  out.failure = std::string(outcome.failure);
  if (!outcome.events.empty()) {
    CborLimits limits{.max_items = 1u << 24};  // from the engine, which has charged gas for each
    out.events = TRY(from_cbor<std::vector<Event>>(BytesView(outcome.events.data(), outcome.events.size()), limits));
  }
  out.trace = trace_tree(outcome.trace);
  return out;
}

class Machine final : public Vm {
 public:
  explicit Machine(rust::Box<engines::Machine> machine) : machine_(std::move(machine)) {}

  Result<ApplyResult> apply(const Message& message, size_t chain_length) override {
    return run(message, false, chain_length);
  }
  Result<ApplyResult> apply_implicit(const Message& message) override { return run(message, true, 0); }
  Result<Cid> flush() override {
    auto root = TRY_IN("flushing the machine", bridge::call([&] { return machine_->flush(); }, ErrorCode::failed));
    return Cid::from_bytes(root);
  }

 private:
  Result<ApplyResult> run(const Message& message, bool implicit, size_t chain_length) {
    Bytes encoded = to_cbor(message);
    auto call = [&] { return machine_->apply(bridge::slice(encoded), implicit, chain_length); };
    return read_outcome(TRY_IN("applying a message", bridge::call(call, ErrorCode::failed)));
  }

  rust::Box<engines::Machine> machine_;
};

Result<> check_runs(uint32_t network_version) {
  if (vm_generation(network_version) == 0) {
    return fail(ErrorCode::unsupported,
                "no virtual machine for network version {} is part of this program: it has those for 16 to 29",
                network_version);
  }
  if (!kVmRuns) return fail(ErrorCode::unsupported, "virtual machines do not run under the thread sanitizer");
  return {};
}

}  // namespace

uint32_t vm_generation(uint32_t network_version) { return engines::machine_generation(network_version); }

Result<std::unique_ptr<Vm>> Vm::make(const VmConfig& config, BlockstorePtr store, std::shared_ptr<VmExterns> externs) {
  TRY(check_runs(config.network_version));
  init_engines();  // the machine verifies proofs
  auto host = std::make_shared<Host>(std::move(store), std::move(externs));
  auto make = [&] { return engines::make_machine(machine_config(config), host); };
  auto machine = TRY_IN("making the virtual machine", bridge::call(make, ErrorCode::failed));
  return std::make_unique<Machine>(std::move(machine));
}

Result<> Vm::preload(const VmConfig& config, const Cid& code, BlockstorePtr store) {
  TRY(check_runs(config.network_version));
  auto host = std::make_shared<Host>(std::move(store), nullptr);
  auto work = [&] { engines::preload_actor(machine_config(config), host, bridge::slice(code.bytes())); };
  return in_context(bridge::call(work, ErrorCode::failed), "compiling actor " + code.str());
}

}  // namespace nelumbo
