// Consensus faults as the machine's externs judge them.

#include "chain/consensus_fault.hpp"
#include "living_chain.hpp"

namespace nelumbo::chain::testing {
namespace {

class FaultTest : public ChainTest {
 protected:
  void SetUp() override {
    ChainTest::SetUp();
    if (!chain) return;
    for (int i = 0; i < 3; ++i) chain->mine();
    head = chain->store->heaviest();
    externs = chain->states->externs(head, head->parent_state(), head->height());
  }
  Bytes signed_header(BlockHeader header) {
    header.block_sig.reset();
    header.block_sig = must(sign(SignatureType::bls, chain->worker.private_key, header.signing_bytes()));
    return to_cbor(header);
  }
  std::optional<VmExterns::ConsensusFault> judge(BytesView a, BytesView b, BytesView extra = {}) {
    int64_t gas = -1;
    auto fault = must(externs->verify_consensus_fault(a, b, extra, gas));
    EXPECT_EQ(gas, 0);  // free since network version 18
    return fault;
  }

  TipsetPtr head;
  std::shared_ptr<VmExterns> externs;
};

TEST_F(FaultTest, TwoBlocksOfOneEpoch) {
  auto one = head->blocks().front(), two = one;
  two.fork_signaling = 1;
  auto fault = judge(signed_header(one), signed_header(two));
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->type, 1);
  EXPECT_EQ(fault->target, must(chain->miner.id()));
  EXPECT_EQ(fault->epoch, head->height());
  EXPECT_FALSE(judge(signed_header(one), signed_header(one)));
  EXPECT_FALSE(judge(to_cbor(one), to_cbor(two)));  // the second one's signature is the first one's
  two.miner = Address::from_id(1001);
  EXPECT_FALSE(judge(signed_header(one), signed_header(two)));
}

TEST_F(FaultTest, TwoHeightsOnTheSameParents) {
  auto one = head->blocks().front(), two = one;
  two.height += 1;
  auto fault = judge(signed_header(one), signed_header(two));
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->type, 3);
  EXPECT_FALSE(judge(signed_header(two), signed_header(one)));  // the earlier one comes first
}

TEST_F(FaultTest, LeavingOutOnesOwnBlock) {
  auto mine = head->blocks().front(), sibling = mine, child = mine;
  sibling.miner = Address::from_id(1001);
  child.height += 1;
  child.parents = {sibling.cid()};
  auto fault = judge(signed_header(mine), signed_header(child), to_cbor(sibling));
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->type, 2);
  EXPECT_FALSE(judge(signed_header(mine), signed_header(child)));
  child.parents = {mine.cid(), sibling.cid()};
  EXPECT_FALSE(judge(signed_header(mine), signed_header(child), to_cbor(sibling)));
}

TEST_F(FaultTest, RubbishIsNoFault) {
  auto good = signed_header(head->blocks().front());
  EXPECT_FALSE(find_fault({}, {}, {}));
  EXPECT_FALSE(find_fault(good, as_bytes("x"), {}));
  EXPECT_FALSE(find_fault(as_bytes("x"), good, {}));
  auto two = head->blocks().front();
  two.fork_signaling = 1;
  EXPECT_FALSE(find_fault(good, to_cbor(two), as_bytes("witness?")));
}

TEST_F(FaultTest, OtherExterns) {
  auto epoch = head->height();
  EXPECT_EQ(must(externs->tipset_cid(epoch)), head->key().cid());
  EXPECT_EQ(must(externs->chain_randomness(epoch)), head->min_ticket_block().ticket->digest());
  auto entry = head->blocks().front().beacon_entries.back();
  EXPECT_EQ(must(externs->beacon_randomness(epoch)), blake2b_256(entry.data));
  EXPECT_FALSE(externs->chain_randomness(epoch + 1));
}

}  // namespace
}  // namespace nelumbo::chain::testing
