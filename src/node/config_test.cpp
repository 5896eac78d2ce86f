#include "node/config.hpp"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.hpp"

namespace nelumbo::node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Config, NewFileHoldsOnlyCommentedDefaults) {
  TemporaryFolder folder;
  auto file = folder / "config.toml";
  std::string text = default_config_text<DaemonConfig>();
  EXPECT_THAT(text, HasSubstr("[API]\n"));
  EXPECT_THAT(text, HasSubstr("#ListenAddress = \"/ip4/127.0.0.1/tcp/1234/http\""));
  EXPECT_THAT(text, HasSubstr("# env var: LOTUS_API_LISTENADDRESS"));
  must(write_file(file, text));
  std::vector<std::string> unknown;
  auto config = must(load_config<DaemonConfig>(file, &unknown));
  EXPECT_EQ(config.api_listen_address, DaemonConfig().api_listen_address);
  EXPECT_TRUE(unknown.empty());
}

TEST(Config, EveryDefaultReadsBackWhenItsCommentIsTakenAway) {
  TemporaryFolder folder;
  std::string text = default_config_text<DaemonConfig>(), open;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    std::string line = text.substr(at, end - at);
    if (line.starts_with("  #") && line.find(" = ") != std::string::npos && line[3] != ' ') line.erase(2, 1);
    open += line + "\n";
    at = end + 1;
  }
  must(write_file(folder / "c.toml", open));
  std::vector<std::string> unknown;
  auto config = must(load_config<DaemonConfig>(folder / "c.toml", &unknown));
  EXPECT_TRUE(unknown.empty());
  EXPECT_EQ(config.api_timeout, DaemonConfig().api_timeout);
  EXPECT_EQ(config.default_max_fee, DaemonConfig().default_max_fee);
  EXPECT_EQ(config.libp2p_listen, DaemonConfig().libp2p_listen);
}

TEST(Config, FileOverDefaultAndEnvironmentOverFile) {
  TemporaryFolder folder;
  must(write_file(folder / "c.toml",
                  "[API]\nTimeout = \"1m30s\"\nListenAddress = \"/ip4/1.2.3.4/tcp/5/http\"\n[Fees]\nDefaultMaxFee = "
                  "\"0.5 FIL\"\n"));
  setenv("LOTUS_API_LISTENADDRESS", "/ip4/9.9.9.9/tcp/9/http", 1);
  auto config = load_config<DaemonConfig>(folder / "c.toml");
  unsetenv("LOTUS_API_LISTENADDRESS");
  EXPECT_EQ(must(config).api_listen_address, "/ip4/9.9.9.9/tcp/9/http");
  EXPECT_EQ(config->api_timeout, Seconds(90));
  EXPECT_EQ(config->default_max_fee, kAttoPerFil / 2);
}

TEST(Config, ListsOfTexts) {
  TemporaryFolder folder;
  const auto file = folder / "c.toml";
  must(write_file(file, "[Libp2p]\nBootstrapPeers = [\"/dnsaddr/a\", \"/dnsaddr/b\"]\nListenAddresses = []\n"));
  setenv("LOTUS_LIBP2P_BLACKLISTPEERS", "x,y", 1);
  auto config = must(load_config<DaemonConfig>(file));
  unsetenv("LOTUS_LIBP2P_BLACKLISTPEERS");
  EXPECT_THAT(config.libp2p_bootstrap, ElementsAre("/dnsaddr/a", "/dnsaddr/b"));
  EXPECT_TRUE(config.libp2p_listen.empty());
  EXPECT_THAT(config.libp2p_blacklist, ElementsAre("x", "y"));
  for (const char* bad : {"1", "\"one\"", "[1, 2]"}) {
    must(write_file(file, fmt::format("[Libp2p]\nBootstrapPeers = {}\n", bad)));
    EXPECT_THAT(load_config<DaemonConfig>(file).error().message, HasSubstr("Libp2p.BootstrapPeers")) << bad;
  }
}

TEST(Config, SectionsInSections) {
  TemporaryFolder folder;
  must(write_file(
      folder / "c.toml",
      "[Chainstore]\nEnableSplitstore = true\n[Chainstore.Splitstore]\nColdStoreType = \"discard\"\nX = 1\n"));
  setenv("LOTUS_CHAINSTORE_SPLITSTORE_HOTSTOREMESSAGERETENTION", "3", 1);
  std::vector<std::string> unknown;
  auto config = load_config<DaemonConfig>(folder / "c.toml", &unknown);
  unsetenv("LOTUS_CHAINSTORE_SPLITSTORE_HOTSTOREMESSAGERETENTION");
  EXPECT_TRUE(must(config).enable_splitstore);
  EXPECT_EQ(config->cold_store_type, "discard");
  EXPECT_EQ(config->message_retention, 3);
  EXPECT_THAT(unknown, ElementsAre("Chainstore.Splitstore.X"));
}

TEST(Config, BadInputNamesTheOption) {
  TemporaryFolder folder;
  must(write_file(folder / "kind.toml", "[API]\nTimeout = 30\n"));
  EXPECT_THAT(load_config<DaemonConfig>(folder / "kind.toml").error().message, HasSubstr("API.Timeout"));
  must(write_file(folder / "syntax.toml", "[API\n"));
  EXPECT_THAT(load_config<DaemonConfig>(folder / "syntax.toml").error().message, HasSubstr("line 1"));
  must(write_file(folder / "unknown.toml", "[API]\nColour = 1\n[Sea]\nX = 2\n"));
  std::vector<std::string> unknown;
  must(load_config<DaemonConfig>(folder / "unknown.toml", &unknown));
  EXPECT_THAT(unknown, ElementsAre("API.Colour", "Sea.X"));
}

TEST(Config, Durations) {
  EXPECT_EQ(must(parse_duration("1h2m3s")), Seconds(3723));
  EXPECT_EQ(duration_string(Seconds(3723)), "1h2m3s");
  EXPECT_EQ(duration_string(Seconds(30)), "30s");
  for (const char* bad : {"", "30", "s", "3d", "-1s", "99999999999999999999s"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

}  // namespace
}  // namespace nelumbo::node
