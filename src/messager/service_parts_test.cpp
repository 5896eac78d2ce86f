// Fees, the words of pools, what is committed, the order of nodes.

#include <gtest/gtest.h>

#include "fees.hpp"
#include "nodes.hpp"
#include "push_outcome.hpp"
#include "test_chain.hpp"

namespace nelumbo::messager::testing {

namespace {

Message with_fees(int64_t limit, int64_t cap, int64_t premium) {
  Message out;
  out.gas_limit = limit;
  out.gas_fee_cap = cap;
  out.gas_premium = premium;
  return out;
}

TEST(Fees, CeilingIsOfTheKindAndClientsOnlyLowerIt) {
  FeeRules rules;
  rules.max_fee = 100;
  rules.kinds["SubmitWindowedPoSt"] = 500;
  EXPECT_EQ(fee_ceiling(rules, "Send", 0), 100);
  EXPECT_EQ(fee_ceiling(rules, "SubmitWindowedPoSt", 0), 500);
  EXPECT_EQ(fee_ceiling(rules, "SubmitWindowedPoSt", 300), 300);
  EXPECT_EQ(fee_ceiling(rules, "Send", 300), 100);
}

TEST(Fees, CapStaysUnderTheCeiling) {
  auto message = with_fees(10, 50, 40);
  cap_fee(message, 300, false);
  EXPECT_EQ(message, with_fees(10, 30, 30));
  cap_fee(message, 1000, false);
  EXPECT_EQ(message, with_fees(10, 30, 30));
  cap_fee(message, 1000, true);
  EXPECT_EQ(message, with_fees(10, 100, 30));
}

TEST(Fees, ThatAreTooLowAreSeen) {
  EXPECT_TRUE(fee_too_low(with_fees(1, 99, 50), 100, 0));
  EXPECT_TRUE(fee_too_low(with_fees(1, 120, 50), 100, 30));
  EXPECT_FALSE(fee_too_low(with_fees(1, 130, 50), 100, 30));
}

TEST(Fees, AreRaisedByTheRatioOfPoolsOrToTheEstimate) {
  auto old = with_fees(10, 200, 100);
  auto raised = must(raise_fee(old, with_fees(10, 210, 90), 150, 10'000));
  EXPECT_EQ(raised, with_fees(10, 276, 126));
  raised = must(raise_fee(old, with_fees(10, 900, 300), 150, 10'000));
  EXPECT_EQ(raised, with_fees(10, 900, 300));
  raised = must(raise_fee(old, with_fees(10, 900, 300), 150, 5'000));
  EXPECT_EQ(raised, with_fees(10, 500, 300));
  auto refused = raise_fee(old, with_fees(10, 210, 90), 150, 1'499);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::exhausted);
}

TEST(PoolsWords, AreUnderstood) {
  auto outcome = [](std::string text, ErrorCode code = ErrorCode::failed) {
    return push_outcome(Error{code, std::move(text)});
  };
  using enum PushOutcome;
  // As lotus 1.36 and our own pool say it.
  EXPECT_EQ(outcome("message from f1x with nonce 3 already in mpool: message with nonce already exists"), taken);
  EXPECT_EQ(outcome("the message from f1x with nonce 3 is in the pool already", ErrorCode::exists), taken);
  EXPECT_EQ(outcome("minimum expected nonce is 5, got 3: message nonce too low"), too_low);
  EXPECT_EQ(outcome("nonce 3 is too low; the next of f1x is 5", ErrorCode::invalid), too_low);
  EXPECT_EQ(outcome("message nonce has too big a gap from expected nonce (…): unfulfilled nonce gap"), gap);
  EXPECT_EQ(outcome("nonce 9 is too far above the expected nonce 3", ErrorCode::invalid), gap);
  EXPECT_EQ(outcome("message from f1x with nonce 3 already in mpool, increase GasPremium to 126 from 100 to trigger "
                    "replace by fee: replace by fee has too low GasPremium"),
            other_there);
  EXPECT_EQ(outcome("a message from f1x with nonce 3 is in the pool; to replace it raise the premium from 100 to 111",
                    ErrorCode::exists),
            other_there);
  EXPECT_EQ(outcome("too many pending messages for actor"), full);
  EXPECT_EQ(outcome("f1x has 1000 pending messages, the most allowed", ErrorCode::exhausted), full);
  EXPECT_EQ(outcome("not enough funds (required: 2 FIL, balance: 1 FIL)"), refused);
  EXPECT_EQ(outcome("gas fee cap 3 is below the smallest base fee, 100", ErrorCode::invalid), refused);
  EXPECT_EQ(outcome("cannot connect to 10.0.0.1:1234: refused", ErrorCode::unavailable), unreachable);
  EXPECT_EQ(outcome("the server at 10.0.0.1:1234 refused the token", ErrorCode::permission), unreachable);
}

TEST(Nodes, ThatDoNotAnswerAreAskedLast) {
  auto chain = std::make_shared<TestChain>();
  auto first = std::make_shared<TestNode>(chain, "first"), second = std::make_shared<TestNode>(chain, "second");
  Nodes nodes({first, second}, system_clock());
  auto head = [](ChainNode& node) { return node.head(); };
  first->set_mode(TestNode::Mode::hanging);
  EXPECT_TRUE(nodes.ask(head));
  EXPECT_EQ(nodes.order(), (std::vector<size_t>{1, 0}));
  const int before = first->calls;
  EXPECT_TRUE(nodes.ask(head));
  EXPECT_EQ(first->calls, before);
  second->set_mode(TestNode::Mode::down);
  auto none = nodes.ask(head);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(none.error().message.contains("first: ") && none.error().message.contains("second: "));
  // A refusal is an answer.
  second->set_mode(TestNode::Mode::normal);
  auto refused = nodes.ask([](ChainNode& node) { return node.key_address(Address::from_id(7)); });
  EXPECT_EQ(refused.error().code, ErrorCode::not_found);
}

}  // namespace

}  // namespace nelumbo::messager::testing
