#include "pool/message_pool.hpp"

#include <gtest/gtest.h>

#include "test_chain.hpp"

namespace nelumbo::pool {
namespace {

using namespace testing;

class MessagePoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const auto* key : {&alice, &bob}) chain->accounts[key->address] = {0, kAttoPerFil * 1000};
    reopen();
  }
  void reopen() {
    pool.reset();
    pool = must(MessagePool::open(chain, store, [this](const SignedMessage& m) -> Result<> {
      published.push_back(m.cid());
      // Stored before it leaves the process.
      bool kept = false;
      must(store->scan(kLocalSpace, {}, [&](BytesView, BytesView value) {
        auto whole = to_cbor(m);
        kept |= std::search(value.begin(), value.end(), whole.begin(), whole.end()) != value.end();
        return true;
      }));
      EXPECT_TRUE(kept);
      return {};
    }));
  }
  void move_head(const TipsetPtr& to, const std::vector<TipsetPtr>& reverted, const std::vector<TipsetPtr>& applied) {
    chain->head_ = to;
    ASSERT_TRUE(pool->head_change(reverted, applied));
  }
  Refusal refusal_of(const SignedMessage& message, Origin origin = Origin::local) {
    Refusal out = Refusal::none;
    auto result = pool->push(message, origin, true, &out);
    EXPECT_EQ(result.has_value(), out == Refusal::none) << (result ? "" : result.error().message);
    return out;
  }

  Key alice = Key::make(SignatureType::secp256k1), bob = Key::make(SignatureType::bls);
  std::shared_ptr<FakeChain> chain = std::make_shared<FakeChain>();
  std::shared_ptr<KvStore> store = fresh_store({std::string(kLocalSpace)});
  std::vector<Cid> published;
  std::shared_ptr<MessagePool> pool;
};

TEST_F(MessagePoolTest, KeepsNonceOrderAndCountsPendingNonces) {
  EXPECT_EQ(must(pool->next_nonce(alice.address)), 0u);
  for (uint64_t nonce : {1, 0, 3}) EXPECT_EQ(refusal_of(alice.sign(transfer(alice.address, nonce))), Refusal::none);
  EXPECT_EQ(must(pool->next_nonce(alice.address)), 2u);
  auto pending = pool->pending_for(alice.address);
  ASSERT_EQ(pending.size(), 3u);
  EXPECT_EQ(pending[0]->message.nonce, 0u);
  EXPECT_EQ(pending[2]->message.nonce, 3u);
  EXPECT_EQ(refusal_of(alice.sign(transfer(alice.address, 2))), Refusal::none);
  EXPECT_EQ(must(pool->next_nonce(alice.address)), 4u);
  EXPECT_EQ(pool->size(), 4u);
  EXPECT_EQ(published.size(), 4u);
  EXPECT_EQ(pool->find(pending[0]->cid()), pending[0]);
  EXPECT_EQ(pool->find(pending[0]->message.cid()), pending[0]);
}

TEST_F(MessagePoolTest, ReplacesOnlyByAHigherFee) {
  auto first = alice.sign(transfer(alice.address, 0, 1000));
  EXPECT_EQ(refusal_of(first), Refusal::none);
  EXPECT_EQ(refusal_of(first), Refusal::known);
  EXPECT_EQ(refusal_of(alice.sign(transfer(alice.address, 0, 1100))), Refusal::premium_too_low);
  auto better = alice.sign(transfer(alice.address, 0, 1101));
  EXPECT_EQ(refusal_of(better), Refusal::none);
  ASSERT_EQ(pool->size(), 1u);
  EXPECT_EQ(pool->find(first.cid()), nullptr);
  EXPECT_NE(pool->find(better.cid()), nullptr);
}

TEST_F(MessagePoolTest, RefusesWhatBreaksARule) {
  auto big = transfer(alice.address, 0);
  big.params = Bytes(kMaxMessageSize);
  EXPECT_EQ(refusal_of(alice.sign(big)), Refusal::too_big);

  auto cheap = transfer(alice.address, 0, 10);
  cheap.gas_fee_cap = kMinimumBaseFee - 1;
  EXPECT_EQ(refusal_of(alice.sign(cheap)), Refusal::fee_cap_too_low);

  auto forged = alice.sign(transfer(alice.address, 0));
  forged.message.value = 2;
  EXPECT_EQ(refusal_of(forged), Refusal::invalid);
  auto forged_bls = bob.sign(transfer(bob.address, 0));
  forged_bls.message.value = 2;
  EXPECT_EQ(refusal_of(forged_bls), Refusal::invalid);

  EXPECT_EQ(refusal_of(alice.sign(transfer(alice.address, 0, 1000, 1000))),
            Refusal::invalid);  // too little gas for its size
  EXPECT_EQ(refusal_of(alice.sign(transfer(alice.address, 0, 1000, kBlockGasLimit + 1))), Refusal::invalid);

  auto stranger = Key::make(SignatureType::secp256k1);
  EXPECT_EQ(refusal_of(stranger.sign(transfer(stranger.address, 0))), Refusal::soft);
  EXPECT_EQ(pool->size(), 0u);
  EXPECT_TRUE(published.empty());
}

