// Which gossip is passed on, which costs its sender, which is only left alone.
#include <gtest/gtest.h>

#include "chain/validation.hpp"
#include "crypto/keys.hpp"
#include "gossip_rules.hpp"
#include "test_chain.hpp"
#include "test_clock.hpp"

namespace nelumbo::net {
namespace {

using p2p::Verdict;
using testing::Chain;
using testing::ManualClock;

class BlockRulesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    clock->seconds = static_cast<int64_t>(chain.head()->min_timestamp()) + 30;
    worker = must(Address::bls(must(bls::public_key(secret))));
    rules = std::make_unique<BlockRules>(*chain.store, clock, [this](const BlockHeader&) -> Result<Address> {
      if (worker_error) return std::unexpected(*worker_error);
      return worker;
    });
    block = next_block();
  }

  /// The next block on the head, with two BLS messages and a signed one, as its miner would gossip it.
  BlockMessage next_block(uint64_t salt = 0) {
    chain::FullBlock full;
    full.bls = {testing::make_message(1 + salt), testing::make_message(2 + salt)};
    full.secp = {testing::make_signed(1 + salt)};
    full.header = testing::make_header(chain.head(), chain.head()->height() + 1, 1000, full.bls, full.secp);
    auto out = full.block_message();
    sign_block(out);
    return out;
  }
  void sign_block(BlockMessage& of) const {
    of.header.block_sig = must(sign(SignatureType::bls, secret, of.header.signing_bytes()));
  }
  Judgement judge(const BlockMessage& what) {
    BlockMessage out;
    return rules->judge(to_cbor(what), out);
  }
  /// The verdict on the block after a change, signed anew.
  Verdict after(const std::function<void(BlockMessage&)>& change) {
    auto changed = block;
    change(changed);
    sign_block(changed);
    return judge(changed).verdict;
  }

  Chain chain{10};
  Bytes secret = bls::generate();
  Address worker;
  std::optional<Error> worker_error;
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::unique_ptr<BlockRules> rules;
  BlockMessage block;
};

TEST_F(BlockRulesTest, AGoodBlockIsPassedOnOnce) {
  EXPECT_EQ(judge(block).verdict, Verdict::accept) << judge(block).reason;
  EXPECT_EQ(judge(block).verdict, Verdict::ignore);
}

TEST_F(BlockRulesTest, BytesThatAreNoBlock) {
  BlockMessage out;
  EXPECT_EQ(rules->judge(as_bytes("no block"), out).verdict, Verdict::reject);
  auto data = to_cbor(block);
  data.push_back(0);
  EXPECT_EQ(rules->judge(data, out).verdict, Verdict::reject);
}

TEST_F(BlockRulesTest, SignatureOfAnotherKey) {
  secret = bls::generate();
  EXPECT_EQ(after([](auto&) {}), Verdict::reject);
  auto unsigned_block = block;
  unsigned_block.header.block_sig.reset();
  EXPECT_EQ(judge(unsigned_block).verdict, Verdict::reject);
}

TEST_F(BlockRulesTest, ElectionNotWon) {
  EXPECT_EQ(after([](auto& b) { b.header.election_proof->win_count = 0; }), Verdict::reject);
  EXPECT_EQ(after([](auto& b) { b.header.election_proof.reset(); }), Verdict::reject);
}

TEST_F(BlockRulesTest, MessagesThatAreNotThoseOfTheHeader) {
  EXPECT_EQ(after([](auto& b) { b.bls_messages.pop_back(); }), Verdict::reject);
  EXPECT_EQ(after([](auto& b) { std::swap(b.bls_messages[0], b.bls_messages[1]); }), Verdict::reject);
  EXPECT_EQ(after([](auto& b) { b.secp_messages.clear(); }), Verdict::reject);
}

TEST_F(BlockRulesTest, TooManyMessages) {
  EXPECT_EQ(after([](auto& b) { b.bls_messages.resize(chain::kMaxBlockMessages, b.bls_messages[0]); }),
            Verdict::reject);
}

TEST_F(BlockRulesTest, AMinerThatMayNotMine) {
  worker_error = Error{ErrorCode::permission, "no power"};
  EXPECT_EQ(judge(block).verdict, Verdict::reject);
  // A node far behind cannot say so.
  clock->seconds += 7 * 3600;
  EXPECT_EQ(judge(block).verdict, Verdict::ignore);
}

TEST_F(BlockRulesTest, WhatThisNodeCannotTellIsIgnored) {
  worker_error = Error{ErrorCode::unavailable, "no state"};
  EXPECT_EQ(judge(block).verdict, Verdict::ignore);
}

