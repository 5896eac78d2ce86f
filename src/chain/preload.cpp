// Compiling the actors before they are needed.

#include <algorithm>
#include <array>

#include "actors/bundle.hpp"
#include "actors/states.hpp"
#include "chain/state_manager.hpp"

namespace nelumbo::chain {

namespace {

/// What every tipset runs (its rewards and cron's work) is compiled first: the first tipset waits for nothing else.
bool in_every_tipset(const actors::ManifestEntry& actor) {
  using namespace actors::names;
  static constexpr std::array kAlways{kSystem, kCron, kReward, kPower, kMarket, kMiner, kAccount};
  return std::ranges::find(kAlways, actor.name) != kAlways.end();
}

}  // namespace

Result<size_t> StateManager::preload_actors(const TipsetPtr& tipset, std::stop_token stop) {
  VmConfig config;
  config.network_version = network_version(tipset->height() + 1);
  config.chain_id = params().eth_chain_id;
  config.actor_debugging = params().actor_debugging;
  config.state_root = tipset->parent_state();
  if (!kVmRuns || vm_generation(config.network_version) == 0) return 0;
  auto tree = TRY(parent_state(*tipset));
  auto system = TRY(tree.get(actors::kSystemActor));
  if (!system) return fail(ErrorCode::not_found, "the state has no system actor");
  auto& blocks = *store().blocks();
  auto state = TRY_IN("the system actor", get_cbor<actors::SystemState>(blocks, system->head));
  auto manifest = TRY_IN("the manifest", get_cbor<std::vector<actors::ManifestEntry>>(blocks, state.builtin_actors));
  std::ranges::stable_partition(manifest, in_every_tipset);
  size_t done = 0;
  for (const auto& actor : manifest) {
    if (stop.stop_requested()) break;
    TRY_IN(actor.name, Vm::preload(config, actor.code, store().blocks()));
    ++done;
  }
  return done;
}

}  // namespace nelumbo::chain
