#include "types/network.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "types/sector.hpp"

using namespace nelumbo;

namespace {

TEST(Network, MainnetVersions) {
  auto network = mainnet_params();
  EXPECT_EQ(network.network_version_at(0), 0u);
  EXPECT_EQ(network.network_version_at(41280), 0u);
  EXPECT_EQ(network.network_version_at(41281), 1u);
  EXPECT_EQ(network.network_version_at(138721), 4u);
  EXPECT_EQ(network.network_version_at(272400), 7u);  // Persian, 60 hours after Calico
  EXPECT_EQ(network.network_version_at(272401), 8u);
  EXPECT_EQ(network.network_version_at(3469381), 21u);
  EXPECT_EQ(network.network_version_at(5138040), 25u);  // Tock, 90 days after Teep
  EXPECT_EQ(network.network_version_at(5138041), 26u);
  EXPECT_EQ(network.network_version_at(6052800), 27u);
  EXPECT_EQ(network.network_version_at(6052801), 28u);
}

TEST(Network, CalibrationVersions) {
  auto network = calibration_params();
  EXPECT_EQ(network.network_version_at(0), 3u);
  EXPECT_EQ(network.network_version_at(31), 4u);
  EXPECT_EQ(network.network_version_at(3694534), 27u);
  EXPECT_EQ(network.network_version_at(3694535), 28u);
  EXPECT_EQ(network.upgrade_watermelon_fix, 1070494);
}

TEST(Network, DevnetIsNewestFromGenesis) {
  auto network = devnet_params();
  for (ChainEpoch epoch : {-1, 0, 1, 1000, 100'000'000}) {
    EXPECT_EQ(network.network_version_at(epoch), kNewestNetworkVersion) << epoch;
  }
  for (const auto& [name, epoch] : network.fork_upgrade_params()) {
    if (name != "UpgradeXxHeight" && name != "BreezeGasTampingDuration") EXPECT_LT(epoch, 0) << name;
  }
}

TEST(Network, VersionsNeverFall) {
  for (const auto& network : {mainnet_params(), calibration_params(), devnet_params()}) {
    std::vector<ChainEpoch> epochs;
    for (const auto& upgrade : network.upgrades) {
      if (upgrade.epoch >= 0) epochs.insert(epochs.end(), {upgrade.epoch, upgrade.epoch + 1});
    }
    EXPECT_TRUE(std::is_sorted(epochs.begin(), epochs.end())) << network.name;
    uint32_t version = network.genesis_network_version;
    for (auto epoch : epochs) {
      EXPECT_GE(network.network_version_at(epoch), version);
      version = network.network_version_at(epoch);
    }
  }
}

TEST(Network, Beacons) {
  auto network = mainnet_params();
  EXPECT_EQ(network.beacon_at(0)->drand.genesis_time, 1595873820);
  EXPECT_EQ(network.beacon_at(50'999)->drand.genesis_time, 1595873820);
  EXPECT_EQ(network.beacon_at(51'000)->drand.genesis_time, 1595431050);
  EXPECT_FALSE(network.beacon_at(3855479)->drand.unchained);
  EXPECT_TRUE(network.beacon_at(3855480)->drand.unchained);
  EXPECT_EQ(calibration_params().beacon_at(1428094)->drand.period, 3);
  EXPECT_EQ(devnet_params().beacon_at(0), nullptr);
  for (const auto& each : {mainnet_params(), calibration_params()}) {
    for (const auto& point : each.beacons) {
      EXPECT_EQ(must(from_hex(point.drand.chain_hash)).size(), 32u);
      EXPECT_EQ(must(from_hex(point.drand.public_key)).size(), point.drand.unchained ? 96u : 48u);
    }
  }
}

TEST(Network, ForkParamsHaveLotusKeys) {
  auto params = mainnet_params().fork_upgrade_params();
  auto at = [&](std::string_view name) {
    auto it = std::find_if(params.begin(), params.end(), [&](const auto& each) { return each.first == name; });
    EXPECT_NE(it, params.end()) << name;
    return it == params.end() ? -1 : it->second;
  };
  EXPECT_EQ(params.size(), 34u);
  EXPECT_EQ(at("UpgradeSmokeHeight"), 51000);
  EXPECT_EQ(at("UpgradeOhSnapHeight"), 1594680);
  EXPECT_EQ(at("UpgradePhoenixHeight"), 3855480);
  EXPECT_EQ(at("BreezeGasTampingDuration"), 120);
}

TEST(Network, NearAnUpgrade) {
  EXPECT_FALSE(near_upgrade(0, -1));
  EXPECT_FALSE(near_upgrade(100, 1000));
  EXPECT_TRUE(near_upgrade(101, 1000));
  EXPECT_TRUE(near_upgrade(1899, 1000));
  EXPECT_FALSE(near_upgrade(1900, 1000));
}

TEST(Sector, Proofs) {
  auto info = must(seal_proof_info(SealProof{5}));
  EXPECT_EQ(info.sector_size, 2048u);
  EXPECT_EQ(info.partition_sectors, 2u);
  EXPECT_EQ(info.winning_post, PoStType{0});
  EXPECT_EQ(info.window_post, PoStType{10});
  info = must(seal_proof_info(SealProof{18}));
  EXPECT_EQ(info.sector_size, uint64_t{32} << 30);
  EXPECT_EQ(info.partition_sectors, 2349u);
  EXPECT_EQ(info.winning_post, PoStType{3});
  EXPECT_EQ(must(seal_proof_info(SealProof{9})).partition_sectors, 2300u);
  EXPECT_FALSE(seal_proof_info(SealProof{-1}));
  EXPECT_FALSE(seal_proof_info(SealProof{20}));
  EXPECT_EQ(must(seal_proof_for_size(uint64_t{64} << 30)), SealProof{9});
  EXPECT_FALSE(seal_proof_for_size(4096));
  EXPECT_TRUE(must(post_info(PoStType{13})).window);
  EXPECT_FALSE(must(post_info(PoStType{3})).window);
  EXPECT_EQ(must(post_info(PoStType{8})).partition_sectors, 2349u);
  EXPECT_FALSE(post_info(PoStType{15}));
}

TEST(Sector, Sizes) {
  EXPECT_EQ(must(parse_size("2KiB")), 2048u);
  EXPECT_EQ(must(parse_size("32GiB")), uint64_t{32} << 30);
  EXPECT_EQ(must(parse_size("32G")), uint64_t{32} << 30);
  EXPECT_EQ(must(parse_size("512 mib")), uint64_t{512} << 20);
  EXPECT_EQ(must(parse_size("2048")), 2048u);
  EXPECT_EQ(must(parse_size("2048B")), 2048u);
  for (auto bad : {"", "KiB", "-1", "2KB", "2Kibi", "2 X", "99999999999999999999", "16EiB", "1.5GiB"}) {
    EXPECT_FALSE(parse_size(bad)) << bad;
  }
  EXPECT_EQ(size_string(0), "0 B");
  EXPECT_EQ(size_string(1023), "1023 B");
  EXPECT_EQ(size_string(2048), "2 KiB");
  EXPECT_EQ(size_string(1500), "1.465 KiB");
  EXPECT_EQ(size_string(BigInt(1) << 63), "8 EiB");
  EXPECT_EQ(size_string((BigInt(1) << 63) * 5000), "39.06 ZiB");
}

}  // namespace
