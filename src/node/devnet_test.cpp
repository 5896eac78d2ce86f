#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "chain/drand.hpp"
#include "devnet_files.hpp"
#include "devnet_prepare.hpp"
#include "node/network_file.hpp"
#include "process.hpp"
#include "test_folder.hpp"

namespace nelumbo::node {
namespace {

using testing::HasSubstr;

NetworkFile network(const TestFolder& folder) {
  auto beacon = must(chain::DevnetBeacon::info(folder / "beacon.key", 1'700'000'000, 4));
  return {.network_name = "devnet-test",
          .bundle = "devnet",
          .network_version = 28,
          .genesis_time = 1'700'000'010,
          .epoch_seconds = 4,
          .eth_chain_id = 31415926,
          .reserved = "300000000000000000000000000",
          .genesis_cid = "bafy2bzacecnamqgqmifpluoeldx7zzglxcljo6oja4vrmtj7432rphldpdmm2",
          .drand_info = beacon.json(),
          .drand_servers = {"http://127.0.0.1:1"}};
}

TEST(NetworkFile, GivesTheSameParametersAfterWritingAndReading) {
  TestFolder folder;
  must(write_network_file(folder / "network.json", network(folder)));
  auto params = must(network_params(must(read_network_file(folder / "network.json"))));
  EXPECT_EQ(params.network_name, "devnet-test");
  EXPECT_EQ(params.block_delay, 4u);
  EXPECT_EQ(params.network_version_at(0), 28u);
  EXPECT_EQ(params.network_version_at(1'000'000), 28u);
  EXPECT_EQ(params.reserved, kAttoPerFil * 300'000'000);
  ASSERT_EQ(params.beacons.size(), 1u);
  EXPECT_EQ(params.beacons[0].drand.period, 4);
  EXPECT_EQ(params.beacons[0].drand.genesis_time, 1'700'000'000);
}

TEST(NetworkFile, MockProofsOnlyUnderTheirName) {
  TestFolder folder;
  auto file = network(folder);
  file.mock_proofs = true;
  auto refused = network_params(file);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::permission);
  file.network_name = "mock-test";
  EXPECT_TRUE(must(network_params(file)).mock_proofs);
}

TEST(NetworkFile, BadFilesAreNamed) {
  TestFolder folder;
  EXPECT_EQ(read_network_file(folder / "none.json").error().code, ErrorCode::not_found);
  must(write_file(folder / "bad.json", "{"));
  EXPECT_THAT(read_network_file(folder / "bad.json").error().message, HasSubstr("bad.json"));
  auto file = network(folder);
  file.epoch_seconds = 0;
  EXPECT_FALSE(network_params(file));
}

TEST(NamedNetwork, KnowsTheTwoPublicOnes) {
  EXPECT_EQ(must(named_network("mainnet")).name, "mainnet");
  EXPECT_EQ(must(named_network("calibnet")).network_name, must(named_network("calibration")).network_name);
  EXPECT_FALSE(named_network("moonnet"));
}

TEST(DevnetFile, RoundTripAndClearErrorWithoutOne) {
  TestFolder folder;
  DevnetPaths paths{folder.path()};
  EXPECT_THAT(read_devnet_file(paths).error().message, HasSubstr("there is no devnet"));
  DevnetFile file{.created = "2026-01-01T00:00:00Z", .miner = "t01000", .winning_post_seconds = 6.5, .api_port = 1234};
  must(write_devnet_file(paths, file));
  auto read = must(read_devnet_file(paths));
  EXPECT_EQ(read.miner, "t01000");
  EXPECT_EQ(read.api_port, 1234);
  EXPECT_FALSE(running_devnet(paths));
}

TEST(DevnetFile, RemovalLeavesOtherThingsAlone) {
  TestFolder folder;
  DevnetPaths paths{folder.path()};
  must(write_devnet_file(paths, {}));
  must(write_file(folder / "mine.txt", "keep"));
  must(remove_devnet(paths));
  EXPECT_FALSE(fs::exists(paths.devnet()));
  EXPECT_TRUE(fs::exists(folder / "mine.txt"));
}

TEST(DevnetEpoch, FollowsTheWinningPoSt) {
  EXPECT_EQ(epoch_seconds_for(0.1), 4u);
  EXPECT_EQ(epoch_seconds_for(6.6), 10u);
  EXPECT_EQ(epoch_seconds_for(8.9), 13u);
}

TEST(ChildProcess, TellsHowItEndedAndWhatItSaid) {
  TestFolder folder;
  auto child = must(
      ChildProcess::start("/bin/sh", {"-c", "echo one; echo two; echo $WORD; exit 3"}, {"WORD=three"}, folder / "log"));
  while (!child.ended()) std::this_thread::yield();
  EXPECT_EQ(child.ended(), "exit code 3");
  EXPECT_EQ(last_lines(folder / "log", 2), "two\nthree\n");
}

TEST(ChildProcess, StopsWhenAskedAndIsKilledWhenItWillNot) {
  TestFolder folder;
  auto child = must(ChildProcess::start("/bin/sh", {"-c", "exec sleep 1000"}, {}, folder / "log"));
  EXPECT_FALSE(child.ended());
  child.stop(10'000);
  EXPECT_EQ(child.ended(), "signal 15");
  auto stubborn = must(ChildProcess::start("/bin/sh", {"-c", "trap '' TERM; echo ready; while :; do sleep 1000; done"},
                                           {}, folder / "log2"));
  while (last_lines(folder / "log2", 1).empty()) std::this_thread::yield();
  stubborn.stop(50);
  EXPECT_EQ(stubborn.ended(), "signal 9");
  EXPECT_FALSE(ChildProcess::start("/no/such/program", {}, {}, folder / "log3"));
}

}  // namespace
}  // namespace nelumbo::node
