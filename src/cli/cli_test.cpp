// Commands over a real API server whose handlers stand for a node: what is printed, and what is said when it goes
// wrong.
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command.hpp"
#include "print.hpp"
#include "rate_progress.hpp"
#include "rpc/jwt.hpp"
#include "rpc/server.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace full = rpc::full;

const Bytes kSecret = to_bytes(std::string_view("secret"));
const Cid kCode = Cid::of(as_bytes("account"), multicodec::kRaw);

TipsetPtr tipset_at(ChainEpoch height, std::vector<Cid> parents) {
  BlockHeader block;
  block.miner = Address::from_id(1000);
  block.ticket = Ticket{{1}};
  block.height = height;
  block.parents = std::move(parents);
  block.parent_state_root = block.parent_message_receipts = block.messages = Cid::of(as_bytes("x"));
  block.parent_base_fee = 100;
  block.timestamp = 1'600'000'000 + static_cast<uint64_t>(height) * 30;
  return must(Tipset::make({block}));
}

class Cli : public ::testing::Test {
 protected:
  Cli() {
    for (ChainEpoch height = 0; height < 5; ++height)
      chain_.push_back(tipset_at(height, height == 0 ? std::vector<Cid>() : chain_.back()->cids()));
    server_ =
        must(rpc::Server::make({.verify = [](std::string_view token) { return rpc::verify_token(kSecret, token); }}));
    auto& s = *server_;
    s.bind(rpc::common::Version, []() -> Result<rpc::Version> {
      return rpc::Version{.version = "test", .api_version = rpc::kFullApiVersion1};
    });
    s.bind(rpc::common::AuthNew, [](const std::vector<std::string>& perms) -> Result<Bytes> {
      return to_bytes(std::string_view("token-" + perms.back()));
    });
    s.bind(full::StateNetworkName, []() -> Result<std::string> { return "2k"; });
    s.bind(full::ChainHead, [this]() -> Result<TipsetPtr> { return chain_.back(); });
    s.bind(full::ChainGetTipSet, [this](const TipsetKey& key) -> Result<TipsetPtr> {
      for (const auto& each : chain_) {
        if (each->key() == key) return each;
      }
      return fail(ErrorCode::not_found, "no such tipset");
    });
    s.bind(full::ChainGetTipSetByHeight, [this](ChainEpoch height, const TipsetKey&) -> Result<TipsetPtr> {
      return chain_.at(static_cast<size_t>(height));
    });
    s.bind(full::StateNetworkVersion, [](const TipsetKey&) -> Result<uint32_t> { return 28; });
    s.bind(full::StateActorCodeCIDs, [](uint32_t) -> Result<std::map<std::string, Cid>> {
      return std::map<std::string, Cid>{{"account", kCode}};
    });
    s.bind(full::StateGetActor, [](const Address& address, const TipsetKey&) -> Result<Actor> {
      if (address != Address::from_id(100)) return fail(ErrorCode::not_found, "actor not found");
      return Actor{.code = kCode, .head = Cid::of(as_bytes("head")), .nonce = 7, .balance = kAttoPerFil * 3 / 2};
    });
    s.bind(full::StateMinerPower, [](const Address&, const TipsetKey&) -> Result<rpc::MinerPower> {
      return rpc::MinerPower{{2048, 4096}, {8192, 8192}, true};
    });
    s.bind(full::WalletList, []() -> Result<std::vector<Address>> {
      return std::vector{Address::from_id(100), Address::from_id(101)};
    });
    s.bind(full::WalletDefaultAddress, []() -> Result<Address> { return Address::from_id(100); });
    s.bind(full::WalletExport, [](const Address&) -> Result<rpc::KeyInfo> {
      return rpc::KeyInfo{"bls", Bytes(32, 1)};
    });
    s.bind(full::WalletImport, [](const rpc::KeyInfo& key) -> Result<Address> {
      if (key.type != "bls" || key.private_key != Bytes(32, 1)) return fail(ErrorCode::invalid, "another key");
      return Address::from_id(100);
    });
    s.bind(full::MpoolPushMessage,
           [this](const Message& message, const std::optional<rpc::MessageSendSpec>&) -> Result<SignedMessage> {
             pushed_ = message;
             return SignedMessage{message, {SignatureType::bls, Bytes(96)}};
           });
    s.bind(full::MpoolPending, [this](const TipsetKey&) -> Result<std::vector<SignedMessage>> {
      if (!pushed_) return std::vector<SignedMessage>();
      return std::vector{SignedMessage{*pushed_, {SignatureType::bls, Bytes(96)}}};
    });
    s.bind(full::StateWaitMsg, [this](const Cid& cid, uint64_t, ChainEpoch, bool) -> Result<rpc::MsgLookup> {
      return rpc::MsgLookup{.message = cid, .receipt = {.gas_used = 55}, .tipset = chain_.back()->key(), .height = 4};
    });
    s.bind(full::SyncState, [this]() -> Result<rpc::SyncState> { return sync_state_; });
    s.bind(full::SyncCheckBad, [this](const Cid&) -> Result<std::string> { return bad_reason_; });
    s.bind(full::SyncUnmarkAllBad, [this]() -> Result<> {
      bad_reason_.clear();
      return {};
    });
    s.bind(full::SyncCheckpoint, [this](const TipsetKey& key) -> Result<> {
      checkpoint_ = key;
      return {};
    });
    s.bind(full::ID, []() -> Result<std::string> { return "12D3KooWme"; });
    s.bind(full::NetPeers, []() -> Result<std::vector<rpc::PeerInfo>> {
      return std::vector<rpc::PeerInfo>{{"12D3KooWa", {"/ip4/1.2.3.4/tcp/5"}}};
    });
    s.bind(full::NetConnect, [this](const rpc::PeerInfo& peer) -> Result<> {
      connected_.push_back(peer);
      if (peer.id == "12D3KooWgone") return fail(ErrorCode::unavailable, "nobody there");
      return {};
    });
    s.bind(full::NetLimit, [this](const std::string&) -> Result<rpc::NetLimit> { return limit_; });
    s.bind(full::NetSetLimit, [this](const std::string&, const rpc::NetLimit& limit) -> Result<> {
      limit_ = limit;
      return {};
    });
    s.bind(full::NetBlockAdd, [this](const rpc::NetBlockList& list) -> Result<> {
      blocked_ = list;
      return {};
    });
    s.bind(full::NetBlockList, [this]() -> Result<rpc::NetBlockList> { return blocked_; });
    s.bind_stream(full::ChainExport,
                  [](rpc::Subscriber<full::ChainExport_t> out, ChainEpoch roots, bool, const TipsetKey&) -> Result<> {
                    out.send(to_bytes(std::string_view("first,")));
                    out.send(to_bytes(std::string_view("second")));
                    if (roots != kBroken) out.send(Bytes());
                    out.close();
                    return {};
                  });
    s.bind(full::ChainExportStatus,
           []() -> Result<rpc::ChainJobStatus> { return rpc::ChainJobStatus{.error = "block x is not in the store"}; });
    s.bind(full::ChainPrune, [this](const rpc::PruneOpts& options) -> Result<> {
      pruned_ = options;
      return {};
    });
    s.bind(full::ChainPruneStatus, []() -> Result<rpc::ChainJobStatus> {
      return rpc::ChainJobStatus{.step = "done", .part = 1, .blocks = 7, .bytes = 2048};
    });
    s.start();
    auto info = fmt::format("{}:/ip4/127.0.0.1/tcp/{}/http", rpc::make_token(kSecret, rpc::kAllPermissions), s.port());
    ::setenv("FULLNODE_API_INFO", info.c_str(), 1);
  }
  ~Cli() override { ::unsetenv("FULLNODE_API_INFO"); }

