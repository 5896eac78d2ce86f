#include "message_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/temporary_folder.hpp"

namespace nelumbo::node {
namespace {

using testing::HasSubstr;

class MessageSettingsTest : public testing::Test {
 protected:
  MessageSettingsTest() {
    config_.nodes = {"/ip4/127.0.0.1/tcp/1234/http"};
    options_.daemon_repository = folder_ / "lotus";
  }
  Result<MessageSettings> settings() { return message_settings(config_, options_, folder_.path()); }
  std::string refusal() { return settings().error().message; }

  TemporaryFolder folder_;
  MessageServerConfig config_;
  MessageServerOptions options_;
};

TEST_F(MessageSettingsTest, Defaults) {
  auto read = must(settings());
  EXPECT_EQ(read.database.driver, "sqlite3");
  EXPECT_EQ(read.database.dsn, (folder_ / "messages.db").string());
  EXPECT_EQ(read.service.fees.max_fee, kAttoPerFil * 7 / 100);
  EXPECT_EQ(read.service.window, 100u);
  EXPECT_EQ(read.nodes.at(0).port, 1234);
}

TEST_F(MessageSettingsTest, EveryDefaultOfTheFileReadsBack) {
  std::string text = default_config_text<MessageServerConfig>(), open;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    std::string line = text.substr(at, end - at);
    if (line.starts_with("  #") && line.find(" = ") != std::string::npos && line[3] != ' ') line.erase(2, 1);
    open += line + "\n";
    at = end + 1;
  }
  must(write_file(folder_ / "c.toml", open));
  std::vector<std::string> unknown;
  auto config = must(load_config<MessageServerConfig>(folder_ / "c.toml", &unknown));
  EXPECT_TRUE(unknown.empty());
  EXPECT_EQ(config.api_listen_address, MessageServerConfig().api_listen_address);
  EXPECT_EQ(config.database_patience, MessageServerConfig().database_patience);
  EXPECT_EQ(config.libp2p_listen, MessageServerConfig().libp2p_listen);
}

TEST_F(MessageSettingsTest, CeilingsByKind) {
  config_.max_fee_of_kinds = {"SubmitWindowedPoSt=5 FIL", "Send=0.01"};
  auto rules = must(settings()).service.fees;
  EXPECT_EQ(rules.kinds.at("SubmitWindowedPoSt"), kAttoPerFil * 5);
  EXPECT_EQ(rules.kinds.at("Send"), kAttoPerFil / 100);
  for (const char* bad : {"Send", "=5 FIL", "Send=much", "Send=0"}) {
    config_.max_fee_of_kinds = {bad};
    EXPECT_THAT(refusal(), HasSubstr("Fees.Kinds")) << bad;
  }
}

TEST_F(MessageSettingsTest, NumbersOutOfRangeNameTheOption) {
  config_.window = 0;
  EXPECT_THAT(refusal(), HasSubstr("Publish.Window"));
  config_.window = 1;
  config_.database_sessions = 0;
  EXPECT_THAT(refusal(), HasSubstr("Database.Sessions"));
}

TEST_F(MessageSettingsTest, SignersAreKeyAddresses) {
  config_.required_signers = {"f01000"};
  EXPECT_THAT(refusal(), HasSubstr("is no key address"));
  config_.required_signers = {"nonsense"};
  EXPECT_THAT(refusal(), HasSubstr("Keys.RequiredSigners"));
}

TEST_F(MessageSettingsTest, ANodeIsFoundOrAskedFor) {
  config_.nodes.clear();
  EXPECT_THAT(refusal(), HasSubstr("Nodes.ApiInfo names no full node"));
  options_.daemon_api = "/ip4/127.0.0.1/tcp/5/http";
  EXPECT_EQ(must(settings()).nodes.at(0).port, 5);
  config_.nodes = {"nonsense"};
  EXPECT_THAT(refusal(), HasSubstr("Nodes.ApiInfo"));
}

TEST_F(MessageSettingsTest, BootstrapPeersHaveAnId) {
  config_.libp2p_bootstrap = {"/ip4/1.2.3.4/tcp/5/p2p/12D3KooWx"};
  EXPECT_EQ(must(settings()).bootstrap.at(0).id, "12D3KooWx");
  config_.libp2p_bootstrap = {"/ip4/1.2.3.4/tcp/5"};
  EXPECT_THAT(refusal(), HasSubstr("Libp2p.BootstrapPeers"));
}

TEST_F(MessageSettingsTest, AKeyFileIsMadeOnceAndForTheOwnerAlone) {
  auto first = must(open_vault(config_, std::nullopt, folder_.path()));
  ASSERT_TRUE(first.made);
  struct stat info {};
  ASSERT_EQ(::stat(first.made->c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_FALSE(must(open_vault(config_, std::nullopt, folder_.path())).made);
  EXPECT_FALSE(must(open_vault(config_, std::string("words"), folder_.path())).made);
}

TEST_F(MessageSettingsTest, APassphraseFileIsNotMade) {
  config_.passphrase_file = (folder_ / "absent").string();
  EXPECT_EQ(open_vault(config_, std::nullopt, folder_.path()).error().code, ErrorCode::not_found);
  must(write_file(folder_ / "absent", std::string_view("words"), 0644));
  EXPECT_EQ(open_vault(config_, std::nullopt, folder_.path()).error().code, ErrorCode::permission);
}

}  // namespace
}  // namespace nelumbo::node