TEST_F(MessagePoolTest, ChecksFundsWithPendingMessages) {
  auto half = transfer(alice.address, 0);
  half.value = kAttoPerFil * 600;
  EXPECT_EQ(refusal_of(alice.sign(half)), Refusal::none);
  auto second = half;
  second.nonce = 1;
  EXPECT_EQ(refusal_of(alice.sign(second)), Refusal::soft);
  auto replacement = half;  // the replaced message's funds do not count
  replacement.gas_premium = 2000;
  EXPECT_EQ(refusal_of(alice.sign(replacement)), Refusal::none);
  second.value = kAttoPerFil * 1001;
  EXPECT_EQ(refusal_of(alice.sign(second)), Refusal::not_enough_funds);
}

TEST_F(MessagePoolTest, GapRulesDependOnTheOrigin) {
  EXPECT_EQ(refusal_of(alice.sign(transfer(alice.address, kMaxNonceGap + 1)), Origin::network), Refusal::nonce_gap);
  EXPECT_EQ(refusal_of(alice.sign(transfer(alice.address, 1)), Origin::untrusted), Refusal::nonce_gap);
  EXPECT_EQ(refusal_of(alice.sign(transfer(alice.address, kMaxNonceGap)), Origin::network), Refusal::none);
  EXPECT_EQ(refusal_of(alice.sign(transfer(alice.address, kMaxNonceGap, 5000)), Origin::network), Refusal::nonce_gap);
  EXPECT_EQ(refusal_of(alice.sign(transfer(alice.address, 50)), Origin::local), Refusal::none);
  EXPECT_TRUE(published.size() == 1);  // gossip is not published again by the pool
}

TEST_F(MessagePoolTest, LimitsUntrustedMessagesOfASender) {
  for (uint64_t nonce = 0; nonce < kMaxUntrustedPerSender; ++nonce) {
    ASSERT_EQ(refusal_of(alice.sign(transfer(alice.address, nonce)), Origin::untrusted), Refusal::none);
  }
  EXPECT_EQ(refusal_of(alice.sign(transfer(alice.address, kMaxUntrustedPerSender)), Origin::untrusted),
            Refusal::too_many);
  EXPECT_EQ(refusal_of(alice.sign(transfer(alice.address, kMaxUntrustedPerSender)), Origin::local), Refusal::none);
}

TEST_F(MessagePoolTest, FollowsTheChainAndItsReorganisations) {
  auto a0 = alice.sign(transfer(alice.address, 0)), a1 = alice.sign(transfer(alice.address, 1));
  auto b0 = bob.sign(transfer(bob.address, 0));
  for (const auto& message : {a0, a1, b0}) ASSERT_EQ(refusal_of(message), Refusal::none);
  auto genesis = chain->head_;
  auto one = chain->add(genesis, 1, {a0, b0});
  move_head(one, {}, {one});
  EXPECT_EQ(pool->size(), 1u);
  EXPECT_EQ(must(pool->next_nonce(alice.address)), 2u);
  EXPECT_EQ(must(pool->next_nonce(bob.address)), 1u);
  EXPECT_EQ(refusal_of(b0), Refusal::nonce_too_low);

  // Another chain includes only bob's message: alice's comes back; bob's BLS signature is known from before.
  auto other = chain->add(genesis, 2, {b0});
  move_head(other, {one}, {other});
  EXPECT_EQ(pool->size(), 2u);
  EXPECT_NE(pool->find(a0.cid()), nullptr);
  auto empty = chain->add(genesis, 3, {});
  move_head(empty, {other}, {empty});
  EXPECT_EQ(pool->size(), 3u);
  ASSERT_NE(pool->find(b0.cid()), nullptr);
  EXPECT_EQ(pool->find(b0.cid())->signature, b0.signature);
  // A message nobody told us about uses a nonce.
  auto unknown = chain->add(empty, 4, {alice.sign(transfer(alice.address, 0, 7777))});
  move_head(unknown, {}, {unknown});
  EXPECT_EQ(pool->find(a0.cid()), nullptr);
  EXPECT_NE(pool->find(a1.cid()), nullptr);
}

