#pragma once
// What StateManager holds; shared by the files that implement it.

#include <atomic>
#include <future>
#include <map>
#include <mutex>

#include "chain/state_manager.hpp"
#include "lru.hpp"

namespace nelumbo::chain {

struct StateManager::State {
  std::shared_ptr<ChainStore> store;
  std::shared_ptr<const BeaconSchedule> beacons;
  std::shared_ptr<Prover> prover;

  std::mutex mutex;
  Lru<TipsetKey, TipsetState> states{2048};
  std::map<TipsetKey, std::shared_future<Result<TipsetState>>> running;
  std::optional<TokenAmount> genesis_pledge;
  std::atomic<uint64_t> applied = 0;
};

}  // namespace nelumbo::chain
