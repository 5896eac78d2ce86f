// lotus-message's commands over a real API server whose handlers stand for a message server.
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command.hpp"
#include "rpc/jwt.hpp"
#include "rpc/server.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace api = rpc::message;

const Bytes kSecret = Bytes(32, 3);
const Address kSender = Address::from_id(100);

rpc::MessageRecord some_record() {
  rpc::MessageRecord out;
  out.message.message.to = Address::from_id(1000);
  out.message.message.from = kSender;
  out.message.message.method = 5;
  out.message.message.params = {0x80};
  out.message.message.nonce = 9;
  out.message.signature = {SignatureType::bls, Bytes(96)};
  out.cid = out.message.cid();
  out.kind = "SubmitWindowedPoSt";
  out.params = rpc::RawJson("{\"Deadline\":1}");
  out.created = "2026-11-21T00:00:00Z";
  out.wait = "fee cap below the base fee";
  return out;
}

class MessageCli : public ::testing::Test {
 protected:
  MessageCli() {
    server_ =
        must(rpc::Server::make({.verify = [](std::string_view token) { return rpc::verify_token(kSecret, token); }}));
    bind_state();
    bind_messages();
    bind_wallets();
    server_->start();
    auto info =
        fmt::format("{}:/ip4/127.0.0.1/tcp/{}/http", rpc::make_token(kSecret, rpc::kAllPermissions), server_->port());
    ::setenv("MESSAGE_API_INFO", info.c_str(), 1);
  }
  ~MessageCli() override { ::unsetenv("MESSAGE_API_INFO"); }

  void bind_state() {
    auto& s = *server_;
    s.bind(rpc::common::Version, []() -> Result<rpc::Version> {
      return rpc::Version{.version = "test", .api_version = rpc::kMessageApiVersion};
    });
    s.bind(api::StateNetworkName, []() -> Result<std::string> { return "2k"; });
    s.bind(api::MessageStatus, []() -> Result<rpc::MessageServerStatus> {
      return rpc::MessageServerStatus{
          .network = "2k",
          .database = "sqlite3 /x",
          .leader = true,
          .height = 7,
          .nodes = {{.name = "a:1", .ok = true, .height = 8}, {.name = "b:2", .error = "gone"}}};
    });
    s.bind(api::ID, []() -> Result<std::string> { return "12D3KooWme"; });
    s.bind(api::MessageTokenNew,
           [this](const std::string& permission, const std::string& name, int64_t valid) -> Result<std::string> {
             token_ = fmt::format("{} {} {}", permission, name, valid);
             return "a.b.c";
           });
    s.bind(api::MessageTokenList, []() -> Result<std::vector<rpc::TokenInfo>> {
      return std::vector<rpc::TokenInfo>{{.id = 3, .name = "miner", .permission = "sign", .created = "now"}};
    });
    s.bind(api::MessageTokenRevoke, [this](int64_t id) -> Result<> {
      revoked_ = id;
      return {};
    });
  }
  void bind_messages() {
    auto& s = *server_;
    s.bind(api::MessageList, [this](const rpc::MessageQuery& query) -> Result<std::vector<rpc::MessageRecord>> {
      query_ = query;
      return std::vector{some_record()};
    });
    s.bind(api::MessageGet, [](const Cid& cid) -> Result<rpc::MessageRecord> {
      if (cid == some_record().cid) return some_record();
      return fail(ErrorCode::not_found, "no such message");
    });
    s.bind(api::MessageCancel,
           [](const Cid&, const rpc::MessageReplaceSpec&) -> Result<rpc::MessageRecord> { return some_record(); });
    s.bind(api::MessageReplace, [this](const Cid&, const rpc::MessageReplaceSpec& spec) -> Result<rpc::MessageRecord> {
      replace_ = spec;
      return some_record();
    });
    s.bind(api::MessagePrune, [this](int64_t older_than) -> Result<uint64_t> {
      older_than_ = older_than;
      return 4;
    });
    s.bind(api::MessageGaps, [](const std::optional<Address>&) -> Result<std::vector<rpc::MessageGap>> {
      return std::vector<rpc::MessageGap>();
    });
    s.bind(api::MpoolPushMessage,
           [this](const Message& message, const std::optional<rpc::MessageSendSpec>& spec) -> Result<SignedMessage> {
             pushed_ = message;
             spec_ = spec.value_or(rpc::MessageSendSpec());
             return SignedMessage{message, {SignatureType::bls, Bytes(96)}};
           });
  }
  void bind_wallets() {
    auto& s = *server_;
    s.bind(api::WalletList, []() -> Result<std::vector<Address>> { return std::vector{kSender}; });
    s.bind(api::MessageWalletList, []() -> Result<std::vector<rpc::MessageWallet>> {
      return std::vector<rpc::MessageWallet>{{.address = kSender,
                                              .balance = kAttoPerFil * 3 / 2,
                                              .next_nonce = 10,
                                              .chain_nonce = 8,
                                              .pending = 2,
                                              .oldest_seconds = 61}};
    });
    s.bind(api::MessageWalletImport,
           [this](const rpc::KeyInfo& key, const std::optional<uint64_t>& nonce) -> Result<Address> {
             if (key.type != "bls" || key.private_key != Bytes(32, 1)) return fail(ErrorCode::invalid, "another key");
             nonce_ = nonce;
             return kSender;
           });
    s.bind(api::MessageWalletExport, [](const Address&) -> Result<rpc::KeyInfo> {
      return rpc::KeyInfo{"bls", Bytes(32, 1)};
    });
    s.bind(api::MessageWalletDelete, [this](const Address& address) -> Result<> {
      deleted_ = address;
      return {};
    });
    s.bind(api::MessageWalletSyncNonce,
           [](const Address&, const std::optional<uint64_t>& nonce) -> Result<uint64_t> { return nonce.value_or(12); });
  }