TEST_F(MessagePoolTest, OwnMessagesSurviveARestart) {
  auto local = alice.sign(transfer(alice.address, 0)), next = alice.sign(transfer(alice.address, 1));
  auto gossip = bob.sign(transfer(bob.address, 0));
  ASSERT_EQ(refusal_of(local), Refusal::none);
  ASSERT_EQ(refusal_of(next), Refusal::none);
  ASSERT_TRUE(pool->add(gossip));
  chain->head_ = chain->add(chain->head_, 1, {local});
  reopen();
  EXPECT_EQ(pool->find(local.cid()), nullptr);  // its nonce is used
  EXPECT_NE(pool->find(next.cid()), nullptr);
  EXPECT_EQ(pool->find(gossip.cid()), nullptr);
  EXPECT_EQ(must(pool->republish()), 1u);
}

TEST_F(MessagePoolTest, HopelessFeeCapsWaitForTheBaseFee) {
  chain->base_fee = 100'000'000;
  chain->head_ = chain->add(chain->head_, 1, {});
  reopen();
  auto low = transfer(alice.address, 0, 10);
  low.gas_fee_cap = 1000;
  EXPECT_EQ(refusal_of(alice.sign(low)), Refusal::none);
  EXPECT_TRUE(published.empty());
  EXPECT_EQ(must(pool->republish()), 0u);
  auto gossip = transfer(bob.address, 0, 10);
  gossip.gas_fee_cap = 1000;
  EXPECT_EQ(refusal_of(bob.sign(gossip), Origin::network), Refusal::soft);
  chain->base_fee = 1000;
  EXPECT_EQ(must(pool->republish()), 1u);
}

TEST_F(MessagePoolTest, TellsSubscribersUntilTheyLeave) {
  std::vector<Update::Kind> seen;
  auto handle = pool->subscribe([&](const Update& update) { seen.push_back(update.kind); });
  auto first = alice.sign(transfer(alice.address, 0));
  ASSERT_EQ(refusal_of(first), Refusal::none);
  auto tipset = chain->add(chain->head_, 1, {first});
  move_head(tipset, {}, {tipset});
  EXPECT_EQ(seen, (std::vector{Update::Kind::add, Update::Kind::remove}));
  handle.reset();
  ASSERT_EQ(refusal_of(alice.sign(transfer(alice.address, 1))), Refusal::none);
  EXPECT_EQ(seen.size(), 2u);
}

TEST_F(MessagePoolTest, ClearForgetsOwnMessagesOnlyWhenTold) {
  ASSERT_EQ(refusal_of(alice.sign(transfer(alice.address, 0))), Refusal::none);
  ASSERT_TRUE(pool->add(bob.sign(transfer(bob.address, 0))));
  ASSERT_TRUE(pool->clear(false));
  EXPECT_EQ(pool->size(), 1u);
  ASSERT_TRUE(pool->clear(true));
  EXPECT_EQ(pool->size(), 0u);
  reopen();
  EXPECT_EQ(pool->size(), 0u);
}

TEST_F(MessagePoolTest, PrunesTheWorstAndKeepsItsConfiguration) {
  Config config = pool->config();
  config.size_limit_high = 6;
  config.size_limit_low = 4;
  ASSERT_TRUE(pool->set_config(config));
  auto wrong = config;
  wrong.replace_by_fee_percent = 105;
  EXPECT_FALSE(pool->set_config(wrong));
  reopen();
  EXPECT_EQ(pool->config().size_limit_high, 6u);
  EXPECT_DOUBLE_EQ(pool->config().gas_limit_overestimation, 1.25);

  ASSERT_EQ(refusal_of(alice.sign(transfer(alice.address, 0, 1))), Refusal::none);  // own: never pruned
  std::vector<Key> senders;
  for (uint64_t i = 0; i < 6; ++i) {
    senders.push_back(Key::make(SignatureType::secp256k1));
    chain->accounts[senders.back().address] = {0, kAttoPerFil};
    ASSERT_TRUE(pool->add(senders.back().sign(transfer(senders.back().address, 0, 1000 * (i + 1)))));
  }
  EXPECT_EQ(pool->size(), 4u);
  EXPECT_EQ(pool->pending_for(alice.address).size(), 1u);
  EXPECT_EQ(pool->pending_for(senders[5].address).size(), 1u);
  EXPECT_EQ(pool->pending_for(senders[0].address).size(), 0u);
}

TEST_F(MessagePoolTest, SelectsForABaseThatIsNotItsHead) {
  auto a0 = alice.sign(transfer(alice.address, 0)), a1 = alice.sign(transfer(alice.address, 1));
  ASSERT_EQ(refusal_of(a0), Refusal::none);
  ASSERT_EQ(refusal_of(a1), Refusal::none);
  auto one = chain->add(chain->head_, 1, {a0});
  auto selected = must(pool->select(*one, 1));  // the pool's head is still genesis
  ASSERT_EQ(selected.size(), 1u);
  EXPECT_EQ(selected[0].cid(), a1.cid());
  auto genesis = chain->head_;
  move_head(one, {}, {one});
  EXPECT_EQ(must(pool->select(*genesis, 0.5)).size(), 2u);
}

}  // namespace
}  // namespace nelumbo::pool
