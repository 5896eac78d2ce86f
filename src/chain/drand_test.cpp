#include "chain/drand.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/temporary_folder.hpp"
#include "chain/http_get.hpp"
#include "crypto/keys.hpp"

namespace nelumbo::chain {
namespace {

class ManualClock : public Clock {
 public:
  TimePoint now() const override { return from_unix_seconds(seconds); }
  bool wait_until(TimePoint, std::stop_token) const override { return true; }
  std::atomic<int64_t> seconds = 0;
};

constexpr std::string_view kQuicknet =
    R"({"public_key":"83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510)"
    R"(d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a","period":3,)"
    R"("genesis_time":1692803367,"hash":"52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971","groupHash":)"
    R"("f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e","schemeID":"bls-unchained-g1-rfc9380",)"
    R"("metadata":{"beaconID":"quicknet"}})";

TEST(Drand, InfoHashIsQuicknets) {
  auto info = must(DrandInfo::parse(kQuicknet));
  EXPECT_EQ(to_hex(info.hash()), "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971");
  EXPECT_EQ(must(DrandInfo::parse(info.json())).hash(), info.hash());
  EXPECT_TRUE(info.network({}).unchained);
  std::string changed(kQuicknet);
  changed.replace(changed.find("\"period\":3"), 10, "\"period\":4");
  EXPECT_FALSE(DrandInfo::parse(changed));
  EXPECT_FALSE(DrandInfo::parse("[]"));
  EXPECT_FALSE(DrandInfo::parse("{"));
}

