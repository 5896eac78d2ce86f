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

/// From `epoch` on the network has this version; -1 is "from genesis".
struct Upgrade {
  uint32_t network_version = 0;
  ChainEpoch epoch = 0;
};

struct NetworkParams {
  std::string name;          ///< lotus's build name: "mainnet", "calibrationnet", "devnet"
  std::string network_name;  ///< as in the init actor's state and in topics, e.g. "testnetnet", "calibrationnet", "2k"
  std::string bundle;        ///< which asset bundle: "mainnet", "calibrationnet", "devnet", "testing-fake-proofs"
  uint32_t genesis_network_version = 0;
  std::vector<Upgrade> upgrades;  ///< ascending
  std::vector<BeaconPoint> beacons;
  uint64_t block_delay = 30;        ///< seconds of an epoch
  uint64_t propagation_delay = 10;  ///< seconds
  uint64_t eth_chain_id = 314;
  bool actor_debugging = false;
  bool mock_proofs = false;
  AddressNetwork address_network = AddressNetwork::mainnet;
  TokenAmount initial_reward;  ///< attoFIL for mining (1.1 billion FIL)
  TokenAmount reserved;        ///< attoFIL in the reserve actor at genesis, for circulating supply
  ChainEpoch upgrade_refuel = 0, upgrade_assembly = 0, upgrade_calico = 0, upgrade_teep = 0, upgrade_breeze = 0,
             upgrade_smoke = 0, upgrade_ignition = 0, upgrade_kumquat = 0, upgrade_hyperdrive = 0;
  ChainEpoch fip0081_ramp_epochs = 0;  ///< power ramp duration
  TokenAmount
      reserved_from_teep;  ///< attoFIL that circulating supply counts as the reserve from version 25 on (FIP-0100)
  ChainEpoch upgrade_liftoff = 0;          ///< start of the vesting of the genesis multisigs
  ChainEpoch breeze_gas_tamping = 0;       ///< epochs after Breeze in which the base fee stood still
  ChainEpoch upgrade_watermelon_fix = -1;  ///< epochs near it report no consensus faults (a chain halt's work-around)
  uint64_t min_consensus_power = 10ULL << 40;  ///< bytes for a miner to be counted alone
  std::vector<std::string> supported_seal_sizes;
  ChainEpoch pre_commit_challenge_delay = 150;
  std::string genesis_cid;    ///< text; empty for devnets
  std::string genesis_asset;  ///< genesis CAR among the assets
  std::vector<std::string> bootstrap_peers;

  /// Version in force at an epoch.
  uint32_t network_version_at(ChainEpoch epoch) const;
};

NetworkParams mainnet_params();
NetworkParams calibration_params();
/// The base of a devnet: 2 KiB sectors, network version 28 from genesis; the devnet's own file fills in beacon, times.
NetworkParams devnet_params();

// Facts that are the same on every network.
inline constexpr uint64_t kBlocksPerEpoch = 5;           ///< expected leaders (E)
inline constexpr ChainEpoch kChainFinality = 900;        ///< epochs
inline constexpr ChainEpoch kMaxNullRounds = 900;        ///< a larger jump is invalid (lotus policy.ChainFinality)
inline constexpr ChainEpoch kWinningPoStLookback = 900;  ///< winning PoSt sector-set lookback is finality
inline constexpr ChainEpoch kTicketRandomnessLookback = 1;
inline constexpr uint64_t kTotalFilecoin = 2'000'000'000;  ///< FIL
inline constexpr ChainEpoch kEpochsPerDay = 2880;          ///< with 30 s epochs; actor constants count in these

}  // namespace nelumbo