  /// Runs a command that must succeed; gives what it printed.
  std::string good(std::vector<std::string> arguments) {
    auto [status, out, err] = run(std::move(arguments));
    EXPECT_EQ(status, 0) << err;
    return out;
  }
  /// Runs a command that must fail with one clear line; gives it.
  std::string bad(std::vector<std::string> arguments) {
    auto [status, out, err] = run(std::move(arguments));
    EXPECT_EQ(status, 1) << out;
    EXPECT_THAT(err, HasSubstr("ERROR: "));
    return err;
  }
  std::tuple<int, std::string, std::string> run(std::vector<std::string> arguments) {
    std::ostringstream out, err;
    int status = run_program(lotus_program(), arguments, out, err);
    return {status, out.str(), err.str()};
  }

  std::vector<TipsetPtr> chain_;
  std::optional<Message> pushed_;
  rpc::SyncState sync_state_;
  std::string bad_reason_;
  TipsetKey checkpoint_;
  std::vector<rpc::PeerInfo> connected_;
  rpc::NetLimit limit_{180};
  rpc::NetBlockList blocked_;
  std::optional<rpc::PruneOpts> pruned_;
  static constexpr ChainEpoch kBroken = 999;  ///< an export of so many state roots breaks off
  std::unique_ptr<rpc::Server> server_;
};

