#pragma once
// Networks as values: everything that differs between mainnet, calibration and a devnet. Chosen at run time.

#include <string>
#include <vector>

#include "types/address.hpp"

namespace nelumbo {

/// A chain of drand rounds.
struct DrandNetwork {
  std::string chain_hash;    ///< hex
  std::string public_key;    ///< hex; 96 bytes G2 for unchained G1 schemes, 48 bytes for the old chained mainnet
  int64_t genesis_time = 0;  ///< Unix seconds
  int64_t period = 0;        ///< seconds
  bool unchained = true;
  std::vector<std::string> servers;  ///< HTTP base URLs, asked in turn
};
/// From `start` (epoch) on, this drand network gives the beacon.
struct BeaconPoint {
  ChainEpoch start = 0;
  DrandNetwork drand;
};

/// A network upgrade. The version holds from the epoch after `epoch`; state migrates at `epoch` itself.
struct Upgrade {
  uint32_t network_version = 0;
  ChainEpoch epoch = 0;        ///< negative: before the network's first epoch
  std::string_view name = {};  ///< lotus's name of it, as "Smoke"
};

struct NetworkParams {
  std::string name;          ///< lotus's build name: "mainnet", "calibrationnet", "devnet"
  std::string network_name;  ///< as in the init actor's state and in topics, e.g. "testnetnet", "calibrationnet", "2k"
  std::string bundle;        ///< which asset bundle: "mainnet", "calibrationnet", "devnet", "testing-fake-proofs"
  uint32_t genesis_network_version = 0;
  std::vector<Upgrade> upgrades;  ///< in the order of their versions
  std::vector<BeaconPoint> beacons;
  uint64_t block_delay = 30;        ///< seconds of an epoch
  uint64_t propagation_delay = 10;  ///< seconds
  uint64_t equivocation_delay = 2;  ///< seconds a miner waits for a second block of another before it builds
  uint64_t eth_chain_id = 314;
  bool actor_debugging = false;
  bool mock_proofs = false;
  AddressNetwork address_network = AddressNetwork::mainnet;
  TokenAmount initial_reward;      ///< attoFIL for mining (1.1 billion FIL)
  TokenAmount reserved;            ///< attoFIL in the reserve actor at genesis, for circulating supply
  TokenAmount reserved_from_teep;  ///< attoFIL that circulating supply counts as the reserve from version 25 (FIP-0100)

  // The epochs of upgrades() that a rule outside the actors asks for by name; all names are in network.cpp.
  ChainEpoch upgrade_breeze = -1, upgrade_smoke = -1, upgrade_ignition = -1, upgrade_refuel = -1, upgrade_assembly = -1,
             upgrade_tape = -1, upgrade_liftoff = -1, upgrade_kumquat = -1, upgrade_calico = -1, upgrade_persian = -1,
             upgrade_orange = -1, upgrade_claus = -1, upgrade_trust = -1, upgrade_norwegian = -1, upgrade_turbo = -1,
             upgrade_hyperdrive = -1, upgrade_chocolate = -1, upgrade_oh_snap = -1, upgrade_skyr = -1,
             upgrade_shark = -1, upgrade_hygge = -1, upgrade_lightning = -1, upgrade_thunder = -1,
             upgrade_watermelon = -1, upgrade_watermelon_fix = -1, upgrade_watermelon_fix_2 = -1, upgrade_dragon = -1,
             upgrade_calibration_dragon_fix = -1, upgrade_phoenix = -1, upgrade_waffle = -1, upgrade_tuktuk = -1,
             upgrade_teep = -1, upgrade_tock = -1, upgrade_tock_fix = -1, upgrade_golden_week = -1,
             upgrade_fire_horse = -1, upgrade_xx = -1;
  ChainEpoch breeze_gas_tamping = 0;   ///< epochs after Breeze in which the base fee stood still
  ChainEpoch fip0081_ramp_epochs = 0;  ///< length of the ramp of FIP-0081's pledge, from the Tuktuk upgrade

  uint64_t min_consensus_power = 10ULL << 40;  ///< bytes for a miner to be counted alone
  std::vector<std::string> supported_seal_sizes;
  ChainEpoch pre_commit_challenge_delay = 150;
  std::string genesis_cid;        ///< text; empty for devnets
  std::string genesis_asset;      ///< genesis CAR among the assets
  std::string whitelisted_block;  ///< CID of the one block accepted though its state does not follow; mostly empty
  std::vector<std::string> bootstrap_peers;

  /// Version in force at an epoch.
  uint32_t network_version_at(ChainEpoch epoch) const;
  /// Upgrade epochs under the keys of lotus's StateGetNetworkParams ("UpgradeSmokeHeight"), and its
  /// "BreezeGasTampingDuration".
  std::vector<std::pair<std::string, ChainEpoch>> fork_upgrade_params() const;
  /// The beacon that gives an epoch's randomness.
  const BeaconPoint* beacon_at(ChainEpoch epoch) const;
};

NetworkParams mainnet_params();
NetworkParams calibration_params();
/// The base of a devnet: 2 KiB sectors, network version 28 from genesis; the devnet's own file fills in beacon, times.
NetworkParams devnet_params();

/// Within a finality of an upgrade, when the network had one: around some of them consensus faults are not reported.
bool near_upgrade(ChainEpoch epoch, ChainEpoch upgrade);
/// State tree version that a network version writes.
uint64_t state_tree_version(uint32_t network_version);

// Facts that are the same on every network.
inline constexpr uint32_t kNewestNetworkVersion = 28;
inline constexpr uint64_t kAllowableClockDrift = 1;      ///< seconds a block may come from the future
inline constexpr uint64_t kBlocksPerEpoch = 5;           ///< expected leaders (E)
inline constexpr ChainEpoch kChainFinality = 900;        ///< epochs
inline constexpr ChainEpoch kMaxNullRounds = 900;        ///< a larger jump is invalid (lotus policy.ChainFinality)
inline constexpr ChainEpoch kWinningPoStLookback = 900;  ///< winning PoSt sector-set lookback is finality
inline constexpr ChainEpoch kTicketRandomnessLookback = 1;
inline constexpr uint64_t kTotalFilecoin = 2'000'000'000;  ///< FIL
inline constexpr ChainEpoch kEpochsPerDay = 2880;          ///< with 30 s epochs; actor constants count in these

}  // namespace nelumbo
