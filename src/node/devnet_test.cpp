#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "base/temporary_folder.hpp"
#include "chain/drand.hpp"
#include "devnet_calibrate.hpp"
#include "devnet_files.hpp"
#include "devnet_programs.hpp"
#include "devnet_share.hpp"
#include "genesis/template.hpp"
#include "node/network_file.hpp"
#include "process.hpp"

namespace nelumbo::node {
namespace {

using testing::HasSubstr;

NetworkFile network(const TemporaryFolder& folder) {
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
  TemporaryFolder folder;
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
  TemporaryFolder folder;
  auto file = network(folder);
  file.mock_proofs = true;
  auto refused = network_params(file);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::permission);
  file.network_name = "mock-test";
  EXPECT_TRUE(must(network_params(file)).mock_proofs);
}

TEST(NetworkFile, BadFilesAreNamed) {
  TemporaryFolder folder;
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
  TemporaryFolder folder;
  DevnetPaths paths{folder.path()};
  EXPECT_THAT(read_devnet_file(paths).error().message, HasSubstr("there is no devnet"));
  DevnetFile file{.created = "2026-01-01T00:00:00Z", .miners = {{"t01000", "t3abc"}}, .winning_post_seconds = 6.5};
  file.nodes = {{.api_port = 1234, .p2p_addresses = {"/ip4/127.0.0.1/tcp/7/p2p/12D3KooW"}}, {}};
  must(write_devnet_file(paths, file));
  auto read = must(read_devnet_file(paths));
  EXPECT_EQ(read.miners.front().address, "t01000");
  ASSERT_EQ(read.nodes.size(), 2u);
  EXPECT_EQ(read.nodes[0].api_port, 1234);
  EXPECT_EQ(read.nodes[0].p2p_addresses, file.nodes[0].p2p_addresses);
  EXPECT_EQ(read.miner_of(0)->worker, "t3abc");
  EXPECT_EQ(read.miner_of(1), nullptr);
  EXPECT_FALSE(running_devnet(paths));
}

TEST(DevnetFile, RemovalLeavesOtherThingsAlone) {
  TemporaryFolder folder;
  DevnetPaths paths{folder.path()};
  must(write_devnet_file(paths, {}));
  for (const char* mine : {"mine.txt", "daemon-x", "daemon-", "miner2", "miner-2.txt"})
    must(write_file(folder / mine, "keep"));
  for (const auto& made : {paths.daemon(1), paths.miner(11), paths.daemon()}) must(make_folder(made));
  for (const auto& made : {paths.miner_log(2), paths.daemon_log()}) must(write_file(made, "gone"));
  must(remove_devnet(paths));
  std::set<std::string> left;
  for (const auto& each : fs::directory_iterator(folder.path())) left.insert(each.path().filename().string());
  EXPECT_EQ(left, (std::set<std::string>{"mine.txt", "daemon-x", "daemon-", "miner2", "miner-2.txt"}));
}

TEST(DevnetEpoch, FollowsTheWinningPoSt) {
  EXPECT_EQ(epoch_seconds_for(0.1, 1), 4u);
  EXPECT_EQ(epoch_seconds_for(6.6, 1), 10u);
  EXPECT_EQ(epoch_seconds_for(8.9, 1), 13u);
  EXPECT_EQ(epoch_seconds_for(8.9, 2), 18u);
}

TEST(DevnetPrograms, AreStartedOnTheirPortsWithTheirPeers) {
  DevnetBinaries binaries{"/bin/lotus", "/bin/lotus-miner", "/bin/lotus-message"};
  NodePlan plan{.name = "daemon-2", .repository = "/d/daemon-2", .api_port = 77};
  plan.p2p_listen = p2p_listen_address("127.0.0.1", tcp_port("/ip4/127.0.0.1/tcp/4001/p2p/12D3KooW"));
  plan.peers = {"/ip4/1.2.3.4/tcp/1/p2p/a", "/ip4/1.2.3.4/tcp/2/p2p/b"};
  auto daemon = daemon_program(binaries, plan);
  EXPECT_THAT(daemon.arguments, testing::IsSupersetOf({"--repo", "/d/daemon-2", "--api", "77"}));
  EXPECT_THAT(daemon.environment,
              testing::IsSupersetOf({"LOTUS_LIBP2P_LISTENADDRESSES=/ip4/127.0.0.1/tcp/4001",
                                     "LOTUS_LIBP2P_BOOTSTRAPPEERS=/ip4/1.2.3.4/tcp/1/p2p/a,/ip4/1.2.3.4/tcp/2/p2p/b",
                                     "FULLNODE_API_INFO="}));
  auto miner = miner_program(binaries, {.name = "miner",
                                        .repository = "/d/miner",
                                        .p2p_listen = p2p_listen_address("10.1.2.3", 0),
                                        .catch_up = true,
                                        .sparse = 3});
  EXPECT_THAT(miner.environment, testing::Contains("LOTUS_LIBP2P_LISTENADDRESSES=/ip4/10.1.2.3/tcp/0"));
  EXPECT_THAT(miner.arguments, testing::IsSupersetOf({"--catch-up", "--sparse", "3"}));
  EXPECT_THAT(miner_program(binaries, {.name = "miner-2"}).arguments, testing::Not(testing::Contains("--catch-up")));
  auto message = message_program(binaries, {.repository = "/d/message", .nodes = {"a:/x", "b:/y"}, .api_port = 5});
  EXPECT_EQ(message.program, "/bin/lotus-message");
  EXPECT_THAT(message.arguments, testing::ElementsAre("--message-repo", "/d/message", "daemon", "--api", "5"));
  EXPECT_THAT(message.environment, testing::Contains("LOTUS_NODES_APIINFO=a:/x,b:/y"));
}

TEST(DevnetPrograms, PortsInMultiaddresses) {
  EXPECT_EQ(tcp_port("/ip4/127.0.0.1/tcp/4001"), 4001);
  EXPECT_EQ(tcp_port("/ip4/127.0.0.1/udp/4001/quic-v1"), 0);
  EXPECT_EQ(tcp_port("/ip4/127.0.0.1/tcp/99999"), 0);
  EXPECT_EQ(p2p_listen_address("", 1), "");
}

/// A devnet's folder with what a node that joins fetches, served over HTTP.
class DevnetJoinTest : public testing::Test {
 protected:
  void SetUp() override {
    must(make_folder(paths.folder));
    must(write_network_file(paths.network(), network(folder)));
    must(write_file(paths.genesis(), "a CAR"));
    DevnetFile file{.nodes = {{.p2p_addresses = {"/ip4/127.0.0.1/tcp/7/p2p/one"}}, {.p2p_addresses = {"two"}}}};
    must(write_devnet_file(paths, file));
    beacon = must(
        chain::DevnetBeacon::serve(folder / "beacon.key", 1'700'000'000, 4, {.documents = shared_documents(paths)}));
  }
  TemporaryFolder folder;
  DevnetPaths paths{folder / "devnet"}, own{folder / "own"};
  std::unique_ptr<chain::DevnetBeacon> beacon;
};

TEST_F(DevnetJoinTest, FetchesWhatANodeNeeds) {
  must(make_folder(own.folder));
  must(prepare_join(own, {.addresses = {beacon->url() + "/"}}));
  auto file = must(read_devnet_file(own));
  EXPECT_TRUE(file.joined);
  EXPECT_EQ(file.peers, (std::vector<std::string>{"/ip4/127.0.0.1/tcp/7/p2p/one", "two"}));
  EXPECT_EQ(must(read_text_file(own.genesis())), "a CAR");
  auto joined = must(read_network_file(own.network()));
  EXPECT_EQ(joined.network_name, "devnet-test");
  EXPECT_EQ(joined.drand_servers, std::vector{beacon->url()});
  // Again, with peers of one's own; ports that were used before are kept.
  file.nodes[0].api_port = 5;
  must(write_devnet_file(own, file));
  must(prepare_join(own, {.addresses = {"/ip4/9.9.9.9/tcp/1/p2p/x", beacon->url()}}));
  EXPECT_EQ(must(read_devnet_file(own)).peers, std::vector<std::string>{"/ip4/9.9.9.9/tcp/1/p2p/x"});
  EXPECT_EQ(must(read_devnet_file(own)).nodes[0].api_port, 5);
}

TEST_F(DevnetJoinTest, RefusesWhatCannotBe) {
  must(make_folder(own.folder));
  EXPECT_THAT(prepare_join(own, {}).error().message, HasSubstr("which devnet"));
  EXPECT_FALSE(prepare_join(own, {.addresses = {"http://127.0.0.1:1"}}));
  EXPECT_FALSE(prepare_join(own, {.addresses = {beacon->url(), "http://127.0.0.1:1"}}));
  EXPECT_THAT(prepare_join(own, {.addresses = {beacon->url()}, .miner = "t01001"}).error().message,
              HasSubstr("--from"));
  EXPECT_THAT(prepare_join(paths, {.addresses = {beacon->url()}}).error().message, HasSubstr("another --dir"));
  EXPECT_FALSE(fs::exists(own.devnet()));
}

TEST_F(DevnetJoinTest, TakesAMinerThatHasNoNode) {
  set_address_network(AddressNetwork::testnet);
  must(make_folder(own.folder));
  must(make_folder(paths.sectors()));
  must(write_file(paths.sectors() / "sectorstore.json",
                  std::string_view(R"({"ID":"c5b2b4ad-6a5c-4b41-9a5e-0a1f7f0d3c11","Weight":10,"CanStore":true})")));
  auto key = must(genesis::generate_key("bls"));
  must(write_file(paths.worker_key("t01001"), genesis::key_file_text(key)));
  must(prepare_join(own, {.from = paths.folder, .miner = "f01001"}));
  auto file = must(read_devnet_file(own));
  ASSERT_NE(file.miner_of(0), nullptr);
  EXPECT_EQ(file.miner_of(0)->address, "t01001");
  EXPECT_EQ(file.miner_of(0)->worker, must(key.address()).str());
  EXPECT_TRUE(fs::exists(own.daemon() / "keystore"));
  EXPECT_FALSE(prepare_join({folder / "third"}, {.from = paths.folder, .miner = "t01002"}));
}

TEST(ChildProcess, TellsHowItEndedAndWhatItSaid) {
  TemporaryFolder folder;
  auto child = must(
      ChildProcess::start("/bin/sh", {"-c", "echo one; echo two; echo $WORD; exit 3"}, {"WORD=three"}, folder / "log"));
  while (!child.ended()) std::this_thread::yield();
  EXPECT_EQ(child.ended(), "exit code 3");
  EXPECT_EQ(last_lines(folder / "log", 2), "two\nthree\n");
}

TEST(ChildProcess, StopsWhenAskedAndIsKilledWhenItWillNot) {
  TemporaryFolder folder;
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