TEST_F(Cli, ChainHeadAndList) {
  EXPECT_EQ(good({"chain", "head"}), chain_.back()->cids()[0].str() + "\n");
  EXPECT_EQ(good({"chain", "head", "--height"}), "4\n");
  auto listed = good({"chain", "list", "--count", "3", "--format", "<epoch> <weight> <tipset>"});
  EXPECT_EQ(listed, fmt::format("2 0 {}\n3 0 {}\n4 0 {}\n", chain_[2]->cids()[0].str(), chain_[3]->cids()[0].str(),
                                chain_[4]->cids()[0].str()));
  EXPECT_EQ(good({"chain", "list", "--height", "1", "--format", "<epoch>"}), "0\n1\n");
  EXPECT_THAT(good({"chain", "list", "--count", "1"}), HasSubstr(": t01000, ]"));
}

TEST_F(Cli, ChainExportWritesAWholeFileOrNone) {
  auto folder = fs::temp_directory_path() / fmt::format("nelumbo-cli-export-{}", ::getpid());
  must(make_folder(folder));
  auto file = folder / "x.car";
  EXPECT_THAT(good({"chain", "export", file.string()}), HasSubstr("epoch 4, 12 B"));
  EXPECT_EQ(must(read_text_file(file)), "first,second");
  fs::remove(file);
  EXPECT_THAT(bad({"chain", "export", "--recent-stateroots", "999", file.string()}), HasSubstr("block x is not in"));
  EXPECT_TRUE(fs::is_empty(folder));
  EXPECT_THAT(good({"chain", "export", "--json", (folder / "x.zst").string()}), HasSubstr("\"CarBytes\":12"));
  EXPECT_EQ(must(read_file(folder / "x.zst"))[1], 0xb5);  // zstd's magic
  EXPECT_THAT(bad({"chain", "export", "--recent-stateroots", "5", file.string()}), HasSubstr("900"));
  EXPECT_THAT(bad({"chain", "export", "--skip-old-msgs", file.string()}), HasSubstr("recent stateroots"));
  EXPECT_THAT(bad({"chain", "export", (folder / "no" / "x.car").string()}), HasSubstr("No such file"));
  fs::remove_all(folder);
}

TEST_F(Cli, ChainPruneSaysWhatItRemoved) {
  EXPECT_EQ(good({"chain", "prune", "compact-cold", "--retention", "2", "--moving-gc"}),
            "7 blocks removed, 2 KiB on disk\n");
  EXPECT_EQ(pruned_->retain_state, 2);
  EXPECT_TRUE(pruned_->moving_gc);
  EXPECT_THAT(bad({"chain", "prune", "hot", "--threshold", "much"}), HasSubstr("--threshold"));
}

