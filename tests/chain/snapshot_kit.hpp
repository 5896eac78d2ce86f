#pragma once
// What the snapshot and prune tests share: a chain's export in memory, and an empty database to import into.

#include "chain/snapshot.hpp"
#include "ipld/kv_maintenance.hpp"
#include "living_chain.hpp"

namespace nelumbo::chain::testing {

inline Bytes exported(ChainStore& store, const TipsetPtr& head, const ExportPlan& plan) {
  Bytes out;
  auto write = [&](BytesView piece) -> Result<> {
    out.insert(out.end(), piece.begin(), piece.end());
    return {};
  };
  must(export_chain(store, head, plan, {write, {}, {}}));
  return out;
}

/// A database of its own, opened for reading a snapshot and then as a chain of the same network.
class EmptyNode {
 public:
  explicit EmptyNode(LivingChain& like) : like_(like) {}

  ImportOptions options() const { return {.genesis = like_.genesis_header.cid(), .checkpoint_bytes = 64 << 10}; }

  Result<TipsetKey> import(std::unique_ptr<CarSource> source, const ImportOptions& options) {
    kv = must(open_for_loading(folder.path() / "db", LivingChain::spaces()));
    auto result = import_snapshot(*kv, "blocks", std::move(source), options);
    kv.reset();
    return result;
  }
  Result<TipsetKey> import(Bytes car) { return import(make_car_memory(std::move(car)), options()); }

  /// Opens the chain as a daemon does.
  void open() {
    kv = must(KvStore::open(folder.path() / "db", LivingChain::spaces()));
    auto blocks = make_cached_blockstore(make_kv_blockstore(kv, "blocks"), 16 << 20);
    store = must(ChainStore::open(kv, blocks, like_.params));
    auto source = make_key_beacon_source(kBeaconSecret);
    auto beacons = must(BeaconSchedule::make(like_.params, kGenesisTime, [&](const DrandNetwork&) { return source; }));
    states = StateManager::make(store, beacons, make_mock_prover());
    syncer = std::make_unique<Syncer>(states, like_.pool, like_.clock);
  }
  Result<TipsetPtr> adopt(bool execute = false) {
    auto with = options();
    with.execute = execute;
    return adopt_import(*kv, *states, with);
  }
  void close() {
    syncer.reset();
    states.reset();
    store.reset();
    kv.reset();
  }

  TemporaryFolder folder;
  std::shared_ptr<KvStore> kv;
  std::shared_ptr<ChainStore> store;
  std::shared_ptr<StateManager> states;
  std::unique_ptr<Syncer> syncer;

 private:
  LivingChain& like_;
};

}  // namespace nelumbo::chain::testing
