#include "pool/check.hpp"

#include <gtest/gtest.h>

#include "test_chain.hpp"

namespace nelumbo::pool {
namespace {

using namespace testing;

class CheckTest : public ::testing::Test {
 protected:
  void SetUp() override {
    chain->accounts[alice.address] = {5, kAttoPerFil};
    chain->head_ = chain->add(chain->head_, 1, {});
    pool = must(MessagePool::open(chain, store, [](const SignedMessage&) -> Result<> { return {}; }));
  }
  /// The checks that failed, of a message sent now.
  std::vector<Check> failures(const Message& message, bool valid_nonce = true) {
    std::vector<Check> out;
    const auto lists = must(check_messages(*pool, *chain, {{message, valid_nonce}}));
    for (const auto& outcome : lists.front()) {
      EXPECT_EQ(outcome.message, message.cid());
      if (!outcome.ok) {
        EXPECT_FALSE(outcome.error.empty());
        out.push_back(outcome.check);
      }
    }
    return out;
  }

  Key alice = Key::make(SignatureType::secp256k1);
  std::shared_ptr<FakeChain> chain = std::make_shared<FakeChain>();
  std::shared_ptr<KvStore> store = fresh_store({std::string(kLocalSpace)});
  std::shared_ptr<MessagePool> pool;
};

TEST_F(CheckTest, AGoodMessagePassesEveryCheck) {
  auto lists = must(check_messages(*pool, *chain, {{transfer(alice.address, 5), true}}));
  ASSERT_EQ(lists.size(), 1u);
  EXPECT_EQ(lists.front().size(), 12u);
  EXPECT_TRUE(failures(transfer(alice.address, 5)).empty());
}

TEST_F(CheckTest, NamesWhatIsWrong) {
  EXPECT_EQ(failures(transfer(alice.address, 7)), std::vector{Check::nonce});
  EXPECT_TRUE(failures(transfer(alice.address, 7), false).empty()) << "a free nonce is always right";
  auto message = transfer(alice.address, 5);
  message.value = kAttoPerFil * 2;
  EXPECT_EQ(failures(message), std::vector{Check::balance});
  message = transfer(alice.address, 5);
  message.gas_limit = 1;
  EXPECT_EQ(failures(message), std::vector{Check::min_gas});
  message = transfer(alice.address, 5);
  message.gas_fee_cap = message.gas_premium = 1;
  EXPECT_EQ(failures(message).front(), Check::min_base_fee);
  message = transfer(alice.address, 5);
  message.version = 3;
  EXPECT_EQ(failures(message), std::vector{Check::validity});
  EXPECT_EQ(failures(transfer(Key::make(SignatureType::secp256k1).address, 0)), std::vector{Check::get_state_nonce});
}

TEST_F(CheckTest, MessagesOfOneSenderFollowOneAnother) {
  ASSERT_TRUE(pool->push(alice.sign(transfer(alice.address, 5))));
  EXPECT_TRUE(failures(transfer(alice.address, 6)).empty());
  EXPECT_EQ(failures(transfer(alice.address, 5)), std::vector{Check::nonce});
  auto lists = must(check_messages(*pool, *chain, {{transfer(alice.address, 6), true}, {transfer(alice.address, 7), true}}));
  for (const auto& list : lists) {
    for (const auto& outcome : list) EXPECT_TRUE(outcome.ok) << outcome.error;
  }
}

TEST_F(CheckTest, PendingOnesAreCheckedAgainstTheStateAndMayBeReplaced) {
  ASSERT_TRUE(pool->push(alice.sign(transfer(alice.address, 5))));
  ASSERT_TRUE(pool->push(alice.sign(transfer(alice.address, 6))));
  auto pending = must(check_pending(*pool, *chain, alice.address));
  ASSERT_EQ(pending.size(), 2u);
  for (const auto& list : pending) {
    for (const auto& outcome : list) EXPECT_TRUE(outcome.ok) << outcome.error;
  }
  auto dear = transfer(alice.address, 6);
  dear.value = kAttoPerFil * 2;
  auto replaced = must(check_replacing(*pool, *chain, {dear}));
  ASSERT_EQ(replaced.size(), 2u);
  EXPECT_EQ(replaced.back().front().message, dear.cid());
  EXPECT_FALSE(replaced.back().back().ok);
  EXPECT_TRUE(must(check_pending(*pool, *chain, Key::make(SignatureType::bls).address)).empty());
}

}  // namespace
}  // namespace nelumbo::pool