TEST(RateText, SaysWhatIsKnown) {
  using std::chrono::seconds;
  EXPECT_EQ(rate_text(0, 0, 0, 0, seconds(0)), "");
  EXPECT_EQ(rate_text(10 << 20, 0, 0.25, 0, seconds(10)), "10 MiB, 1.0 MiB/s, 30s left");
  EXPECT_EQ(rate_text(10 << 20, 5 << 20, 1, 0.5, seconds(5)), "10 MiB, 1.0 MiB/s");
  EXPECT_EQ(rate_text(0, 0, 0.5, 0, seconds(90)), "1m30s left");
}

TEST_F(Cli, StateGetActor) {
  auto printed = good({"state", "get-actor", "t0100"});
  EXPECT_EQ(printed,
            fmt::format("Address:\tt0100\nBalance:\t1.5 FIL\nNonce:\t\t7\nCode:\t\t{} (fil/18/account)\nHead:\t\t{}\n",
                        kCode.str(), Cid::of(as_bytes("head")).str()));
  EXPECT_EQ(bad({"state", "get-actor", "t0999"}), "ERROR: actor not found: t0999 was never on chain\n");
  EXPECT_THAT(bad({"state", "get-actor", "nonsense"}), StartsWith("ERROR: invalid address 'nonsense'"));
  EXPECT_THAT(bad({"state", "get-actor"}), HasSubstr("incorrect number of arguments, got 0"));
  EXPECT_THAT(good({"state", "get-actor", "--json", "t0100"}), HasSubstr("\"Nonce\": 7"));
  EXPECT_THAT(good({"state", "--tipset", "@2", "get-actor", "t0100"}), HasSubstr("1.5 FIL"));
  EXPECT_THAT(good({"state", "get-actor", "t0100", "--tipset", "@2"}), HasSubstr("1.5 FIL"));
}

TEST_F(Cli, StatePower) {
  EXPECT_EQ(good({"state", "power"}), "8192(8 KiB)\n");
  EXPECT_THAT(bad({"state", "power", "t0100"}), HasSubstr("does not correspond to a miner actor"));
  EXPECT_EQ(good({"state", "network-version"}), "Network Version: 28\n");
}

TEST_F(Cli, NetShowsAndConnectsPeers) {
  EXPECT_EQ(good({"net", "id"}), "12D3KooWme\n");
  EXPECT_EQ(good({"net", "peers"}), "12D3KooWa, [/ip4/1.2.3.4/tcp/5]\n");
  EXPECT_THAT(good({"net", "peers", "--json"}), HasSubstr("\"ID\": \"12D3KooWa\""));
  EXPECT_EQ(good({"net", "connect", "/ip4/1.2.3.4/tcp/5/p2p/12D3KooWb"}), "connect 12D3KooWb: success\n");
  EXPECT_EQ(connected_.back().addrs, std::vector<std::string>{"/ip4/1.2.3.4/tcp/5"});
  EXPECT_THAT(bad({"net", "connect", "/ip4/1.2.3.4/tcp/5/p2p/12D3KooWgone"}), HasSubstr("nobody there"));
  EXPECT_THAT(bad({"net", "connect", "/ip4/1.2.3.4/tcp/5"}), HasSubstr("/p2p/"));
}

TEST_F(Cli, NetLimitsAndBlocks) {
  good({"net", "limit", "--set", "system", "{\"Conns\": 12}"});
  EXPECT_EQ(limit_.conns, 12);
  EXPECT_THAT(good({"net", "limit", "system"}), HasSubstr("\"Conns\": 12"));
  bad({"net", "limit", "--set", "system", "twelve"});
  EXPECT_EQ(good({"net", "block", "list"}), "");
  good({"net", "block", "add", "subnet", "10.0.0.0/8", "11.0.0.0/8"});
  EXPECT_EQ(good({"net", "block", "list"}), "Blocked Subnets:\n\t10.0.0.0/8\n\t11.0.0.0/8\n");
}

