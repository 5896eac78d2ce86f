#include "grants.hpp"

#include <map>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.hpp"
#include "types/eth_address.hpp"

namespace nelumbo::node {
namespace {

using ::testing::HasSubstr;

const Address kFaucet = must(Address::bls(Bytes(48, 9)));
const Address kKey = must(Address::secp256k1(Bytes(65, 1)));
const Address kId = Address::from_id(1234);

struct SetClock : Clock {
  mutable TimePoint time = from_unix_seconds(1'800'000'000);
  TimePoint now() const override { return time; }
  bool wait_until(TimePoint, std::stop_token) const override { return true; }
};

class GrantsTest : public ::testing::Test {
 protected:
  GrantsTest() { open(); }

  /// As the program does at its start.
  void open() {
    grants.reset();
    store.reset();
    store = must(KvStore::open(folder / "datastore", Grants::spaces()));
    GrantSteps steps;
    steps.names = [](const Address& wallet) -> Result<std::vector<Address>> {
      if (wallet == kId) return std::vector{kId, kKey};
      if (wallet == kKey) return std::vector{kKey, kId};
      return std::vector{wallet};
    };
    steps.send = [this](const Message& message, const std::string& uuid) -> Result<Cid> {
      std::lock_guard lock(mutex);
      sent.emplace(uuid, message);
      if (broken) return fail(ErrorCode::unavailable, "the connection broke");
      return sent.at(uuid).cid();
    };
    steps.fate = [this](const Cid& cid) -> Result<GrantFate> {
      return mined ? GrantFate{cid, "on chain", "", 77} : GrantFate{cid, "waiting", "in no block yet", 0};
    };
    grants = std::make_unique<Grants>(rules, std::move(steps), store, clock);
  }
  void pass(std::chrono::seconds time) { clock->time += time; }
  Error refused(const std::string& wallet) {
    auto result = grants->grant(wallet);
    EXPECT_FALSE(result) << wallet;
    return result ? Error{} : result.error();
  }

