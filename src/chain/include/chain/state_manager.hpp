#pragma once
// States: executing tipsets, calling messages on a state, and reading actors as of a tipset.

#include "chain/randomness.hpp"
#include "chain/supply.hpp"
#include "engine/proofs.hpp"
#include "engine/vm.hpp"

namespace nelumbo::chain {

struct TipsetState {
  Cid state_root;
  Cid receipts_root;
};

/// A message that was executed, as the API's InvocResult needs it.
struct Invocation {
  Cid cid;
  Message message;
  ApplyResult result;
  bool implicit = false;  ///< cron or reward
  double seconds = 0;     ///< wall time of the execution
};

/// A message found on the chain.
struct MessageLookup {
  Cid message;  ///< may differ from the one asked for when only gas values were replaced
  Receipt receipt;
  TipsetPtr tipset;  ///< the tipset whose parent state holds the message's effect (its parent includes the message)
};

/// One row of the power table, and the total.
struct MinerPower {
  StoragePower raw, quality_adjusted;              ///< of the miner, zero without a claim
  StoragePower total_raw, total_quality_adjusted;  ///< of the network (as elections see it)
  bool has_claim = false;
  bool has_min_power = false;
};

struct WinningSector {
  SectorInfo info;
  std::optional<Cid> sector_key;  ///< of snapped sectors: CommR before the data was put in
};

/// All a miner needs to try to mine a round (MinerGetBaseInfo).
struct MiningBaseInfo {
  StoragePower miner_power, network_power;  ///< quality-adjusted, at the look-back state
  std::vector<WinningSector> sectors;       ///< challenged by the winning PoSt
  Address worker_key;
  uint64_t sector_size = 0;
  BeaconEntry previous_beacon_entry;
  std::vector<BeaconEntry> beacon_entries;
  bool eligible = false;
};

/// Thread-safe. One execution per tipset at a time; results are kept.
class StateManager : public std::enable_shared_from_this<StateManager> {
 public:
  static std::shared_ptr<StateManager> make(std::shared_ptr<ChainStore> store,
                                            std::shared_ptr<const BeaconSchedule> beacons,
                                            std::shared_ptr<Prover> prover);
  ~StateManager();

  ChainStore& store() const;
  const std::shared_ptr<ChainStore>& store_ptr() const;
  const NetworkParams& params() const;
  const std::shared_ptr<const BeaconSchedule>& beacons() const;
  Prover& prover() const;
  uint32_t network_version(ChainEpoch epoch) const { return params().network_version_at(epoch); }

  /// State and receipts after executing a tipset's messages: remembered, known from the chain above, or executed now.
  Result<TipsetState> tipset_state(const TipsetPtr& tipset);
  /// Waits for the executions that are under way now, then gives the results that are remembered.
  std::vector<std::pair<TipsetKey, TipsetState>> settled();
  /// Executes a tipset anew and gives every message in order, implicit ones included, with traces when asked.
  Result<std::vector<Invocation>> trace_tipset(const TipsetPtr& tipset, bool tracing, TipsetState* state = nullptr);
  /// Executes the tipset that includes a message and gives that message's result with its trace.
  Result<Invocation> replay(const TipsetPtr& tipset, const Cid& message);

  /// The state before the tipset's own messages (its parent state).
  Result<StateTree> parent_state(const Tipset& tipset);
  Result<StateTree> state(const Cid& root);
  /// The actor of an address in the tipset's parent state; nullopt when it is not on chain.
  Result<std::optional<Actor>> actor(const Address& address, const Tipset& tipset);
  /// The ID address of an address; not_found with the address in the text.
  Result<Address> lookup_id(const Address& address, const Tipset& tipset);
  /// The key behind an address (f1, f3, f4 as they are; f0 through its account), in the parent state, or after the
  /// tipset's execution when it is not there yet.
  Result<Address> key_address(const Address& address, const TipsetPtr& tipset);
  Result<Address> key_address(const Address& address, const StateTree& state);

  /// Executes a message on the tipset's parent state after the same sender's messages of the tipset, without checks of
  /// gas, nonce or funds (StateCall).
  Result<Invocation> call(Message message, const TipsetPtr& tipset);
  /// Executes on top of the tipset's parent state after `prior` (and all of the tipset's messages when
  /// apply_tipset_messages, else those of the same sender), as a real message with gas paid: for gas estimation. A zero
  /// fee cap makes gas free.
  Result<Invocation> call_with_gas(Message message, std::vector<ChainMessage> prior, const TipsetPtr& tipset,
                                   bool apply_tipset_messages);
  /// Executes as call_with_gas directly on a state root, nothing applied before.
  Result<Invocation> apply_on_state_with_gas(const Cid& state_root, Message message, const TipsetPtr& tipset);

  Result<CirculatingSupply> vm_supply(ChainEpoch epoch, const StateTree& state);

  /// The tipset and state that elections of `round` on `base` look back to (900 epochs).
  struct Lookback {
    TipsetPtr tipset;
    Cid state_root;
  };
  Result<Lookback> lookback(const TipsetPtr& base, ChainEpoch round);
  /// The worker's key address in a state.
  Result<Address> worker_key(const Cid& state_root, const Address& miner);
  /// Power of a miner (or only totals for the undefined address) in a state.
  Result<MinerPower> power(const Cid& state_root, const Address& miner);
  /// Enough power at the look-back, and at base: a claim above zero, no fee debt, no running consensus-fault penalty.
  Result<bool> eligible_to_mine(const Address& miner, const TipsetPtr& base, const TipsetPtr& lookback);
  /// The sectors that a winning PoSt challenges.
  Result<std::vector<WinningSector>> winning_sectors(const Cid& state_root, const Address& miner,
                                                     const Hash256& randomness);
  /// nullopt when the miner has no sectors to prove (or did not exist at the look-back).
  Result<std::optional<MiningBaseInfo>> mining_base_info(const TipsetPtr& base, ChainEpoch round, const Address& miner);

  /// Searches a message back from a tipset over at most `limit` epochs (nullopt: to genesis). With allow_replaced a
  /// message of the same sender, nonce and call counts. nullopt when it is not there; `exists` when another message
  /// took its nonce.
  Result<std::optional<MessageLookup>> find_message(const TipsetPtr& from, const Cid& message,
                                                    std::optional<ChainEpoch> limit, bool allow_replaced);
  /// The same for one tipset only: was it executed by the parent of `tipset`?
  Result<std::optional<MessageLookup>> executed_in(const TipsetPtr& tipset, const ChainMessage& message,
                                                   bool allow_replaced);

  /// Messages executed since the start.
  uint64_t messages_applied() const;
  void count_applied(uint64_t messages);

  /// The machine's externs as seen from a tipset.
  std::shared_ptr<VmExterns> externs(const TipsetPtr& tipset, const Cid& base_state, ChainEpoch epoch);

 private:
  struct State;
  explicit StateManager(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo::chain
