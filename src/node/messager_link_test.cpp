// The way through a message server, with a server that has no chain behind it.
#include "messager_link.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rpc/server.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::node {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace api = rpc::message;

const Address kTheirs = must(Address::bls(Bytes(48, 1))), kOwn = must(Address::bls(Bytes(48, 2)));

Message message_from(const Address& from) {
  Message out;
  out.from = from;
  out.to = Address::from_id(1000);
  out.value = 5;
  return out;
}

/// Answers as a message server does: one key, one message for a uuid.
class FakeServer {
 public:
  explicit FakeServer(uint16_t port = 0) {
    server_ = must(rpc::Server::make({.port = port, .default_permissions = rpc::kAllPermissions}));
    server_->bind(rpc::common::Version, []() -> Result<rpc::Version> { return rpc::Version{.version = "test"}; });
    server_->bind(api::WalletHas, [](const Address& address) -> Result<bool> { return address == kTheirs; });
    server_->bind(api::MpoolPushMessage,
                  [this](const Message& message, const std::optional<rpc::MessageSendSpec>& spec) {
                    return take(message, *spec);
                  });
    server_->bind(api::MessageGet, [this](const Cid& cid) -> Result<rpc::MessageRecord> {
      std::lock_guard lock(mutex_);
      for (const auto& [uuid, each] : rows) {
        if (each.cid() == cid) return rpc::MessageRecord{.cid = cid, .message = each, .uuid = uuid};
      }
      return fail(ErrorCode::not_found, "no such message");
    });
    server_->bind(api::MessageReportPeers, [this](const std::vector<rpc::PeerInfo>& peers) -> Result<> {
      std::lock_guard lock(mutex_);
      ++reports;
      reported = peers;
      changed_.notify_all();
      return {};
    });
    server_->start();
  }
  rpc::ApiInfo where() const { return {"", "127.0.0.1", server_->port()}; }

  bool wait_for_reports(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return reports >= count; });
  }

  std::map<std::string, SignedMessage> rows;
  std::vector<rpc::MessageSendSpec> specs;
  std::vector<rpc::PeerInfo> reported;
  int reports = 0;
  int lose_answers = 0;  ///< so many messages are stored without their sender hearing of it
  bool poor = false;     ///< no funds

 private:
  Result<SignedMessage> take(const Message& message, const rpc::MessageSendSpec& spec) {
    std::lock_guard lock(mutex_);
    specs.push_back(spec);
    if (poor) return fail(ErrorCode::invalid, "not enough funds");
    if (auto known = rows.find(spec.msg_uuid); known != rows.end()) return known->second;
    SignedMessage out{message, {SignatureType::bls, Bytes(96)}};
    out.message.nonce = rows.size();
    rows.emplace(spec.msg_uuid, out);
    if (lose_answers > 0) {
      --lose_answers;
      return fail(ErrorCode::unavailable, "the answer is lost");
    }
    return out;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<rpc::Server> server_;  // last: stops before what its handlers use is gone
};

MessagerLink::Config config_for(const rpc::ApiInfo& where) {
  MessagerLink::Config out;
  out.where = where;
  out.key_address = [](const Address& address) -> Result<Address> {
    return address == Address::from_id(101) ? kTheirs : address;
  };
  out.connect_limit = std::chrono::seconds(2);
  out.check_every = std::chrono::milliseconds(5);
  out.report_every = std::chrono::milliseconds(5);
  return out;
}

/// Polls what a thread of the link changes.
template <class F>
bool eventually(F condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

TEST(MessagerLink, SendsForItsSendersWithFeeAndId) {
  FakeServer server;
  MessagerLink link(config_for(server.where()));
  auto sent = must(link.push(message_from(kTheirs), {.max_fee = 77, .msg_uuid = "one", .maximize_fee_cap = true}));
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->message.value, TokenAmount(5));
  ASSERT_EQ(server.specs.size(), 1u);
  EXPECT_EQ(server.specs[0].max_fee, TokenAmount(77));
  EXPECT_EQ(server.specs[0].msg_uuid, "one");
  EXPECT_TRUE(server.specs[0].maximize_fee_cap);
}