  TemporaryFolder folder;
  std::shared_ptr<SetClock> clock = std::make_shared<SetClock>();
  GrantRules rules{.sender = kFaucet, .amount = kAttoPerFil * 5, .interval = std::chrono::minutes(10)};
  std::mutex mutex;
  std::map<std::string, Message> sent;  ///< by uuid
  bool broken = false, mined = false;
  std::shared_ptr<KvStore> store;
  std::unique_ptr<Grants> grants;
};

TEST_F(GrantsTest, SendsOnceAndSaysWhenTheNextIsPossible) {
  auto given = must(grants->grant(kKey.str()));
  EXPECT_EQ(given.state, "waiting");
  EXPECT_EQ(given.amount, kAttoPerFil * 5);
  EXPECT_EQ(given.next_seconds, 600);
  ASSERT_EQ(sent.size(), 1u);
  const auto& message = sent.begin()->second;
  EXPECT_EQ(message.to, kKey);
  EXPECT_EQ(message.from, kFaucet);
  EXPECT_EQ(given.cid, message.cid());
  pass(std::chrono::minutes(4));
  auto early = refused(kKey.str());
  EXPECT_EQ(early.code, ErrorCode::exists);
  EXPECT_THAT(early.message, HasSubstr("the next grant is possible in 6 min"));
  pass(std::chrono::minutes(6));
  EXPECT_TRUE(grants->grant(kKey.str()));
  EXPECT_EQ(sent.size(), 2u);
}

TEST_F(GrantsTest, AWalletIsOneUnderAllItsNames) {
  EXPECT_TRUE(grants->grant(kKey.str()));
  EXPECT_EQ(refused(kId.str()).code, ErrorCode::exists);
  auto main = kKey.str();
  main[0] = main[0] == 'f' ? 't' : 'f';
  EXPECT_EQ(refused("  " + main + "\n").code, ErrorCode::exists);
  pass(std::chrono::minutes(10));
  EXPECT_TRUE(grants->grant(kId.str()));
  EXPECT_EQ(refused(kKey.str()).code, ErrorCode::exists);
  EXPECT_EQ(must(grants->state(kKey.str())).cid, must(grants->state(kId.str())).cid);
}

TEST_F(GrantsTest, ARestartForgetsNothing) {
  EXPECT_TRUE(grants->grant(kKey.str()));
  open();
  EXPECT_EQ(refused(kKey.str()).code, ErrorCode::exists);
  EXPECT_EQ(must(grants->state(kKey.str())).state, "waiting");
}

TEST_F(GrantsTest, ALostAnswerIsStillOneGrant) {
  broken = true;
  EXPECT_THAT(refused(kKey.str()).message, HasSubstr("asking again is safe"));
  EXPECT_EQ(must(grants->state(kKey.str())).state, "sending");
  open();
  rules.amount = kAttoPerFil;
  open();  // another amount is configured meanwhile: what was promised under that id stays
  broken = false;
  pass(std::chrono::hours(2));
  auto given = must(grants->grant(kKey.str()));
  EXPECT_EQ(sent.size(), 1u);
  EXPECT_EQ(given.amount, kAttoPerFil * 5);
  // The time counts from when it was sent, not from when it was asked for.
  EXPECT_EQ(refused(kKey.str()).code, ErrorCode::exists);
}

TEST_F(GrantsTest, TheHourIsLimitedForAllTogether) {
  rules.hourly_limit = 3;
  open();
  for (ActorId id = 2000; id < 2003; ++id) EXPECT_TRUE(grants->grant(Address::from_id(id).str()));
  EXPECT_EQ(must(grants->hourly_left()), 0);
  auto full = refused("f02003");
  EXPECT_EQ(full.code, ErrorCode::exhausted);
  EXPECT_THAT(full.message, HasSubstr("possible in 60 min"));
  open();
  EXPECT_EQ(refused("f02003").code, ErrorCode::exhausted);
  pass(std::chrono::hours(1));
  pass(std::chrono::seconds(1));
  EXPECT_EQ(must(grants->hourly_left()), 3);
  EXPECT_TRUE(grants->grant("f02003"));
}

TEST_F(GrantsTest, ManyAtOnceAreOneGrant) {
  std::vector<std::jthread> callers;
  for (int i = 0; i < 8; ++i) callers.emplace_back([&] { (void)grants->grant(kKey.str()); });
  callers.clear();
  EXPECT_EQ(sent.size(), 1u);
}

TEST_F(GrantsTest, WhatIsNoWalletIsRefusedWithTheReason) {
  for (auto [text, reason] : {
           std::pair{"", "no wallet was given"},
           std::pair{"   ", "no wallet was given"},
           std::pair{"x1abcdef", "starts with neither f nor t"},
           std::pair{"f5abcdef", "unknown address protocol"},
           std::pair{"f1abjxfbp274xpdqcpuaykwkfb43omjotacm2p3za2", "f1abjxfbp"},
           std::pair{"f099", "network's own actors"},
           std::pair{"0x12", "Ethereum"},
       }) {
    auto error = refused(text);
    EXPECT_EQ(error.code, ErrorCode::invalid) << text;
    EXPECT_THAT(error.message, HasSubstr(reason)) << text;
  }
  EXPECT_THAT(refused(kFaucet.str()).message, HasSubstr("faucet's own wallet"));
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(must(grants->hourly_left()), rules.hourly_limit);
}

TEST_F(GrantsTest, EthereumsFormIsTheSameWallet) {
  const auto eth = must(EthAddress::parse("0x00000000000000000000000000000000000a11ce"));
  EXPECT_TRUE(grants->grant(eth.str()));
  EXPECT_EQ(refused(eth.f410().str()).code, ErrorCode::exists);
}

TEST_F(GrantsTest, TheStateFollowsTheMessage) {
  EXPECT_EQ(must(grants->state(kKey.str())).state, "none");
  EXPECT_TRUE(grants->grant(kKey.str()));
  EXPECT_EQ(must(grants->state(kKey.str())).detail, "in no block yet");
  mined = true;
  auto now = must(grants->state(kKey.str()));
  EXPECT_EQ(now.state, "on chain");
  EXPECT_EQ(now.epoch, 77);
}

}  // namespace
}  // namespace nelumbo::node
