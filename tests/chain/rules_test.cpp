// Every rule of block validation refuses a block that breaks it, and names itself.

#include "living_chain.hpp"

namespace nelumbo::chain::testing {
namespace {

class RulesTest : public ChainTest {
 protected:
  void SetUp() override {
    ChainTest::SetUp();
    if (!chain) return;
    chain->mine();
    chain->mine();
    good = chain->next_block({chain->transfer(Address::from_id(actors::kBurntFundsActor), 7, 0)});
    validator = std::make_unique<BlockValidator>(chain->states, chain->pool, chain->clock);
  }

  void sign_again(FullBlock& block) {
    block.header.block_sig.reset();
    block.header.block_sig = must(sign(SignatureType::bls, chain->worker.private_key, block.header.signing_bytes()));
  }
  void set_messages(FullBlock& block) {
    auto listed = block.block_message();
    block.header.messages = must(chain->store->put_message_meta(listed.bls_messages, listed.secp_messages));
  }
  /// The good block, changed and signed anew, must fail by this rule.
  void refused(std::string_view rule, const std::function<void(FullBlock&)>& change, bool sign = true) {
    FullBlock block = good;
    change(block);
    if (sign) sign_again(block);
    auto result = validator->validate(block);
    ASSERT_FALSE(result) << rule;
    EXPECT_TRUE(result.error().message.starts_with(fmt::format("block rule \"{}\"", rule)))
        << rule << ": " << result.error().message;
  }