TEST_F(Cli, WalletListIsATable) {
  EXPECT_EQ(good({"wallet", "list"}),
            "Address  Balance  Nonce  Default\n"
            "t0100    1.5 FIL  7      X\n"
            "t0101    0 FIL    0\n");
  EXPECT_EQ(good({"wallet", "list", "--addr-only"}), "t0100\nt0101\n");
  EXPECT_EQ(good({"wallet", "default"}), "t0100\n");
}

TEST_F(Cli, WalletKeysGoOutAndIn) {
  auto exported = good({"wallet", "export", "t0100"});
  auto json = must(from_hex(exported.substr(0, exported.size() - 1)));
  EXPECT_EQ(as_text(json), "{\"Type\":\"bls\",\"PrivateKey\":\"" + to_base64(Bytes(32, 1)) + "\"}");
  auto file = fs::temp_directory_path() / fmt::format("nelumbo-cli-key-{}", ::getpid());
  must(write_file(file, exported));
  EXPECT_EQ(good({"wallet", "import", file.string()}), "imported key t0100 successfully!\n");
  must(write_file(file, std::string_view("zz")));
  bad({"wallet", "import", file.string()});
  fs::remove(file);
  EXPECT_THAT(bad({"wallet", "import", file.string()}), HasSubstr(file.string()));
  EXPECT_THAT(bad({"wallet", "export", "--format", "hex-eth", "t0100"}),
              HasSubstr("requires a secp256k1 or delegated key"));
}

TEST_F(Cli, SendPrintsTheCidAlone) {
  auto cid = good({"send", "t0101", "1.5"});
  ASSERT_TRUE(pushed_);
  EXPECT_EQ(pushed_->to, Address::from_id(101));
  EXPECT_EQ(pushed_->from, Address::from_id(100));
  EXPECT_EQ(pushed_->value, kAttoPerFil * 3 / 2);
  EXPECT_EQ(cid, pushed_->cid().str() + "\n");
  EXPECT_EQ(good({"mpool", "pending", "--cids"}), cid);
  EXPECT_THAT(good({"mpool", "pending"}), HasSubstr("\"To\": \"t0101\""));
  EXPECT_EQ(good({"mpool", "pending", "--to", "t0100"}), "");
  EXPECT_THAT(bad({"send", "t0101", "much"}), HasSubstr("failed to parse amount"));
  EXPECT_THAT(bad({"send", "t0101"}), HasSubstr("incorrect number of arguments"));
}

TEST_F(Cli, WaitMsg) {
  auto cid = Cid::of(as_bytes("m")).str();
  EXPECT_EQ(
      good({"state", "wait-msg", cid}),
      fmt::format("Executed in tipset: [{}]\nExit Code: 0\nGas Used: 55\nReturn: \n", chain_.back()->cids()[0].str()));
  EXPECT_THAT(bad({"state", "wait-msg", "--timeout", "soon", cid}), HasSubstr("'soon' is no duration"));
  EXPECT_THAT(bad({"state", "wait-msg", "xyz"}), HasSubstr("failed to parse cid"));
}

TEST_F(Cli, SyncStatusAndBadBlocks) {
  rpc::SyncState state{.vm_applied = 9};
  state.active_syncs = {{.worker_id = 3,
                         .base = chain_[0],
                         .target = chain_[4],
                         .stage = rpc::SyncStage::messages,
                         .height = 2,
                         .start = "2020-01-01T00:00:00Z",
                         .end = "2020-01-01T00:00:04Z"},
                        {.worker_id = 2, .target = chain_[1], .stage = rpc::SyncStage::errored, .message = "no way"}};
  sync_state_ = state;
  auto printed = good({"sync", "status"});
  EXPECT_THAT(printed, HasSubstr("worker 3:\n"));
  EXPECT_THAT(printed, HasSubstr("\tStage: message sync\n\tHeight: 2\n\tElapsed: 4s\n\tRate: 0.5 epochs/s\n"
                                 "\tTime left: 4s\n"));
  EXPECT_THAT(printed, HasSubstr("\tError: no way\n"));
  EXPECT_THAT(good({"sync", "status", "--json"}), HasSubstr("\"VMApplied\": 9"));

  const auto block = Cid::of(as_bytes("block"));
  EXPECT_EQ(good({"sync", "check-bad", block.str()}), "block was not marked as bad\n");
  bad_reason_ = "rule \"x\"";
  EXPECT_EQ(good({"sync", "check-bad", block.str()}), "rule \"x\"\n");
  EXPECT_EQ(good({"sync", "check-bad", "--json", block.str()}), "{\"Bad\": true, \"Reason\": \"rule \\\"x\\\"\"}\n");
  EXPECT_EQ(good({"sync", "unmark-bad", "--all"}), "");
  EXPECT_EQ(bad_reason_, "");
  bad({"sync", "unmark-bad"});

  EXPECT_EQ(good({"sync", "checkpoint", "--epoch", "2"}), "");
  EXPECT_EQ(checkpoint_, chain_[2]->key());
  bad({"sync", "checkpoint"});
}