TEST(MessagerLink, ASenderByItsIdIsItsKey) {
  FakeServer server;
  MessagerLink link(config_for(server.where()));
  auto sent = must(link.push(message_from(Address::from_id(101)), {}));
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->message.from, kTheirs);
}

TEST(MessagerLink, LeavesUnknownSendersToTheirOwnWallet) {
  FakeServer server;
  MessagerLink link(config_for(server.where()));
  EXPECT_FALSE(must(link.push(message_from(kOwn), {})));
  EXPECT_TRUE(server.rows.empty());
}

TEST(MessagerLink, ARepeatedOrLostCallIsOneMessage) {
  FakeServer server;
  MessagerLink link(config_for(server.where()));
  auto first = must(link.push(message_from(kTheirs), {.msg_uuid = "one"}));
  auto again = must(link.push(message_from(kTheirs), {.msg_uuid = "one"}));
  EXPECT_EQ(first->cid(), again->cid());
  EXPECT_EQ(server.rows.size(), 1u);
  // Without an id of the caller's own, the link gives one before it tries again.
  server.lose_answers = 1;
  EXPECT_TRUE(must(link.push(message_from(kTheirs), {})));
  EXPECT_EQ(server.rows.size(), 2u);
}

TEST(MessagerLink, TheServersRefusalReachesTheCaller) {
  FakeServer server;
  server.poor = true;
  MessagerLink link(config_for(server.where()));
  auto refused = link.push(message_from(kTheirs), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_THAT(refused.error().message, HasSubstr("not enough funds"));
}

TEST(MessagerLink, NothingGoesAnotherWayWhileTheServerIsAway) {
  auto config = config_for({"", "127.0.0.1", 1});
  MessagerLink link(config);
  auto sent = link.push(message_from(kOwn), {});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::unavailable);
  EXPECT_THAT(sent.error().message, HasSubstr("nothing was sent"));
}

TEST(MessagerLink, FindsWhatBecameOfAMessage) {
  FakeServer server;
  MessagerLink link(config_for(server.where()));
  auto sent = must(link.push(message_from(kTheirs), {.msg_uuid = "one"}));
  auto found = must(link.find(sent->cid()));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->uuid, "one");
  EXPECT_FALSE(must(link.find(Cid::of(as_bytes("another")))));
}

TEST(MessagerLink, TellsWhetherTheServerAnswersAndReportsPeersAgain) {
  auto server = std::make_unique<FakeServer>();
  const auto where = server->where();
  MessagerLink link(config_for(where));
  EXPECT_THAT(link.state_line(), HasSubstr("was not asked yet"));
  link.start([] { return std::vector<rpc::PeerInfo>{{"self", {"/ip4/127.0.0.1/tcp/1"}}, {"other", {}}}; });
  ASSERT_TRUE(server->wait_for_reports(2));
  EXPECT_EQ(server->reported.size(), 2u);
  EXPECT_EQ(server->reported[0].addrs, std::vector<std::string>{"/ip4/127.0.0.1/tcp/1"});
  EXPECT_THAT(link.state_line(), HasSubstr("answers"));
  server.reset();
  EXPECT_TRUE(eventually([&] { return link.state_line().find("does not answer") != std::string::npos; }));
  server = std::make_unique<FakeServer>(where.port);
  EXPECT_TRUE(eventually([&] { return link.state_line().find(" answers") != std::string::npos; }));
  EXPECT_TRUE(server->wait_for_reports(1));
  link.stop();
}

TEST(MessagerLink, ComesFromTheConfiguration) {
  auto key = [](const Address& address) -> Result<Address> { return address; };
  EXPECT_FALSE(must(make_messager_link("", key)));
  EXPECT_TRUE(must(make_messager_link("ey.ab.cd:/ip4/127.0.0.1/tcp/5678/http", key)));
  auto wrong = make_messager_link("nonsense", key);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, StartsWith("[Messager] ApiInfo"));
}

}  // namespace
}  // namespace nelumbo::node