  std::string good(std::vector<std::string> arguments) {
    auto [status, out, err] = run(std::move(arguments));
    EXPECT_EQ(status, 0) << err;
    return out;
  }
  std::string bad(std::vector<std::string> arguments, int wanted = 1) {
    auto [status, out, err] = run(std::move(arguments));
    EXPECT_EQ(status, wanted) << out << err;
    EXPECT_THAT(err, HasSubstr("ERROR: "));
    return err;
  }
  std::tuple<int, std::string, std::string> run(std::vector<std::string> arguments) {
    std::ostringstream out, err;
    int status = run_program(lotus_message_program(), arguments, out, err);
    return {status, out.str(), err.str()};
  }

  std::unique_ptr<rpc::Server> server_;
  std::string token_;
  int64_t revoked_ = 0, older_than_ = 0;
  rpc::MessageQuery query_;
  rpc::MessageReplaceSpec replace_;
  rpc::MessageSendSpec spec_;
  std::optional<Message> pushed_;
  std::optional<uint64_t> nonce_;
  Address deleted_;
};

TEST_F(MessageCli, WalletListIsATable) {
  EXPECT_EQ(good({"wallet", "list"}),
            "Address  Balance  Next Nonce  Chain Nonce  Pending  Oldest Wait\n"
            "t0100    1.5 FIL  10          8            2        1m1s\n");
  EXPECT_THAT(good({"wallet", "list", "--json"}), HasSubstr("\"NextNonce\": 10"));
}

TEST_F(MessageCli, KeysGoInAndOut) {
  auto exported = good({"wallet", "export", "t0100"});
  auto file = fs::temp_directory_path() / fmt::format("nelumbo-message-key-{}", ::getpid());
  must(write_file(file, exported));
  EXPECT_EQ(good({"wallet", "import", file.string()}), "imported key t0100 successfully!\n");
  EXPECT_FALSE(nonce_);
  good({"wallet", "import", "--nonce", "5", file.string()});
  EXPECT_EQ(nonce_, 5u);
  bad({"wallet", "import", "--nonce", "-1", file.string()});
  fs::remove(file);
  EXPECT_THAT(bad({"wallet", "delete", "t0100"}), HasSubstr("--really-do-it"));
  EXPECT_NE(deleted_, kSender);
  good({"wallet", "delete", "--really-do-it", "t0100"});
  EXPECT_EQ(deleted_, kSender);
  EXPECT_EQ(good({"wallet", "sync-nonce", "t0100"}), "next nonce of t0100 is 12\n");
}

