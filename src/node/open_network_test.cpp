#include "open_network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nelumbo::node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(HostIdentity, IsMadeOnceAndKeptAsLotusDoes) {
  auto keys = wallet::make_memory_key_store();
  auto identity = must(host_identity(*keys));
  EXPECT_EQ(must(host_identity(*keys)), identity);
  auto stored = must(keys->get("libp2p-host"));
  EXPECT_EQ(stored.type, "libp2p-host");
  EXPECT_EQ(stored.private_key, identity);
  EXPECT_THAT(must(p2p::peer_id_of(identity)), testing::StartsWith("12D3KooW"));
}

class PolicyTest : public ::testing::Test {
 protected:
  DaemonConfig config;
  DaemonOptions options{.network_file = "network.json"};
  NetworkParams params = devnet_params();
};

TEST_F(PolicyTest, FollowsTheConfiguration) {
  config.libp2p_bootstrap = {"/dnsaddr/a"};
  config.libp2p_whitelist = {"/ip4/1.2.3.4/tcp/5/p2p/W"};
  config.libp2p_blacklist = {"B"};
  config.libp2p_protected = {"P"};
  config.conn_mgr_low = 5;
  config.conn_mgr_high = 9;
  auto policy = must(peer_policy(config, options, params));
  EXPECT_THAT(policy.bootstrap, ElementsAre("/dnsaddr/a"));
  EXPECT_THAT(policy.blacklist, ElementsAre("B"));
  EXPECT_THAT(policy.protected_peers, ElementsAre("P"));
  EXPECT_EQ(policy.low, 5u);
  EXPECT_EQ(policy.high, 9u);
  EXPECT_FALSE(policy.only_white);
  options.bootstrap = false;
  EXPECT_TRUE(must(peer_policy(config, options, params)).bootstrap.empty());
}

TEST_F(PolicyTest, ATestNetworkHasNoPublicBootstrapPeers) {
  EXPECT_TRUE(must(peer_policy(config, options, params)).bootstrap.empty());
}

TEST_F(PolicyTest, WhatCannotBeMeantIsRefused) {
  options.only_white_peer = true;
  EXPECT_THAT(peer_policy(config, options, params).error().message, HasSubstr("WhitelistPeers"));
  config.libp2p_whitelist = {"/ip4/1.2.3.4/tcp/5"};
  EXPECT_THAT(peer_policy(config, options, params).error().message, HasSubstr("/p2p/"));
  config.libp2p_whitelist = {"/ip4/1.2.3.4/tcp/5/p2p/W"};
  EXPECT_TRUE(must(peer_policy(config, options, params)).only_white);
  config.conn_mgr_low = 10;
  config.conn_mgr_high = 9;
  EXPECT_THAT(peer_policy(config, options, params).error().message, HasSubstr("ConnMgrLow"));
}

}  // namespace
}  // namespace nelumbo::node
