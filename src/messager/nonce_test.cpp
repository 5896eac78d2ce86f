// Nonces that were used elsewhere, and what is said of messages that wait.

#include "test_service.hpp"

namespace nelumbo::messager::testing {

namespace {

class Nonces : public ServiceTest {
 protected:
  explicit Nonces(size_t nodes = 1) : ServiceTest(nodes) {}

  /// A message of somebody else who has the sender's key.
  SignedMessage foreign(const Address& sender, uint64_t nonce) {
    SignedMessage out;
    out.message = transfer(sender, 99);
    out.message.nonce = nonce;
    out.signature = {SignatureType::secp256k1, Bytes(65, 9)};
    return out;
  }
  std::string halted(const Address& sender) { return must(book->wallet(sender)).halted; }
};

TEST_F(Nonces, OfTheChainAheadOfTheTableHaltTheSender) {
  start();
  auto sender = new_sender();
  send(sender);
  ASSERT_TRUE(in_pool(0, sender, 1));
  mine();
  nodes[0]->put(foreign(sender, 1));
  mine();
  ASSERT_TRUE(eventually([&] { return !halted(sender).empty(); }));
  EXPECT_TRUE(halted(sender).contains("node1")) << halted(sender);
  EXPECT_TRUE(halted(sender).contains("next nonce is 2, in the table 1")) << halted(sender);
  auto refused = service->send(transfer(sender), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_TRUE(refused.error().message.contains("used elsewhere")) << refused.error().message;
  EXPECT_EQ(must(service->sync_nonce(sender, std::nullopt)), 2);
  auto next = send(sender);
  EXPECT_EQ(next.message.nonce, 2);
  ASSERT_TRUE(mine_until([&] { return record(next).epoch != 0; }));
  EXPECT_EQ(halted(sender), "");
}

TEST_F(Nonces, OfAPoolAheadOfTheTableHaltBeforeTheFirstMessage) {
  start();
  auto key = fresh_key();
  auto sender = must(wallet::address_of(key));
  nodes[0]->put(foreign(sender, 0));
  must(service->import_wallet(key, 0));
  auto refused = service->send(transfer(sender), {});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("pool of node node1")) << refused.error().message;
  // Asked by itself, the server takes the nonce after the pool's.
  auto other = fresh_key();
  nodes[0]->put(foreign(must(wallet::address_of(other)), 0));
  must(service->import_wallet(other, std::nullopt));
  EXPECT_EQ(must(service->send(transfer(must(wallet::address_of(other))), {})).message.nonce, 1);
  EXPECT_EQ(must(service->send(transfer(must(service->new_wallet("secp256k1", std::nullopt))), {})).message.nonce, 0);
}

TEST_F(Nonces, GivenOutHereAndUsedElsewhereAreAFault) {
  start();
  auto sender = new_sender();
  nodes[0]->refuse_with("no room today");
  auto message = send(sender);
  nodes[0]->put(foreign(sender, 0));
  mine();
  mine();
  ASSERT_TRUE(eventually([&] { return !halted(sender).empty(); }));
  EXPECT_TRUE(halted(sender).contains("was not signed here")) << halted(sender);
  ASSERT_TRUE(eventually([&] { return !record(message).fault.empty(); }));
  EXPECT_FALSE(service->send(transfer(sender), {}));
}

TEST_F(Nonces, OwnMessagesNeverLookForeign) {
  start();
  auto sender = new_sender();
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 10; ++i) send(sender);
    mine();
  }
  ASSERT_TRUE(mine_until([&] { return must(book->pending_summary()).empty(); }));
  EXPECT_EQ(halted(sender), "");
}

class Waits : public Nonces {
 protected:
  Waits() : Nonces(2) {}
};

TEST_F(Waits, AreExplained) {
  chain->per_block = 0;
  start();
  auto sender = new_sender();
  nodes[1]->set_mode(TestNode::Mode::down);
  auto first = send(sender);
  for (int i = 0; i < 2; ++i) send(sender);
  auto fourth = send(sender);
  ASSERT_TRUE(wait_says(fourth, "nonce 0 is not on chain yet, 3 messages before it"));
  ASSERT_TRUE(wait_says(first, "in the pool of node node1 since"));
  ASSERT_TRUE(wait_says(first, "not taken by node2: connection refused"));
  ASSERT_TRUE(eventually([&] { return must(service->gaps(sender)).size() == 4; }));
  auto gaps = must(service->gaps(sender));
  EXPECT_EQ(gaps[0].node, "node2");
  EXPECT_TRUE(gaps[0].reason.contains("connection refused")) << gaps[0].reason;
  must(book->halt(sender, "an operator's word"));
  ASSERT_TRUE(wait_says(first, "sender halted: an operator's word"));
}

TEST_F(Waits, SayWhatNodesRefuse) {
  start();
  auto sender = new_sender();
  nodes[0]->refuse_with("not enough funds (required: 2 FIL, balance: 1 FIL)");
  nodes[1]->set_mode(TestNode::Mode::down);
  auto message = send(sender);
  ASSERT_TRUE(wait_says(message, "no node took it: node1: not enough funds"));
  EXPECT_TRUE(record(message).wait.contains("node2: connection refused")) << record(message).wait;
  auto status = must(service->status());
  EXPECT_EQ(status.network, "testchain");
  EXPECT_EQ(status.pending, 1);
  EXPECT_GT(status.nodes[0].failed, 0);
  EXPECT_EQ(status.nodes[0].queued, 1);
  auto metrics = service->metrics();
  EXPECT_TRUE(metrics.contains(fmt::format("nelumbo_messager_pending{{wallet=\"{}\"}} 1\n", sender.str()))) << metrics;
  EXPECT_TRUE(metrics.contains("nelumbo_messager_node_up{node=\"node2\"} 0\n")) << metrics;
  nodes[0]->refuse_with("");
  ASSERT_TRUE(mine_until([&] { return record(message).epoch != 0; }));
}

TEST_F(Waits, OfAWindowThatIsFull) {
  config.window = 5;
  chain->per_block = 0;
  start();
  auto sender = new_sender();
  auto last = send(sender);
  for (int i = 0; i < 7; ++i) last = send(sender);
  ASSERT_TRUE(wait_says(last, "at most 5 of a sender are sent out at a time"));
  ASSERT_TRUE(in_pool(0, sender, 5));
  {
    std::lock_guard lock(chain->mutex);
    chain->per_block = 3;
  }
  ASSERT_TRUE(mine_until([&] { return record(last).epoch != 0; }));
}

}  // namespace

}  // namespace nelumbo::messager::testing