  FullBlock good;
  std::unique_ptr<BlockValidator> validator;
};

TEST_F(RulesTest, TheGoodBlockPasses) {
  EXPECT_TRUE(validator->validate(good)) << validator->validate(good).error().message;
  EXPECT_TRUE(chain->syncer->accept(good));
}

TEST_F(RulesTest, Headers) {
  refused("structure", [](FullBlock& b) { b.header.ticket.reset(); });
  refused("structure", [](FullBlock& b) { b.header.election_proof.reset(); });
  refused("structure", [](FullBlock& b) { b.header.bls_aggregate.reset(); });
  refused(
      "structure", [](FullBlock& b) { b.header.block_sig.reset(); }, false);
  refused("structure", [&](FullBlock& b) { b.header.miner = chain->worker_address(); });
  refused("structure", [](FullBlock& b) { b.header.parents.clear(); });
  refused("parents", [](FullBlock& b) { b.header.parents = {Cid::of(as_bytes("unknown"))}; });
  refused("height", [&](FullBlock& b) { b.header.height = chain->store->heaviest()->height(); });
  refused("timestamp", [](FullBlock& b) { b.header.timestamp += 1; });
  refused("miner", [](FullBlock& b) { b.header.miner = Address::from_id(999999); });
  refused("parent weight", [](FullBlock& b) { b.header.parent_weight += 1; });
  refused("base fee", [](FullBlock& b) { b.header.parent_base_fee += 1; });
  refused("parent state", [](FullBlock& b) { b.header.parent_state_root = Cid::of(as_bytes("state")); });
  refused("parent state", [](FullBlock& b) { b.header.parent_message_receipts = Cid::of(as_bytes("receipts")); });
  refused(
      "block signature", [](FullBlock& b) { b.header.fork_signaling = 1; }, false);
}

TEST_F(RulesTest, BlocksFromTheFutureAreNotBadOnlyEarly) {
  chain->clock->seconds -= 10;
  auto result = chain->syncer->accept(good);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::unavailable);
  chain->clock->seconds += 10;
  EXPECT_TRUE(chain->syncer->accept(good));
}

TEST_F(RulesTest, Elections) {
  refused("beacon", [](FullBlock& b) { b.header.beacon_entries.back().data[5] ^= 1; });
  refused("beacon", [](FullBlock& b) { b.header.beacon_entries.clear(); });
  refused("ticket", [](FullBlock& b) { b.header.ticket->vrf_proof[7] ^= 1; });
  refused("election", [](FullBlock& b) { b.header.election_proof->win_count += 1; });
  refused("election", [](FullBlock& b) { b.header.election_proof->win_count = 0; });
  refused("election", [](FullBlock& b) { b.header.election_proof->vrf_proof[7] ^= 1; });
  refused("winning PoSt", [](FullBlock& b) { b.header.win_post_proof.front().proof[3] ^= 1; });
  refused("winning PoSt", [](FullBlock& b) { b.header.win_post_proof.clear(); });
}

TEST_F(RulesTest, Messages) {
  refused("message root", [](FullBlock& b) { b.bls.clear(); });
  refused("BLS aggregate", [](FullBlock& b) { b.header.bls_aggregate->data = bls::empty_aggregate(); });
  auto changed = [&](std::string_view rule, const std::function<void(FullBlock&)>& change) {
    refused(rule, [&](FullBlock& b) {
      change(b);
      set_messages(b);
    });
  };
  changed("messages", [](FullBlock& b) { b.bls[0].nonce = 1; });
  changed("messages", [](FullBlock& b) { b.bls[0].gas_limit = 100; });
  changed("messages", [](FullBlock& b) { b.bls[0].gas_limit = kBlockGasLimit + 1; });
  changed("messages", [](FullBlock& b) { b.bls[0].gas_premium = b.bls[0].gas_fee_cap + 1; });
  changed("messages", [](FullBlock& b) { b.bls[0].value = -1; });
  changed("messages", [](FullBlock& b) { b.bls[0].from = Address::from_id(actors::kRewardActor); });
  changed("messages", [](FullBlock& b) {
    b.bls[0].gas_limit = kBlockGasLimit / 2 + 1;
    b.bls.push_back(b.bls[0]);
    b.bls[1].nonce = 1;
  });
  changed("BLS aggregate", [](FullBlock& b) { b.bls[0].value += 1; });
  auto key = must(generate_key(SignatureType::secp256k1));
  changed("messages", [&](FullBlock& b) {
    Message message = b.bls[0];
    message.from = must(key_address(SignatureType::secp256k1, key));  // not on chain
    auto bytes = must(signing_bytes(message, SignatureType::secp256k1, chain->params.eth_chain_id));
    b.secp.push_back({message, must(sign(SignatureType::secp256k1, key, bytes))});
  });
}

TEST_F(RulesTest, Secp256k1Signatures) {
  auto key = must(generate_key(SignatureType::secp256k1));
  auto sender = must(key_address(SignatureType::secp256k1, key));
  chain->mine({chain->transfer(sender, kAttoPerFil, 0)});
  chain->mine();
  Message message = chain->transfer(Address::from_id(actors::kBurntFundsActor), 1, 0).message;
  message.from = sender;
  auto bytes = must(signing_bytes(message, SignatureType::secp256k1, chain->params.eth_chain_id));
  SignedMessage signed_message{message, must(sign(SignatureType::secp256k1, key, bytes))};
  good = chain->next_block({signed_message});
  ASSERT_EQ(good.secp.size(), 1u);
  EXPECT_TRUE(validator->validate(good));
  refused("signatures", [&](FullBlock& b) {
    b.secp[0].signature.data[10] ^= 1;
    set_messages(b);
  });
  must(chain->syncer->accept(good));
  auto after = chain->mine();
  EXPECT_EQ(must(chain->states->actor(sender, *after))->nonce, 1u);
}

TEST_F(RulesTest, BadBlocksAreRemembered) {
  FullBlock bad = good;
  bad.header.parent_weight += 1;
  sign_again(bad);
  EXPECT_FALSE(chain->syncer->accept(bad));
  ASSERT_TRUE(chain->syncer->bad_reason(bad.header.cid()));
  EXPECT_TRUE(chain->syncer->unmark_bad(bad.header.cid()));
  EXPECT_FALSE(chain->syncer->bad_reason(bad.header.cid()));
  EXPECT_EQ(chain->syncer->status().front().stage, SyncStatus::Stage::error);
}

}  // namespace
}  // namespace nelumbo::chain::testing