TEST(Drand, DevnetServesPastRoundsOnly) {
  TemporaryFolder folder;
  auto clock = std::make_shared<ManualClock>();
  clock->seconds = 1000 + 4 * 10;  // round 11 has just come
  auto server = must(DevnetBeacon::serve(folder.path() / "beacon.key", 1000, 4, {}, clock));
  auto network = server->info().network({server->url()});
  auto client = make_drand_client(network);
  for (uint64_t round : {1, 2, 11}) {
    auto entry = must(client->entry(round));
    EXPECT_EQ(entry.round, round);
    EXPECT_TRUE(drand::verify(server->info().public_key, round, entry.data));
  }
  auto future = client->entry(12);
  ASSERT_FALSE(future);
  EXPECT_EQ(future.error().code, ErrorCode::unavailable);
  clock->seconds += 4;
  EXPECT_TRUE(client->entry(12));
  // The key, and so the chain, is the same after a restart.
  auto again = must(DevnetBeacon::info(folder.path() / "beacon.key", 1000, 4));
  EXPECT_EQ(again.hash(), server->info().hash());
  EXPECT_EQ(fs::status(folder.path() / "beacon.key").permissions() & fs::perms::all,
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST(Drand, DevnetServesOtherDocumentsBesides) {
  TemporaryFolder folder;
  BeaconListen listen{.documents = [](std::string_view path) {
    return path == "/genesis.car" ? std::optional(std::string(200'000, 'x')) : std::nullopt;
  }};
  auto server = must(DevnetBeacon::serve(folder.path() / "beacon.key", 1000, 4, listen));
  constexpr auto kDeadline = std::chrono::seconds(5);
  EXPECT_EQ(must(http_get(server->url() + "/genesis.car", kDeadline, 1 << 20)).body.size(), 200'000u);
  EXPECT_FALSE(http_get(server->url() + "/genesis.car", kDeadline, 100'000));
  EXPECT_EQ(must(http_get(server->url() + "/other", kDeadline)).status, 404);
  EXPECT_EQ(must(http_get(server->url() + "/info", kDeadline)).status, 200);
  listen.host = "nowhere";
  EXPECT_FALSE(DevnetBeacon::serve(folder.path() / "beacon.key", 1000, 4, listen));
}

TEST(Drand, ClientTriesTheNextServer) {
  TemporaryFolder folder;
  auto clock = std::make_shared<ManualClock>();
  clock->seconds = 1100;
  auto server = must(DevnetBeacon::serve(folder.path() / "beacon.key", 1000, 4, {}, clock));
  auto network = server->info().network({"http://127.0.0.1:1/", "ftp://nowhere", server->url() + "/"});
  EXPECT_TRUE(make_drand_client(network)->entry(3));
  network.servers = {};
  EXPECT_FALSE(make_drand_client(network)->entry(3));
}

NetworkParams params_with(const Bytes& secret, int64_t genesis_time, int64_t period, uint64_t delay) {
  NetworkParams params;
  params.name = "test";
  params.block_delay = delay;
  DrandNetwork drand;
  drand.public_key = to_hex(must(drand::public_key(secret)));
  drand.genesis_time = genesis_time;
  drand.period = period;
  params.beacons = {{0, drand}};
  return params;
}

TEST(Beacon, EveryNullEpochsEntryGoesIntoTheNextBlock) {
  const Bytes secret(32, 7);
  auto source = make_key_beacon_source(secret);
  auto schedule =
      must(BeaconSchedule::make(params_with(secret, 1000, 4, 4), 1000, [&](const DrandNetwork&) { return source; }));
  // The block of epoch e carries the newest round when epoch e - 1 began.
  EXPECT_EQ(schedule->round_for(1, 28), 1u);
  EXPECT_EQ(schedule->round_for(5, 28), 5u);
  EXPECT_EQ(schedule->round_for(5, 15), 4u);  // one less before network version 16
  BeaconEntry genesis{0, Bytes(32)};
  auto entries = must(schedule->entries_for_block(5, 2, must(source->entry(2)), 28));
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].round, 3u);
  EXPECT_EQ(entries[2].round, 5u);

  BlockHeader block;
  block.height = 5;
  block.beacon_entries = entries;
  EXPECT_TRUE(schedule->check_block(block, 2, must(source->entry(2)), 28));
  EXPECT_FALSE(schedule->check_block(block, 3, must(source->entry(3)), 28));
  block.beacon_entries.erase(block.beacon_entries.begin());
  EXPECT_FALSE(schedule->check_block(block, 2, must(source->entry(2)), 28));
  block.beacon_entries.clear();
  EXPECT_FALSE(schedule->check_block(block, 2, must(source->entry(2)), 28));
  EXPECT_TRUE(schedule->entries_for_block(1, 0, genesis, 28));
}

TEST(Beacon, ForgedEntriesAreRefused) {
  const Bytes secret(32, 7);
  auto source = make_key_beacon_source(secret);
  auto other = make_key_beacon_source(Bytes(32, 8));
  auto schedule =
      must(BeaconSchedule::make(params_with(secret, 1000, 4, 4), 1000, [&](const DrandNetwork&) { return other; }));
  EXPECT_FALSE(schedule->entries_for_block(1, 0, {}, 28));  // the source gives entries of another key
  BlockHeader block;
  block.height = 1;
  block.beacon_entries = {must(other->entry(1))};
  EXPECT_FALSE(schedule->check_block(block, 0, {}, 28));
  block.beacon_entries = {must(source->entry(1))};
  EXPECT_TRUE(schedule->check_block(block, 0, {}, 28));
  block.beacon_entries[0].data.back() ^= 1;
  EXPECT_FALSE(schedule->check_block(block, 0, {}, 28));
}

TEST(Beacon, EpochsShorterThanRoundsMayHaveNoNewEntry) {
  const Bytes secret(32, 7);
  auto source = make_key_beacon_source(secret);
  auto schedule =
      must(BeaconSchedule::make(params_with(secret, 1000, 10, 4), 1000, [&](const DrandNetwork&) { return source; }));
  const auto first = must(source->entry(1));
  EXPECT_TRUE(must(schedule->entries_for_block(2, 1, first, 28)).empty());
  BlockHeader block;
  block.height = 2;
  EXPECT_TRUE(schedule->check_block(block, 1, first, 28));
  block.beacon_entries = {first};
  EXPECT_FALSE(schedule->check_block(block, 1, first, 28));
}

}  // namespace
}  // namespace nelumbo::chain