TEST_F(BlockRulesTest, EpochsOutOfRangeAreIgnored) {
  auto at = [&](ChainEpoch epoch) {
    return after([&](auto& b) {
      b.header.timestamp += static_cast<uint64_t>((epoch - b.header.height) * 30);
      b.header.height = epoch;
    });
  };
  const ChainEpoch now = chain.head()->height() + 1;
  EXPECT_EQ(at(now + 5), Verdict::accept);
  EXPECT_EQ(at(now + 6), Verdict::ignore);
  EXPECT_EQ(at(chain.head()->height() - kChainFinality - 1), Verdict::ignore);
}

TEST_F(BlockRulesTest, AnotherTimeThanItsEpochsIsIgnored) {
  EXPECT_EQ(after([](auto& b) { b.header.timestamp += 1; }), Verdict::ignore);
}

TEST_F(BlockRulesTest, WhatOthersPassOnIsNotBlamed) {
  EXPECT_EQ(after([](auto& b) { b.header.ticket.reset(); }), Verdict::ignore);
  EXPECT_EQ(after([](auto& b) { b.header.bls_aggregate.reset(); }), Verdict::ignore);
  EXPECT_EQ(after([](auto& b) { b.header.parents.clear(); }), Verdict::ignore);
  EXPECT_EQ(after([](auto& b) { b.header.miner = Address::actor(as_bytes("x")); }), Verdict::ignore);
}

TEST_F(BlockRulesTest, AMessageTwiceOrOfAnotherKindIsIgnored) {
  auto with_messages = [&](const std::vector<Cid>& bls) {
    return after([&](auto& b) {
      b.bls_messages = bls;
      b.header.messages = must(chain::write_message_meta(make_memory_blockstore(), b.bls_messages, b.secp_messages));
    });
  };
  EXPECT_EQ(with_messages({block.bls_messages[0], block.bls_messages[0]}), Verdict::ignore);
  EXPECT_EQ(with_messages({Cid::of(as_bytes("raw"), multicodec::kRaw)}), Verdict::ignore);
  EXPECT_EQ(with_messages({block.bls_messages[0]}), Verdict::accept);
}

TEST_F(BlockRulesTest, AMinerThatSignsManyBlocksOfOneEpochIsHeardSomeTimes) {
  int accepted = 0;
  for (uint64_t i = 0; i < 10; ++i) {
    auto judgement = judge(next_block(100 * i));
    EXPECT_NE(judgement.verdict, Verdict::reject);
    if (judgement.verdict == Verdict::accept) ++accepted;
  }
  EXPECT_GE(accepted, 2);
  EXPECT_LE(accepted, 4);
}

TEST(MessageGossip, TheVerdictFollowsThePoolsReason) {
  using pool::Refusal;
  const auto data = to_cbor(testing::make_signed(1));
  auto judged = [&](Refusal refusal) {
    return judge_message(data, [&](const SignedMessage&, Refusal& out) -> Result<> {
      out = refusal;
      return fail(ErrorCode::invalid, "refused");
    });
  };
  for (auto refusal : {Refusal::too_big, Refusal::invalid}) EXPECT_EQ(judged(refusal).verdict, Verdict::reject);
  for (auto refusal :
       {Refusal::none, Refusal::nonce_too_low, Refusal::fee_cap_too_low, Refusal::not_enough_funds, Refusal::soft,
        Refusal::premium_too_low, Refusal::too_many, Refusal::nonce_gap, Refusal::known}) {
    EXPECT_EQ(judged(refusal).verdict, Verdict::ignore) << static_cast<int>(refusal);
  }
}

TEST(MessageGossip, GoodOnesArePassedOnAndBrokenOnesNeverReachThePool) {
  int added = 0;
  auto add = [&](const SignedMessage&, pool::Refusal&) -> Result<> {
    ++added;
    return {};
  };
  EXPECT_EQ(judge_message(to_cbor(testing::make_signed(1)), add).verdict, Verdict::accept);
  EXPECT_EQ(added, 1);
  EXPECT_EQ(judge_message(as_bytes("no message"), add).verdict, Verdict::reject);
  auto large = testing::make_signed(1);
  large.message.params = Bytes(pool::kMaxMessageSize);
  EXPECT_EQ(judge_message(to_cbor(large), add).verdict, Verdict::reject);
  EXPECT_EQ(added, 1);
}

}  // namespace
}  // namespace nelumbo::net
