#include "pool/selection.hpp"

#include <map>
#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "test_chain.hpp"

namespace nelumbo::pool {
namespace {

using testing::transfer;

/// Messages without real signatures: selection does not look at them.
MessagePtr message(uint64_t sender, uint64_t nonce, uint64_t premium, int64_t gas = 2'000'000) {
  return std::make_shared<const SignedMessage>(
      SignedMessage{transfer(Address::from_id(sender), nonce, premium, gas), {SignatureType::secp256k1, Bytes(65)}});
}

SenderMessages sender(uint64_t id, std::vector<MessagePtr> messages) {
  return {Address::from_id(id), messages.empty() ? 0 : messages.front()->message.nonce, kAttoPerFil * 1000,
          std::move(messages), false};
}

SelectionRules rules(uint64_t base_fee = 100) {
  return {.base_fee = base_fee, .inclusion_gas = [](const SignedMessage&) { return 1000; }};
}

std::vector<std::pair<uint64_t, uint64_t>> order(const std::vector<MessagePtr>& messages) {
  std::vector<std::pair<uint64_t, uint64_t>> out;
  for (const auto& m : messages) out.emplace_back(must(m->message.from.id()), m->message.nonce);
  return out;
}

TEST(Selection, BestPremiumFirstAndNonceOrderKept) {
  auto selected = select_messages({sender(1, {message(1, 0, 10), message(1, 1, 1000)}), sender(2, {message(2, 5, 300)}),
                                   sender(3, {message(3, 0, 2000), message(3, 1, 1)})},
                                  rules(), 1);
  // Sender 1's cheap message is worth including for the dear one after it: together 505 a gas.
  EXPECT_EQ(order(selected), (std::vector<std::pair<uint64_t, uint64_t>>{{3, 0}, {1, 0}, {1, 1}, {2, 5}, {3, 1}}));
}

TEST(Selection, LeavesOutWhatLosesMoneyAndWhatFollowsAGap) {
  auto below = message(1, 0, 10);
  auto selected = select_messages({sender(1, {below})}, rules(2'000'000), 1);
  EXPECT_TRUE(selected.empty());
  selected = select_messages({sender(2, {message(2, 0, 10), message(2, 2, 10)})}, rules(), 1);
  EXPECT_EQ(selected.size(), 1u);
  auto poor = sender(3, {message(3, 0, 10), message(3, 1, 10)});
  poor.balance = poor.messages[0]->message.required_funds();
  EXPECT_EQ(select_messages({poor}, rules(), 1).size(), 1u);
  auto early = sender(4, {message(4, 3, 10), message(4, 4, 10)});
  early.nonce = 4;  // nonce 3 is used
  EXPECT_EQ(order(select_messages({early}, rules(), 1)), (std::vector<std::pair<uint64_t, uint64_t>>{{4, 4}}));
}

TEST(Selection, TrimsToTheBlocksGas) {
  int64_t gas = kBlockGasLimit / 4;
  auto selected = select_messages({sender(1, {message(1, 0, 9, gas), message(1, 1, 9, gas), message(1, 2, 9, gas)}),
                                   sender(2, {message(2, 0, 5, gas), message(2, 1, 5, gas)})},
                                  rules(), 1);
  EXPECT_EQ(order(selected), (std::vector<std::pair<uint64_t, uint64_t>>{{1, 0}, {1, 1}, {1, 2}, {2, 0}}));
}

TEST(Selection, RespectsMessageCounts) {
  auto few = rules();
  few.message_limit = 3;
  few.signature_kind_limit = 2;
  auto selected = select_messages({sender(1, {message(1, 0, 9), message(1, 1, 9), message(1, 2, 9)})}, few, 1);
  EXPECT_EQ(selected.size(), 2u);
}

TEST(Selection, PriorityGoesFirst) {
  auto important = sender(1, {message(1, 0, 1)});
  important.priority = true;
  auto selected = select_messages({sender(2, {message(2, 0, 500)}), important}, rules(), 0.3);
  EXPECT_EQ(order(selected), (std::vector<std::pair<uint64_t, uint64_t>>{{1, 0}, {2, 0}}));
}

TEST(Selection, BlockProbabilitiesAreChances) {
  auto best = block_probabilities(1);
  EXPECT_NEAR(best[0], 1, 1e-3);
  EXPECT_NEAR(best[1], 0, 1e-9);
  for (double quality : {0.0, 0.3, 0.84}) {
    auto all = block_probabilities(quality);
    EXPECT_NEAR(std::accumulate(all.begin(), all.end(), 0.0), 1, 1e-3);
  }
  // With the worst ticket there are on average 5 / (1 - e^-5) - 1 blocks before ours.
  auto worst = block_probabilities(0);
  double mean = 0;
  for (size_t i = 0; i < worst.size(); ++i) mean += static_cast<double>(i) * worst[i];
  EXPECT_NEAR(mean, 5 / (1 - std::exp(-5)) - 1, 0.01);
}

TEST(Selection, WorseTicketsLeaveTheBestToOthers) {
  // Ten blocks' worth of single-message senders, each a quarter block.
  std::vector<SenderMessages> senders;
  for (uint64_t i = 1; i <= 40; ++i) senders.push_back(sender(i, {message(i, 0, 1000 - i * 5, kBlockGasLimit / 4)}));
  auto first = order(select_messages(senders, rules(), 1));
  auto later = order(select_messages(senders, rules(), 0.1));
  EXPECT_EQ(first.size(), 4u);
  EXPECT_EQ(later.size(), 4u);
  EXPECT_EQ(first.front().first, 1u);
  EXPECT_GT(later.front().first, 4u);
}

TEST(Selection, ABlockIsAlwaysValid) {
  EXPECT_TRUE(rc::check([](uint8_t quality) {
    std::vector<SenderMessages> senders;
    auto count = *rc::gen::inRange<uint64_t>(1, 12);
    for (uint64_t id = 1; id <= count; ++id) {
      std::vector<MessagePtr> messages;
      uint64_t nonce = *rc::gen::inRange<uint64_t>(0, 3);
      auto length = *rc::gen::inRange<int>(0, 8);
      for (int i = 0; i < length; ++i) {
        messages.push_back(message(id, nonce, *rc::gen::inRange<uint64_t>(0, 2'000'000),
                                   *rc::gen::inRange<int64_t>(1, kBlockGasLimit / 2)));
        nonce += *rc::gen::weightedElement<uint64_t>({{12, 1}, {1, 2}});
      }
      senders.push_back(sender(id, messages));
      senders.back().priority = *rc::gen::weightedElement<bool>({{5, false}, {1, true}});
    }
    auto limits = rules(*rc::gen::inRange<uint64_t>(100, 1'500'000));
    limits.message_limit = *rc::gen::inRange<size_t>(1, 30);
    auto selected = select_messages(senders, limits, quality / 255.0);
    RC_ASSERT(selected.size() <= limits.message_limit);
    std::map<uint64_t, uint64_t> next;
    for (const auto& s : senders) next[must(s.sender.id())] = s.nonce;
    int64_t gas = 0;
    TokenAmount reward = 0;
    for (const auto& m : selected) {
      RC_ASSERT(m->message.nonce == next[must(m->message.from.id())]++);
      gas += m->message.gas_limit;
      reward += gas_reward(m->message, limits.base_fee);
    }
    RC_ASSERT(gas <= kBlockGasLimit);
    RC_ASSERT(reward >= 0);
  }));
}

}  // namespace
}  // namespace nelumbo::pool