TEST_F(Cli, Tokens) {
  EXPECT_EQ(good({"auth", "create-token", "--perm", "sign"}), "token-sign\n");
  EXPECT_THAT(good({"auth", "api-info", "--perm", "admin"}),
              StartsWith("FULLNODE_API_INFO=token-admin:/ip4/127.0.0.1/tcp/"));
  EXPECT_THAT(bad({"auth", "create-token"}), HasSubstr("--perm flag not set"));
  EXPECT_THAT(bad({"auth", "create-token", "--perm", "root"}), HasSubstr("has to be one of"));
  EXPECT_EQ(good({"wait-api"}), "");
}

TEST_F(Cli, HelpAndWrongWords) {
  EXPECT_THAT(good({"--help"}), HasSubstr("chain"));
  EXPECT_THAT(good({"chain", "--help"}), HasSubstr("getmessage"));
  EXPECT_THAT(good({"chain"}), HasSubstr("getmessage"));
  EXPECT_THAT(good({"chain", "list", "--help"}), HasSubstr("--count"));
  EXPECT_THAT(good({"--version"}), StartsWith("lotus version "));
  bad({"nothing"});
  bad({"chain", "head", "--nothing"});
  bad({"chain", "head", "extra"});
  EXPECT_THAT(bad({"chain", "list", "--count", "many"}), HasSubstr("'many' is no whole number"));
}

TEST_F(Cli, ADaemonThatIsNotThere) {
  ::unsetenv("FULLNODE_API_INFO");
  EXPECT_THAT(bad({"--repo", "/nonexistent", "chain", "head"}), HasSubstr("is lotus daemon running?"));
  EXPECT_THAT(bad({"--repo", "/nonexistent", "wait-api", "--timeout", "1ms"}), HasSubstr("timed out waiting for api"));
  ::setenv("FULLNODE_API_INFO", "/ip4/127.0.0.1/tcp/1/http", 1);
  EXPECT_THAT(bad({"chain", "head"}), HasSubstr("cannot connect to 127.0.0.1:1"));
}

TEST(Printing, Forms) {
  EXPECT_EQ(byte_size(0), "0 B");
  EXPECT_EQ(byte_size(4096), "4 KiB");
  EXPECT_EQ(byte_size(BigInt(1536)), "1.5 KiB");
  EXPECT_EQ(percent(1, 3), "33.3333%");
  EXPECT_EQ(duration_string(std::chrono::seconds(3723)), "1h2m3s");
  EXPECT_EQ(must(parse_duration("1h30m")), std::chrono::minutes(90));
  EXPECT_EQ(must(parse_duration("500ms")), std::chrono::milliseconds(500));
  EXPECT_FALSE(parse_duration(""));
  EXPECT_FALSE(parse_duration("10"));
  EXPECT_FALSE(parse_duration("m"));
  std::ostringstream lines;
  {
    Progress progress(lines);
    progress.show("step", 0.0);
    progress.show("step", 0.05);
    progress.show("step", 1.0);
  }
  EXPECT_EQ(lines.str(), "step: 0%, 0 s\nstep: 100%, 0 s\n");
}

}  // namespace
}  // namespace nelumbo::cli
