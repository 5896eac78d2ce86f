#include "types/network.hpp"

#include <array>
#include <limits>

namespace nelumbo {

namespace {

constexpr uint32_t kNoVersion = 0;  // an upgrade of the beacon or of lotus alone
constexpr ChainEpoch kNever = std::numeric_limits<ChainEpoch>::max() - 1;

struct UpgradeRow {
  std::string_view name;
  uint32_t network_version;
  ChainEpoch NetworkParams::*epoch;
  bool listed;  // told by StateGetNetworkParams
};

using P = NetworkParams;
constexpr size_t kUpgrades = 37;
/// Every upgrade, in the order in which they are applied.
constexpr std::array<UpgradeRow, kUpgrades> kRows{{
    {"Breeze", 1, &P::upgrade_breeze, true},
    {"Smoke", 2, &P::upgrade_smoke, true},
    {"Ignition", 3, &P::upgrade_ignition, true},
    {"Refuel", 3, &P::upgrade_refuel, true},
    {"Assembly", 4, &P::upgrade_assembly, true},
    {"Tape", 5, &P::upgrade_tape, true},
    {"Liftoff", 5, &P::upgrade_liftoff, true},
    {"Kumquat", 6, &P::upgrade_kumquat, true},
    {"Calico", 7, &P::upgrade_calico, true},
    {"Persian", 8, &P::upgrade_persian, true},
    {"Orange", 9, &P::upgrade_orange, true},
    {"Claus", kNoVersion, &P::upgrade_claus, true},
    {"Trust", 10, &P::upgrade_trust, true},
    {"Norwegian", 11, &P::upgrade_norwegian, true},
    {"Turbo", 12, &P::upgrade_turbo, true},
    {"Hyperdrive", 13, &P::upgrade_hyperdrive, true},
    {"Chocolate", 14, &P::upgrade_chocolate, true},
    {"OhSnap", 15, &P::upgrade_oh_snap, true},
    {"Skyr", 16, &P::upgrade_skyr, true},
    {"Shark", 17, &P::upgrade_shark, true},
    {"Hygge", 18, &P::upgrade_hygge, true},
    {"Lightning", 19, &P::upgrade_lightning, true},
    {"Thunder", 20, &P::upgrade_thunder, true},
    {"Watermelon", 21, &P::upgrade_watermelon, true},
    {"WatermelonFix", 21, &P::upgrade_watermelon_fix, false},
    {"WatermelonFix2", 21, &P::upgrade_watermelon_fix_2, false},
    {"Dragon", 22, &P::upgrade_dragon, true},
    {"CalibrationDragonFix", 22, &P::upgrade_calibration_dragon_fix, false},
    {"Phoenix", kNoVersion, &P::upgrade_phoenix, true},
    {"Waffle", 23, &P::upgrade_waffle, true},
    {"Tuktuk", 24, &P::upgrade_tuktuk, true},
    {"Teep", 25, &P::upgrade_teep, true},
    {"Tock", 26, &P::upgrade_tock, true},
    {"TockFix", 26, &P::upgrade_tock_fix, false},
    {"GoldenWeek", 27, &P::upgrade_golden_week, true},
    {"FireHorse", 28, &P::upgrade_fire_horse, true},
    {"Xx", 29, &P::upgrade_xx, true},
}};

/// Fills the named epochs and the list of versions from epochs in the order of kRows.
void set_upgrades(NetworkParams& params, const std::array<ChainEpoch, kUpgrades>& epochs) {
  for (size_t i = 0; i < kUpgrades; ++i) {
    const auto& row = kRows[i];
    params.*row.epoch = epochs[i];
    if (row.network_version != kNoVersion) params.upgrades.push_back({row.network_version, epochs[i], row.name});
  }
}

TokenAmount whole_fil(uint64_t amount) { return kAttoPerFil * amount; }

constexpr uint64_t kReservedFil = 300'000'000;
constexpr uint64_t kRewardFil = 1'100'000'000;

// drand's public networks, as their chain info states them. Those that ended stay here to check old rounds.
DrandNetwork drand_incentinet() {
  return {
      .chain_hash = "80c8b872c714f4c00fdd3daa465d5514049f457f01f85a4caf68cdcd394ba039",
      .public_key = "8cad0c72c606ab27d36ee06de1d5b2db1faf92e447025ca37575ab3a8aac2eaae83192f846fc9e158bc738423753d000",
      .genesis_time = 1595873820,
      .period = 30,
      .unchained = false,
      .servers = {}};
}

DrandNetwork drand_mainnet() {
  return {
      .chain_hash = "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce",
      .public_key = "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31",
      .genesis_time = 1595431050,
      .period = 30,
      .unchained = false,
      .servers = {}};
}

DrandNetwork drand_quicknet() {
  return {.chain_hash = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
          .public_key =
              "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
              "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
          .genesis_time = 1692803367,
          .period = 3,
          .unchained = true,
          .servers = {"https://api.drand.sh", "https://api2.drand.sh", "https://api3.drand.sh",
                      "https://drand.cloudflare.com", "https://api.drand.secureweb3.com:6875"}};
}

}  // namespace

uint32_t NetworkParams::network_version_at(ChainEpoch epoch) const {
  uint32_t version = genesis_network_version;
  for (const auto& upgrade : upgrades) {
    if (epoch <= upgrade.epoch) return version;
    version = upgrade.network_version;
  }
  return version;
}

std::vector<std::pair<std::string, ChainEpoch>> NetworkParams::fork_upgrade_params() const {
  std::vector<std::pair<std::string, ChainEpoch>> out;
  for (const auto& row : kRows) {
    if (row.listed) out.emplace_back(fmt::format("Upgrade{}Height", row.name), this->*row.epoch);
  }
  out.emplace_back("BreezeGasTampingDuration", breeze_gas_tamping);
  return out;
}

const BeaconPoint* NetworkParams::beacon_at(ChainEpoch epoch) const {
  const BeaconPoint* found = beacons.empty() ? nullptr : &beacons.front();
  for (const auto& point : beacons) {
    if (point.start <= epoch) found = &point;
  }
  return found;
}

NetworkParams mainnet_params() {
  NetworkParams params;
  params.name = "mainnet";
  params.network_name = "testnetnet";
  params.bundle = "mainnet";
  params.genesis_network_version = 0;
  constexpr ChainEpoch kCalico = 265200, kLightning = 2809800, kDragon = 3855360, kTeep = 4878840;
  set_upgrades(params, {41280,
                        51000,
                        94000,
                        130800,
                        138720,
                        140760,
                        148888,
                        170000,
                        kCalico,
                        kCalico + 60 * kEpochsPerDay / 24,
                        336458,
                        343200,
                        550321,
                        665280,
                        712320,
                        892800,
                        1231620,
                        1594680,
                        1960320,
                        2383680,
                        2683348,
                        kLightning,
                        kLightning + 21 * kEpochsPerDay,
                        3469380,
                        -1,
                        -2,
                        kDragon,
                        -3,
                        kDragon + 120,
                        4154640,
                        4461240,
                        kTeep,
                        kTeep + 90 * kEpochsPerDay,
                        -1,
                        5348280,
                        6052800,
                        9999999999});
  params.beacons = {
      {0, drand_incentinet()}, {params.upgrade_smoke, drand_mainnet()}, {params.upgrade_phoenix, drand_quicknet()}};
  params.eth_chain_id = 314;
  params.address_network = AddressNetwork::mainnet;
  params.initial_reward = whole_fil(kRewardFil);
  params.reserved = params.reserved_from_teep = whole_fil(kReservedFil);
  params.breeze_gas_tamping = 120;
  params.fip0081_ramp_epochs = 365 * kEpochsPerDay;
  params.min_consensus_power = 10ULL << 40;
  params.supported_seal_sizes = {"32GiB", "64GiB"};
  params.genesis_cid = "bafy2bzacecnamqgqmifpluoeldx7zzglxcljo6oja4vrmtj7432rphldpdmm2";
  params.genesis_asset = "mainnet.car";
  params.whitelisted_block = "bafy2bzaceapyg2uyzk7vueh3xccxkuwbz3nxewjyguoxvhx77malc2lzn2ybi";
  return params;
}

NetworkParams calibration_params() {
  NetworkParams params;
  params.name = "calibrationnet";
  params.network_name = "calibrationnet";
  params.bundle = "calibrationnet";
  params.genesis_network_version = 0;
  constexpr ChainEpoch kCalico = 120, kLightning = 489094, kDragon = 1427974, kTeep = 2523454;
  set_upgrades(params, {-1,
                        -2,
                        -3,
                        -4,
                        30,
                        60,
                        -5,
                        90,
                        kCalico,
                        kCalico + kEpochsPerDay / 24,
                        300,
                        270,
                        330,
                        360,
                        390,
                        420,
                        450,
                        480,
                        510,
                        16800,
                        322354,
                        kLightning,
                        kLightning + 3120,
                        1013134,
                        1070494,
                        1108174,
                        kDragon,
                        1493854,
                        kDragon + 120,
                        1779094,
                        2078794,
                        kTeep,
                        kTeep + 7 * kEpochsPerDay,
                        2558014,
                        3007294,
                        3694534,
                        999999999999999});
  params.beacons = {{0, drand_mainnet()}, {params.upgrade_phoenix, drand_quicknet()}};
  params.eth_chain_id = 314159;
  params.address_network = AddressNetwork::testnet;
  params.initial_reward = whole_fil(kRewardFil);
  params.reserved = whole_fil(kReservedFil);
  params.reserved_from_teep = whole_fil(1'200'000'000);
  params.breeze_gas_tamping = 120;
  params.fip0081_ramp_epochs = 3 * kEpochsPerDay;
  params.min_consensus_power = 32ULL << 30;
  params.supported_seal_sizes = {"32GiB", "64GiB"};
  params.genesis_cid = "bafy2bzacecyaggy24wol5ruvs6qm73gjibs2l2iyhcqmvi7r7a4ph7zx3yqd4";
  params.genesis_asset = "calibrationnet.car";
  return params;
}

NetworkParams devnet_params() {
  NetworkParams params;
  params.name = "devnet";
  params.network_name = "2k";
  params.bundle = "devnet";
  params.genesis_network_version = kNewestNetworkVersion;
  set_upgrades(params,
               {-1,  -1,  -2,  -3,  -5,  -4,   -6,   -7,  -9,   -10, -11, -12, -13, -14, -15,  -16, -17, -18,   -19,
                -20, -21, -22, -23, -24, -100, -101, -25, -102, -26, -27, -28, -29, -30, -103, -31, -32, kNever});
  params.block_delay = 4;
  params.propagation_delay = 1;
  params.equivocation_delay = 0;
  params.eth_chain_id = 31415926;
  params.actor_debugging = true;
  params.address_network = AddressNetwork::testnet;
  params.initial_reward = whole_fil(kRewardFil);
  params.reserved = whole_fil(kReservedFil);
  params.reserved_from_teep = whole_fil(1'400'000'000);
  params.fip0081_ramp_epochs = 200;
  params.min_consensus_power = 2048;
  params.supported_seal_sizes = {"2KiB", "8MiB"};
  params.pre_commit_challenge_delay = 10;
  return params;
}

bool near_upgrade(ChainEpoch epoch, ChainEpoch upgrade) {
  return upgrade >= 0 && epoch > upgrade - kChainFinality && epoch < upgrade + kChainFinality;
}

uint64_t state_tree_version(uint32_t network_version) {
  if (network_version >= 18) return 5;
  if (network_version >= 13) return 4;
  if (network_version >= 12) return 3;
  if (network_version >= 10) return 2;
  return network_version >= 4 ? 1 : 0;
}

}  // namespace nelumbo
