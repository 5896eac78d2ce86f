#include "pool/gas.hpp"

#include <gtest/gtest.h>

#include "pool/sender.hpp"
#include "test_chain.hpp"

namespace nelumbo::pool {
namespace {

using namespace testing;

TEST(Gas, CapLowersFeeCapAndPremium) {
  auto m = transfer(Address::from_id(5), 0, 900'000, 1'000'000);
  m.gas_fee_cap = 1'000'000;
  auto untouched = m;
  cap_gas_fee(untouched, kDefaultMaxFee, {});
  EXPECT_EQ(untouched, m);
  cap_gas_fee(m, TokenAmount(500'000'000'000), {});
  EXPECT_EQ(m.gas_fee_cap, 500'000);
  EXPECT_EQ(m.gas_premium, 500'000);
  cap_gas_fee(m, kDefaultMaxFee, {.max_fee = kAttoPerFil, .maximize_fee_cap = true});
  EXPECT_EQ(m.gas_fee_cap, kAttoPerFil / 1'000'000);
}

TEST(Gas, MedianPremium) {
  const int64_t target = kBlockGasLimit / 2;
  EXPECT_EQ(median_premium({}, 1), 0);
  // lotus's known answers (node/impl/gasutils tests)
  EXPECT_EQ(median_premium({{5, target}}, 1), 5);
  EXPECT_EQ(median_premium({{5, target}, {10, target}}, 1), 10);
  EXPECT_EQ(median_premium({{10, target / 2}, {20, target / 2}}, 1), 15);
  EXPECT_EQ(median_premium({{10, target / 2}, {20, target / 2}, {30, target / 2}}, 1), 25);
  EXPECT_EQ(median_premium({{10, target / 2}, {20, target / 2}, {30, target / 2}}, 2), 15);
}

class GasEstimatorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    chain->accounts[alice.address] = {0, kAttoPerFil * 1000};
    pool = must(MessagePool::open(chain, store, nullptr));
    estimator = std::make_shared<GasEstimator>(
        chain, pool,
        [this](const Message& m, const std::vector<MessagePtr>& prior, const TipsetPtr&,
               std::string& failure) -> Result<Receipt> {
          EXPECT_EQ(m.gas_fee_cap, 0);
          EXPECT_EQ(m.gas_limit, kBlockGasLimit);
          prior_seen = prior.size();
          if (exit_code != 0) failure = "no such method";
          return Receipt{.exit_code = exit_code, .return_data = {}, .gas_used = 2'000'000, .events_root = {}};
        },
        kDefaultMaxFee, [] { return 1.0; });
  }

  Key alice = Key::make(SignatureType::secp256k1);
  std::shared_ptr<FakeChain> chain = std::make_shared<FakeChain>();
  std::shared_ptr<KvStore> store = fresh_store({std::string(kLocalSpace), std::string(kSentSpace)});
  std::shared_ptr<MessagePool> pool;
  std::shared_ptr<GasEstimator> estimator;
  size_t prior_seen = 0;
  ExitCode exit_code = 0;

  Message bare() {
    Message m = transfer(alice.address, 0);
    m.gas_limit = 0;
    m.gas_fee_cap = m.gas_premium = 0;
    return m;
  }
};

TEST_F(GasEstimatorTest, FillsInWhatIsZero) {
  ASSERT_TRUE(pool->push(alice.sign(transfer(alice.address, 0))));
  auto m = bare();
  m.nonce = 1;
  auto filled = must(estimator->message_gas(m));
  EXPECT_EQ(prior_seen, 1u);
  EXPECT_EQ(filled.gas_limit, 2'500'000);
  EXPECT_EQ(filled.gas_premium, 100'000);
  // 100 attoFIL a gas, 20 times up by an eighth (1054.5 in eight binary places), and the premium.
  EXPECT_EQ(filled.gas_fee_cap, 100'000 + 1054);
  m.gas_premium = 7;
  m.gas_limit = 3'000'000;
  m.gas_fee_cap = 9;
  EXPECT_EQ(must(estimator->message_gas(m)), m);
}

TEST_F(GasEstimatorTest, ShortNoticeCostsMore) {
  EXPECT_EQ(must(estimator->gas_premium(1)), 200'000);
  EXPECT_EQ(must(estimator->gas_premium(2)), 150'000);
  auto m = transfer(alice.address, 0, 5'000'000, kBlockGasLimit / 2);
  auto with = chain->add(chain->head_, 1, {alice.sign(m)});
  chain->head_ = chain->add(with, 2, {});
  EXPECT_EQ(must(estimator->gas_premium(10)), 5'000'000);
}

TEST_F(GasEstimatorTest, SaysWhyAMessageWouldFail) {
  exit_code = 22;
  auto result = estimator->message_gas(bare());
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("exit code 22: no such method"), std::string::npos) << result.error().message;
}

TEST_F(GasEstimatorTest, SenderNumbersMessagesAndRemembersUuids) {
  auto sign = [this](const Address&, const Message& m) -> Result<Signature> { return alice.sign(m).signature; };
  MessageSender sender(local_steps(chain, pool, estimator), sign, store);
  auto first = must(sender.push(bare(), {}, "0d1e"));
  auto second = must(sender.push(bare()));
  EXPECT_EQ(first.message.nonce, 0u);
  EXPECT_EQ(second.message.nonce, 1u);
  EXPECT_EQ(must(sender.push(bare(), {}, "0d1e")), first);
  auto numbered = bare();
  numbered.nonce = 4;
  EXPECT_FALSE(sender.push(numbered));
  auto dear = bare();
  dear.value = kAttoPerFil * 2000;
  auto refused = sender.push(dear);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("not enough funds"), std::string::npos);
  // What was signed and then lost from the pool keeps its nonce.
  ASSERT_TRUE(pool->clear(true));
  MessageSender again(local_steps(chain, pool, estimator), sign, store);
  EXPECT_EQ(must(again.push(bare())).message.nonce, 2u);
}

/// A sender whose pool can be cut off in the midst of a push.
struct CutSender : GasEstimatorTest {
  std::optional<Error> before, after;  ///< what the next pushes fail with, before or after the pool has the message
  MessageSender make() {
    auto steps = local_steps(chain, pool, estimator);
    steps.push = [this, push = steps.push](const SignedMessage& message) -> Result<> {
      if (before) return std::unexpected(*before);
      TRY(push(message));
      if (after) return std::unexpected(*after);
      return {};
    };
    auto sign = [this](const Address&, const Message& m) -> Result<Signature> { return alice.sign(m).signature; };
    return MessageSender(std::move(steps), sign, store);
  }
};

TEST_F(CutSender, ARepeatedUuidIsTheSameMessageWhereverThePushBroke) {
  before = Error{ErrorCode::unavailable, "the line is cut"};
  EXPECT_FALSE(make().push(bare(), {}, "0d1e"));
  EXPECT_EQ(pool->size(), 0u);
  before.reset();
  after = Error{ErrorCode::unavailable, "the line is cut"};
  EXPECT_FALSE(make().push(bare(), {}, "0d1e"));
  EXPECT_EQ(pool->size(), 1u);
  after.reset();
  auto sent = must(make().push(bare(), {}, "0d1e"));
  EXPECT_EQ(sent.message.nonce, 0u);
  EXPECT_EQ(pool->size(), 1u);
  EXPECT_TRUE(pool->find(sent.cid()));
}

TEST_F(CutSender, WhatWasInterruptedGoesOutBeforeTheNextMessage) {
  before = Error{ErrorCode::unavailable, "the line is cut"};
  EXPECT_FALSE(make().push(bare(), {}, "0d1e"));
  before.reset();
  EXPECT_EQ(must(make().push(bare())).message.nonce, 1u);
  EXPECT_EQ(pool->size(), 2u);
  EXPECT_EQ(must(make().push(bare(), {}, "0d1e")).message.nonce, 0u);
  EXPECT_EQ(pool->size(), 2u);
}

TEST_F(CutSender, ARefusedMessageLeavesItsUuidFree) {
  before = Error{ErrorCode::invalid, "the fee cap is too low"};
  EXPECT_FALSE(make().push(bare(), {}, "0d1e"));
  before.reset();
  EXPECT_EQ(must(make().push(bare(), {}, "0d1e")).message.nonce, 0u);
  EXPECT_EQ(must(make().push(bare())).message.nonce, 1u);
}

}  // namespace
}  // namespace nelumbo::pool
