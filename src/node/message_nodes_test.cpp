// Full nodes of which only the API is there: which of them a message server works with.
#include "message_nodes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.hpp"
#include "rpc/jwt.hpp"
#include "rpc/methods.hpp"
#include "rpc/server.hpp"

namespace nelumbo::node {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr auto kLimit = 10s;

class FakeNode {
 public:
  explicit FakeNode(std::string network, rpc::ApiVersion version = rpc::kFullApiVersion1)
      : network_(std::move(network)) {
    auto verify = [this](std::string_view token) { return rpc::verify_token(secret_, token); };
    server_ = must(rpc::Server::make({.verify = verify}));
    server_->bind(rpc::common::Version,
                  [=]() -> Result<rpc::Version> { return rpc::Version{.version = "test", .api_version = version}; });
    server_->bind(rpc::common::AuthVerify, [=](const std::string& token) -> Result<std::vector<std::string>> {
      return TRY(verify(token)).names();
    });
    server_->bind(rpc::full::StateGetNetworkParams, [this]() -> Result<rpc::ApiNetworkParams> {
      return rpc::ApiNetworkParams{.network_name = network_, .block_delay_secs = 1, .eip155_chain_id = 31415926};
    });
    server_->bind(rpc::full::MpoolGetNonce, [](const Address&) -> Result<uint64_t> { return 7; });
    server_->start();
  }
  rpc::ApiInfo where(rpc::Permissions permissions = rpc::kAllPermissions) const {
    return {rpc::make_token(secret_, permissions), "127.0.0.1", server_->port()};
  }

 private:
  const Bytes secret_ = Bytes(32, 1);
  const std::string network_;
  std::unique_ptr<rpc::Server> server_;
};

/// Nobody listens there.
const rpc::ApiInfo kNobody{"", "127.0.0.1", 1};

TEST(MessageNodes, NodesOfOneNetworkAgree) {
  FakeNode a("net"), b("net");
  auto survey = must(survey_network({a.where(), kNobody, b.where()}, std::nullopt, kLimit));
  ASSERT_TRUE(survey.network);
  EXPECT_EQ(survey.network->name, "net");
  EXPECT_EQ(survey.network->addresses(), AddressNetwork::testnet);
  ASSERT_EQ(survey.silent.size(), 1u);
  EXPECT_THAT(survey.silent[0], HasSubstr("127.0.0.1:1: "));
}

TEST(MessageNodes, WhileNobodyAnswersOnlyTheKnownNetworkCounts) {
  EXPECT_FALSE(must(survey_network({kNobody}, std::nullopt, kLimit)).network);
  const MessageNetwork known{"net", 1, 30};
  EXPECT_EQ(must(survey_network({kNobody}, known, kLimit)).network, known);
}

TEST(MessageNodes, AnotherNetworkIsRefused) {
  FakeNode a("net"), b("other");
  EXPECT_THAT(survey_network({a.where(), b.where()}, std::nullopt, kLimit).error().message,
              HasSubstr("is on the network other (chain id 31415926), this server is on net"));
  EXPECT_FALSE(survey_network({b.where()}, MessageNetwork{"net", 31415926, 1}, kLimit));
}

TEST(MessageNodes, AnotherVersionOrATokenThatMayNotPushIsRefused) {
  FakeNode old("net", rpc::ApiVersion::make(1, 0, 0)), good("net");
  EXPECT_EQ(survey_network({old.where()}, std::nullopt, kLimit).error().code, ErrorCode::unsupported);
  EXPECT_THAT(survey_network({good.where(rpc::kReadOnly)}, std::nullopt, kLimit).error().message,
              HasSubstr("lacks the permission write"));
  auto foreign = good.where();
  foreign.token = rpc::make_token(Bytes(32, 2), rpc::kAllPermissions);
  EXPECT_THAT(survey_network({foreign}, std::nullopt, kLimit).error().message, HasSubstr("refused the token"));
}

TEST(MessageNodes, AGuardedNodeOfAnotherNetworkIsNotAsked) {
  FakeNode node("net");
  const auto address = Address::from_id(100);
  EXPECT_EQ(must(guard_node(node.where(), {"net", 31415926, 1}, kLimit)->pool_nonce(address)), 7u);
  auto wrong = guard_node(node.where(), {"other", 31415926, 1}, kLimit)->pool_nonce(address);
  EXPECT_EQ(wrong.error().code, ErrorCode::invalid);
  EXPECT_THAT(wrong.error().message, HasSubstr("is on the network net"));
}

TEST(MessageNodes, TheNetworkIsRemembered) {
  TemporaryFolder folder;
  EXPECT_FALSE(must(stored_network(folder.path())));
  const MessageNetwork network{"net", 314, 30};
  must(store_network(folder.path(), network));
  EXPECT_EQ(must(stored_network(folder.path())), network);
  must(write_file(folder / "network.json", std::string_view("{")));
  EXPECT_FALSE(stored_network(folder.path()));
}

}  // namespace
}  // namespace nelumbo::node
