#include "executor.hpp"

#include <chrono>
#include <limits>
#include <set>

#include "actors/bundle.hpp"
#include "actors/policy.hpp"
#include "actors/storage_params.hpp"
#include "base/log.hpp"

namespace nelumbo::chain {

namespace {

Message system_message(ChainEpoch epoch, ActorId to, MethodNum method, Bytes params) {
  Message message;
  message.from = Address::from_id(actors::kSystemActor);
  message.to = Address::from_id(to);
  message.nonce = static_cast<uint64_t>(epoch);
  message.gas_limit = std::numeric_limits<int64_t>::max() / 2;  // the system never runs out
  message.method = method;
  message.params = std::move(params);
  return message;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// One tipset's execution as it goes.
class Execution {
 public:
  Execution(StateManager& states, TipsetPtr tipset, bool tracing, const ExecutionMonitor& monitor)
      : states_(states), tipset_(std::move(tipset)), tracing_(tracing), monitor_(monitor) {}

  Result<TipsetState> run() {
    const ChainEpoch epoch = tipset_->height();
    Cid root = tipset_->parent_state();
    const auto parent = TRY_IN("parent", states_.store().load_block(tipset_->blocks().front().parents.front()));
    for (ChainEpoch each = parent.height; each < epoch; ++each) {
      if (each > parent.height) root = TRY(null_round(root, each));
      TRY(check_no_migration(states_.params(), each));
    }
    auto vm = TRY(machine(root, epoch, tipset_->min_timestamp()));
    for (const auto& block : TRY(states_.store().execution_order(*tipset_))) TRY(apply_block(*vm, block));
    TRY(apply_implicit(*vm, cron_message(epoch), "cron"));
    states_.count_applied(receipts_.size());
    const uint32_t version = states_.network_version(epoch);
    auto receipts = TRY(states_.store().put_receipts(receipts_, version));
    return TipsetState{TRY(vm->flush()), receipts};
  }

 private:
  Result<std::unique_ptr<Vm>> machine(const Cid& root, ChainEpoch epoch, uint64_t timestamp) {
    return make_vm(states_, tipset_, root, epoch, timestamp, tipset_->parent_base_fee(), states_.store().blocks(),
                   tracing_);
  }

  /// Cron runs in epochs without blocks, too.
  Result<Cid> null_round(const Cid& root, ChainEpoch epoch) {
    auto genesis = TRY(states_.store().genesis());
    const auto time = genesis->min_timestamp() + states_.params().block_delay * static_cast<uint64_t>(epoch);
    auto vm = TRY(machine(root, epoch, time));
    TRY(apply_implicit(*vm, cron_message(epoch), "cron"));
    return vm->flush();
  }

  Result<> apply_block(Vm& vm, const BlockMessages& block) {
    TokenAmount penalty = 0, gas_reward = 0;
    for (const auto* list : {&block.bls, &block.secp}) {
      for (const auto& each : *list) {
        // The same unsigned message may stand in two blocks under two signatures.
        if (!processed_.insert(each.signature ? each.message.cid() : each.cid).second) continue;
        auto start = std::chrono::steady_clock::now();
        auto result = TRY_IN(each.cid.str(), vm.apply(each.message, each.chain_length));
        penalty += result.penalty;
        gas_reward += result.miner_tip;
        TRY(store_events(result));
        receipts_.push_back(result.receipt);
        TRY(tell({each.cid, each.message, std::move(result), false, seconds_since(start)}));
      }
    }
    auto message = reward_message(tipset_->height(), block.miner, penalty, gas_reward, block.win_count);
    return apply_implicit(vm, message, "block reward");
  }

  /// Events lie in the store under the root that the receipt names.
  Result<> store_events(const ApplyResult& result) {
    if (result.events.empty()) return {};
    auto root = TRY(states_.store().put_events(result.events));
    if (!result.receipt.events_root || *result.receipt.events_root != root) {
      throw std::logic_error("events root of the machine differs from the events it gave");
    }
    return {};
  }

  Result<> apply_implicit(Vm& vm, const Message& message, std::string_view what) {
    auto start = std::chrono::steady_clock::now();
    auto result = TRY_IN(what, vm.apply_implicit(message));
    if (result.receipt.exit_code != 0) {
      return fail(ErrorCode::failed, "{} failed at epoch {} with exit code {}: {}", what, tipset_->height(),
                  result.receipt.exit_code, result.failure);
    }
    return tell({message.cid(), message, std::move(result), true, seconds_since(start)});
  }

  Result<> tell(Invocation invocation) {
    if (!monitor_) return {};
    return monitor_(std::move(invocation));
  }

  StateManager& states_;
  TipsetPtr tipset_;
  bool tracing_;
  const ExecutionMonitor& monitor_;
  std::vector<Receipt> receipts_;
  std::set<Cid> processed_;
};

}  // namespace

Message cron_message(ChainEpoch epoch) {
  return system_message(epoch, actors::kCronActor, actors::methods::kCronEpochTick, {});
}

Message reward_message(ChainEpoch epoch, const Address& miner, const TokenAmount& penalty,
                       const TokenAmount& gas_reward, int64_t win_count) {
  actors::reward::AwardBlockRewardParams params{miner, penalty, gas_reward, win_count};
  return system_message(epoch, actors::kRewardActor, actors::methods::kAwardBlockReward, to_cbor(params));
}

Result<> check_no_migration(const NetworkParams& params, ChainEpoch epoch) {
  uint32_t before = params.genesis_network_version;
  for (const auto& upgrade : params.upgrades) {
    if (upgrade.epoch == epoch) {
      // Two network versions that run the same actors need no migration; a fix within one version replaces its actors.
      auto from = actors::actors_version(before);
      auto to = actors::actors_version(upgrade.network_version);
      if (!from || !to || *from != *to || before == upgrade.network_version) {
        return fail(
            ErrorCode::unsupported,
            "the {} upgrade at epoch {} of {} (network version {}) migrates the state, which this build does not",
            upgrade.name, epoch, params.name, upgrade.network_version);
      }
    }
    if (upgrade.epoch <= epoch) before = upgrade.network_version;
  }
  return {};
}

Result<std::unique_ptr<Vm>> make_vm(StateManager& states, const TipsetPtr& tipset, const Cid& state_root,
                                    ChainEpoch epoch, uint64_t timestamp, const TokenAmount& base_fee,
                                    const BlockstorePtr& store, bool tracing) {
  auto tree = TRY(StateTree::load(store, state_root));
  auto supply = TRY_IN("circulating supply", states.vm_supply(epoch, tree));
  VmConfig config;
  config.network_version = states.network_version(epoch);
  config.chain_id = states.params().eth_chain_id;
  config.epoch = epoch;
  config.timestamp = timestamp;
  config.state_root = state_root;
  config.base_fee = base_fee;
  config.circulating_supply = supply.circulating;
  config.tracing = tracing;
  config.actor_debugging = states.params().actor_debugging;
  return in_context(Vm::make(config, store, states.externs(tipset, state_root, epoch)), "virtual machine");
}

Result<TipsetState> execute_tipset(StateManager& states, const TipsetPtr& tipset, bool tracing,
                                   const ExecutionMonitor& monitor) {
  const auto& blocks = tipset->blocks();
  // What the genesis block says of state and receipts is taken as it is.
  if (tipset->height() == 0) return TipsetState{tipset->parent_state(), tipset->parent_receipts()};
  std::set<Address> miners;
  for (const auto& block : blocks) {
    if (!miners.insert(block.miner).second) {
      return fail(ErrorCode::invalid, "miner {} has two blocks in the tipset of epoch {}", block.miner.str(),
                  block.height);
    }
  }
  auto start = std::chrono::steady_clock::now();
  auto state =
      TRY_IN(fmt::format("executing epoch {}", tipset->height()), Execution(states, tipset, tracing, monitor).run());
  log_debug("chain", "executed epoch {} in {:.0f} ms", tipset->height(), seconds_since(start) * 1000);
  return state;
}

}  // namespace nelumbo::chain
