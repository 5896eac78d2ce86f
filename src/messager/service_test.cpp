// The service on a real database, with nodes in memory.

#include <future>
#include <thread>

#include "test_service.hpp"

namespace nelumbo::messager::testing {

namespace {

class Messages : public ServiceTest {};

TEST_F(Messages, LandAndAreConfirmed) {
  start();
  auto sender = new_sender();
  auto first = send(sender), second = send(sender);
  EXPECT_EQ(first.message.nonce, 0);
  EXPECT_EQ(second.message.nonce, 1);
  ASSERT_TRUE(in_pool(0, sender, 2));
  ASSERT_TRUE(mine_until([&] { return record(second).epoch != 0; }));
  auto found = must(service->wait(first.cid(), 0, {}));
  EXPECT_GT(found.epoch, 0);
  EXPECT_EQ(found.exit_code, 0);
  EXPECT_EQ(found.gas_used, 777);
  EXPECT_EQ(found.wait, "");
  EXPECT_EQ(found.kind, "Send");
  auto wallet = must(service->wallets()).front();
  EXPECT_EQ(wallet.next_nonce, 2);
  EXPECT_EQ(wallet.pending, 0);
  EXPECT_TRUE(eventually([&] { return must(service->wallets()).front().chain_nonce == 2; }));
  EXPECT_NE(service->metrics().find("nelumbo_messager_landing_seconds_count 2"), std::string::npos);
}

TEST_F(Messages, AreWaitedForAsDeepAsAsked) {
  start();
  auto sender = new_sender();
  auto message = send(sender);
  ASSERT_TRUE(in_pool(0, sender, 1));
  auto found = std::async(std::launch::async, [&] { return service->wait(message.cid(), 5, {}); });
  ASSERT_TRUE(mine_until([&] { return found.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }));
  EXPECT_GE(height(), must(found.get()).epoch + 5);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(service->wait(send(sender).cid(), 5, stop.get_token()).error().code, ErrorCode::cancelled);
}

TEST_F(Messages, GasIsEstimatedUnderTheCeilingOfTheKind) {
  config.fees.kinds["SubmitWindowedPoSt"] = TokenAmount(200'000'000);
  start();
  auto sender = new_sender();
  auto message = transfer(sender, 0);
  message.to = Address::from_id(1000);
  message.method = 5;
  message.gas_limit = 0;
  message.gas_fee_cap = message.gas_premium = 0;
  auto sent = must(service->send(message, {}));
  EXPECT_EQ(record(sent).kind, "SubmitWindowedPoSt");
  EXPECT_EQ(sent.message.gas_fee_cap, 200);
  rpc::MessageSendSpec dear, cheap;
  dear.max_fee = kAttoPerFil;
  cheap.max_fee = 150'000'000;
  EXPECT_EQ(must(service->send(message, dear)).message.gas_fee_cap, 200);
  EXPECT_EQ(must(service->send(message, cheap)).message.gas_fee_cap, 150);
  message.method = 999;
  EXPECT_EQ(record(must(service->send(message, {}))).kind, "Method 999 of storageminer");
  const int before = nodes[0]->estimates;
  send(sender);
  EXPECT_EQ(nodes[0]->estimates, before);  // the client gave all of it
}

TEST_F(Messages, ThatCannotBePaidOrMinedTakeNoNonce) {
  chain->balance = kAttoPerFil;
  start();
  auto sender = new_sender();
  auto dear = transfer(sender);
  dear.value = kAttoPerFil * 6 / 10;
  must(service->send(dear, {}));
  auto second = service->send(dear, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::invalid);
  EXPECT_TRUE(second.error().message.contains("not enough funds")) << second.error().message;
  auto no_gas = transfer(sender);
  no_gas.gas_limit = 1000;
  EXPECT_EQ(service->send(no_gas, {}).error().code, ErrorCode::invalid);
  auto with_nonce = transfer(sender);
  with_nonce.nonce = 3;
  EXPECT_EQ(service->send(with_nonce, {}).error().code, ErrorCode::invalid);
  auto stranger = must(wallet::address_of(fresh_key()));
  EXPECT_EQ(service->send(transfer(stranger), {}).error().code, ErrorCode::not_found);
  EXPECT_EQ(must(service->wallets()).front().next_nonce, 1);
}

TEST_F(Messages, WithAUuidAreStoredOnceAndAnsweredWithoutANode) {
  start();
  auto sender = new_sender();
  rpc::MessageSendSpec spec;
  spec.msg_uuid = "3f1c4d0e-0000-4000-8000-000000000001";
  auto message = transfer(sender);
  message.gas_limit = 0;
  auto first = must(service->send(message, spec));
  nodes[0]->set_mode(TestNode::Mode::down);
  EXPECT_EQ(must(service->send(message, spec)), first);
  auto other = transfer(sender, 2);
  EXPECT_EQ(service->send(other, spec).error().code, ErrorCode::exists);
  EXPECT_EQ(must(service->get_by_uuid(spec.msg_uuid)).cid, first.cid());
  auto refused = service->send(message, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_EQ(must(service->wallets()).front().next_nonce, 1);
}

TEST_F(Messages, OfALostPoolAreSentAgain) {
  start();
  auto sender = new_sender();
  for (int i = 0; i < 20; ++i) send(sender);
  ASSERT_TRUE(in_pool(0, sender, 20));
  nodes[0]->lose(sender, 7);
  mine();
  ASSERT_TRUE(eventually([&] { return nodes[0]->pool_nonce(sender).value_or(0) == 20; }));
  nodes[0]->set_mode(TestNode::Mode::down);
  nodes[0]->lose_pool();
  auto last = send(sender);
  nodes[0]->set_mode(TestNode::Mode::normal);
  ASSERT_TRUE(mine_until([&] { return record(last).epoch != 0; }));
  EXPECT_EQ(landed().size(), 21);
}

TEST_F(Messages, ThatAReorganisationTakesOffTheChainComeBack) {
  start();
  auto sender = new_sender();
  auto message = send(sender);
  ASSERT_TRUE(in_pool(0, sender, 1));
  ASSERT_TRUE(mine_until([&] { return record(message).epoch != 0; }));
  const auto epoch = record(message).epoch;
  nodes[0]->lose_pool();
  fork(height() - epoch + 1);
  ASSERT_EQ(chain_nonce(sender), 0);
  ASSERT_TRUE(eventually([&] { return record(message).epoch == 0; }));
  EXPECT_NE(record(message).wait, "");
  ASSERT_TRUE(mine_until([&] { return record(message).epoch != 0; }));
  EXPECT_GT(record(message).epoch, epoch);
  EXPECT_NE(service->metrics().find("nelumbo_messager_reorganised_total 1"), std::string::npos);
}

TEST_F(Messages, AreLookedForAgainWhenTheNodeHasLostTheCursor) {
  start();
  auto sender = new_sender();
  auto message = send(sender);
  ASSERT_TRUE(in_pool(0, sender, 1));
  ASSERT_TRUE(mine_until([&] { return record(message).epoch != 0; }));
  service.reset();
  nodes[0]->forget_tipset(must(book->cursor())->key);
  fork(2);
  service = make("second", book);
  service->start();
  ASSERT_TRUE(mine_until([&] {
    auto cursor = must(book->cursor());
    return cursor && cursor->height == height() && record(message).epoch != 0;
  }));
  EXPECT_EQ(landed().size(), 1);
}

TEST_F(Messages, OfALongGapAreFoundInSteps) {
  start();
  auto sender = new_sender();
  auto message = send(sender);
  ASSERT_TRUE(in_pool(0, sender, 1));
  ASSERT_TRUE(eventually([&] { return must(book->cursor()).has_value(); }));
  service.reset();
  for (int i = 0; i < 200; ++i) mine();
  service = make("second", book);
  service->start();
  ASSERT_TRUE(eventually([&] { return record(message).epoch != 0; }));
  EXPECT_LT(record(message).epoch, 10);
}

TEST_F(Messages, CanBeReplacedAndCancelledOnDemand) {
  start();
  chain->per_block = 0;
  auto sender = new_sender();
  auto first = send(sender), second = send(sender);
  ASSERT_TRUE(in_pool(0, sender, 2));
  rpc::MessageReplaceSpec low;
  low.gas_premium = 61;
  EXPECT_EQ(service->replace(first.cid(), low).error().code, ErrorCode::invalid);
  auto dearer = must(service->replace(first.cid(), {}));
  EXPECT_EQ(dearer.message.message.gas_premium, 76);  // 1.25 times 60, and one
  EXPECT_EQ(dearer.replaced, 1);
  auto nothing = must(service->cancel(second.cid(), {}));
  EXPECT_EQ(nothing.message.message.to, sender);
  EXPECT_EQ(nothing.message.message.value, 0);
  ASSERT_TRUE(eventually([&] {
    std::lock_guard lock(chain->mutex);
    auto pool = nodes[0]->pool().at(sender);
    return pool.at(0).cid() == dearer.cid && pool.at(1).cid() == nothing.cid;
  }));
  {
    std::lock_guard lock(chain->mutex);
    chain->per_block = 10;
  }
  // The first form of it is still found by its CID.
  ASSERT_TRUE(mine_until([&] { return record(first).epoch != 0; }));
  EXPECT_EQ(record(first).cid, dearer.cid);
  EXPECT_EQ(service->cancel(first.cid(), {}).error().code, ErrorCode::invalid);
}

TEST_F(Messages, OfASenderNamedByItsIdAreOfItsKey) {
  start();
  auto sender = new_sender();
  nodes[0]->by_id[Address::from_id(500)] = sender;
  auto message = must(service->send(transfer(Address::from_id(500)), {}));
  EXPECT_EQ(message.message.from, sender);
  EXPECT_EQ(service->send(transfer(Address::from_id(501)), {}).error().code, ErrorCode::not_found);
}

TEST_F(Messages, ArePrunedWhenTheyAreFinal) {
  start();
  auto sender = new_sender();
  auto message = send(sender);
  ASSERT_TRUE(in_pool(0, sender, 1));
  ASSERT_TRUE(mine_until([&] { return record(message).epoch != 0; }));
  EXPECT_EQ(must(service->prune(std::chrono::seconds(0))), 0);
  for (int i = 0; i < 910; ++i) mine();
  ASSERT_TRUE(eventually([&] { return must(service->status()).height == height(); }));
  EXPECT_EQ(must(service->prune(std::chrono::hours(1))), 0);
  EXPECT_EQ(must(service->prune(std::chrono::seconds(0))), 1);
  EXPECT_EQ(service->get(message.cid()).error().code, ErrorCode::not_found);
  EXPECT_TRUE(must(service->gaps(sender)).empty());
}

class RaisedFees : public ServiceTest {
 protected:
  void raise_base_fee(TokenAmount fee) {
    std::lock_guard lock(chain->mutex);
    chain->base_fee = std::move(fee);
  }
};

TEST_F(RaisedFees, BringWaitingMessagesOn) {
  config.fees.replace_after = 3;
  start();
  auto sender = new_sender();
  raise_base_fee(2000);
  mine();
  auto message = send(sender);
  ASSERT_TRUE(in_pool(0, sender, 1));
  mine();
  ASSERT_TRUE(wait_says(message, "fee cap 1000 below base fee 2000"));
  ASSERT_TRUE(mine_until([&] { return record(message).epoch != 0; }));
  auto now = record(message);
  EXPECT_EQ(now.replaced, 1);
  EXPECT_GE(now.message.message.gas_premium, 76);
  EXPECT_GE(now.message.message.gas_fee_cap, 2076);
  EXPECT_EQ(now.fault, "");
}

TEST_F(RaisedFees, StayUnderTheCeiling) {
  config.fees.replace_after = 2;
  config.fees.max_fee = 1'500'000'000;
  start();
  auto sender = new_sender();
  raise_base_fee(2000);
  mine();
  auto message = send(sender);
  ASSERT_TRUE(in_pool(0, sender, 1));
  ASSERT_TRUE(mine_until([&] { return record(message).wait.contains("reached; replacing needs"); }));
  EXPECT_EQ(record(message).replaced, 0);
  raise_base_fee(500);
  ASSERT_TRUE(mine_until([&] { return record(message).epoch != 0; }));
}

class TwoNodes : public ServiceTest {
 protected:
  TwoNodes() : ServiceTest(2) {}
};

TEST_F(TwoNodes, OneThatHangsStallsNobody) {
  start();
  auto sender = new_sender();
  nodes[0]->set_mode(TestNode::Mode::hanging);
  auto message = transfer(sender);
  message.gas_limit = 0;
  auto last = must(service->send(message, {}));
  for (int i = 0; i < 30; ++i) last = send(sender);
  ASSERT_TRUE(in_pool(1, sender, 31));
  ASSERT_TRUE(eventually([&] { return !must(service->status()).nodes[0].ok; }));
  ASSERT_TRUE(mine_until([&] { return record(last).epoch != 0; }));
  auto later = send(sender);
  ASSERT_TRUE(eventually([&] { return nodes[1]->pool_nonce(sender).value_or(0) == 32; }));
  nodes[0]->set_mode(TestNode::Mode::normal);
  ASSERT_TRUE(eventually([&] { return nodes[0]->pool_nonce(sender).value_or(0) == 32; }));
  EXPECT_TRUE(eventually([&] { return must(service->gaps(std::nullopt)).empty(); }));
}

TEST_F(TwoNodes, AThousandMessagesOfSeveralSendersLandInOrder) {
  start();
  std::vector<Address> senders;
  for (int i = 0; i < 4; ++i) senders.push_back(new_sender());
  std::vector<std::jthread> clients;
  std::atomic<int> refused = 0;
  for (int c = 0; c < 4; ++c) {
    clients.emplace_back([&, c] {
      for (uint64_t i = 0; i < 250; ++i) {
        if (!service->send(transfer(senders[(i + static_cast<uint64_t>(c)) % 4], i), {})) ++refused;
      }
    });
  }
  clients.clear();
  EXPECT_EQ(refused, 0);
  ASSERT_TRUE(mine_until([&] { return must(book->pending_summary()).empty(); }));
  auto all = landed();
  EXPECT_EQ(all.size(), 1000);
  for (const auto& sender : senders) {
    for (uint64_t nonce = 0; nonce < 250; ++nonce) {
      auto row = must(book->find(sender, nonce));
      ASSERT_TRUE(row);
      EXPECT_EQ(row->cid, all.at({sender, nonce}));
      EXPECT_EQ(row->fault, "");
    }
  }
}

TEST_F(TwoNodes, TwoServersOnOneDatabaseShareTheWork) {
  config.lease = std::chrono::milliseconds(3000);
  start();
  auto sender = new_sender();
  ASSERT_TRUE(eventually([&] { return must(service->status()).leader; }));
  auto other_book = open();
  auto other = make("second", other_book);
  other->start();
  std::vector<std::jthread> clients;
  for (auto* server : {service.get(), other.get()}) {
    clients.emplace_back([&, server] {
      for (uint64_t i = 0; i < 50; ++i) must(server->send(transfer(sender, i), {}));
    });
  }
  clients.clear();
  EXPECT_FALSE(must(other->status()).leader);
  service.reset();
  ASSERT_TRUE(eventually([&] { return must(other->status()).leader; }));
  ASSERT_TRUE(mine_until([&] { return must(other_book->pending_summary()).empty(); }));
  EXPECT_EQ(landed().size(), 100);
  EXPECT_EQ(must(other->wallets()).front().halted, "");
}

}  // namespace

}  // namespace nelumbo::messager::testing