TEST_F(MessageCli, MessagesAreNamedAndDecoded) {
  EXPECT_THAT(good({"message", "list"}), HasSubstr("SubmitWindowedPoSt"));
  EXPECT_FALSE(query_.on_chain);
  auto json = good({"message", "list", "--json", "--pending", "--address", "t0100", "--kind", "Send", "--limit", "3"});
  EXPECT_THAT(json, HasSubstr("\"Deadline\": 1"));
  EXPECT_EQ(query_.on_chain, false);
  EXPECT_EQ(query_.address, kSender);
  EXPECT_EQ(query_.kind, "Send");
  EXPECT_EQ(query_.limit, 3u);
  bad({"message", "list", "--pending", "--on-chain"});
  bad({"message", "list", "--limit", "0"});

  auto shown = good({"message", "show", some_record().cid.str()});
  EXPECT_THAT(shown, HasSubstr("Kind:       SubmitWindowedPoSt (method 5)"));
  EXPECT_THAT(shown, HasSubstr("Params:     {\"Deadline\":1}"));
  EXPECT_THAT(shown, HasSubstr("Waits:      fee cap below the base fee"));
  EXPECT_EQ(bad({"message", "show", Cid::of(as_bytes("x")).str()}), "ERROR: no such message\n");
}

TEST_F(MessageCli, MessagesAreSteered) {
  const auto cid = some_record().cid.str();
  EXPECT_EQ(good({"message", "replace", "--gas-feecap", "200", "--max-fee", "1", cid}), cid + "\n");
  EXPECT_EQ(replace_.gas_fee_cap, 200);
  EXPECT_EQ(replace_.max_fee, kAttoPerFil);
  EXPECT_EQ(good({"message", "cancel", cid}), cid + "\n");
  EXPECT_EQ(good({"message", "prune", "--older-than", "2h"}), "4 messages removed\n");
  EXPECT_EQ(older_than_, 7200);
  EXPECT_THAT(bad({"message", "prune"}), HasSubstr("--older-than"));
  EXPECT_EQ(good({"message", "gaps"}), "no gaps\n");
}

TEST_F(MessageCli, SendPrintsTheCidAlone) {
  auto cid = good({"send", "t0101", "1.5", "--uuid", "u", "--max-fee", "2"});
  ASSERT_TRUE(pushed_);
  EXPECT_EQ(pushed_->from, kSender);
  EXPECT_EQ(pushed_->value, kAttoPerFil * 3 / 2);
  EXPECT_EQ(spec_.msg_uuid, "u");
  EXPECT_EQ(spec_.max_fee, kAttoPerFil * 2);
  EXPECT_EQ(cid, (SignedMessage{*pushed_, {SignatureType::bls, Bytes(96)}}).cid().str() + "\n");
  bad({"send", "t0101", "much"});
}

TEST_F(MessageCli, Tokens) {
  EXPECT_EQ(good({"auth", "create-token", "--perm", "sign", "--expires", "1h", "--name", "miner"}), "a.b.c\n");
  EXPECT_EQ(token_, "sign miner 3600");
  EXPECT_THAT(good({"auth", "api-info", "--perm", "read"}), StartsWith("MESSAGE_API_INFO=a.b.c:/ip4/127.0.0.1/tcp/"));
  EXPECT_THAT(good({"auth", "list"}), HasSubstr("never"));
  good({"auth", "revoke", "3"});
  EXPECT_EQ(revoked_, 3);
  bad({"auth", "create-token", "--perm", "root"});
}

TEST_F(MessageCli, StatusAndRest) {
  auto status = good({"status"});
  EXPECT_THAT(status, HasSubstr("Database: sqlite3 /x\n"));
  EXPECT_THAT(status, HasSubstr("epoch 8"));
  EXPECT_THAT(status, HasSubstr("gone"));
  EXPECT_EQ(good({"net", "id"}), "12D3KooWme\n");
  EXPECT_THAT(good({"version"}), HasSubstr("lotus-message version"));
  EXPECT_EQ(good({"wait-api"}), "");
  EXPECT_THAT(good({"config", "default"}), HasSubstr("#Driver = \"sqlite3\""));
  EXPECT_THAT(good({"daemon", "--help"}), HasSubstr("12 the passphrase or key file"));
}

TEST_F(MessageCli, AServerThatIsNotThere) {
  ::unsetenv("MESSAGE_API_INFO");
  EXPECT_THAT(bad({"--message-repo", "/nonexistent", "status"}), HasSubstr("is lotus-message daemon running?"));
}

TEST(MessageDaemon, WhyItDidNotStartIsInTheStatus) {
  auto folder = fs::temp_directory_path() / fmt::format("nelumbo-message-cli-{}", ::getpid());
  must(make_folder(folder));
  must(write_file(folder / "config.toml", std::string_view("[Publish]\nWindow = \"many\"\n")));
  std::ostringstream out, err;
  EXPECT_EQ(run_program(lotus_message_program(), {"--message-repo", folder.string(), "daemon"}, out, err), 10);
  EXPECT_THAT(err.str(), HasSubstr("Publish.Window"));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace nelumbo::cli
