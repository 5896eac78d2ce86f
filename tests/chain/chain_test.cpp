#include <chrono>
#include <thread>

#include "chain/compute.hpp"
#include "chain/wait.hpp"
#include "living_chain.hpp"

namespace nelumbo::chain::testing {
namespace {

Address fresh_address() {
  return must(key_address(SignatureType::secp256k1, must(generate_key(SignatureType::secp256k1))));
}

TEST_F(ChainTest, GrowsAndSurvivesARestart) {
  for (int i = 0; i < 5; ++i) chain->mine();
  auto head = chain->store->heaviest();
  EXPECT_GE(head->height(), 5);
  auto state = must(chain->states->tipset_state(head));
  chain->open();
  EXPECT_EQ(chain->store->heaviest()->key(), head->key());
  EXPECT_EQ(must(chain->states->tipset_state(chain->store->heaviest())).state_root, state.state_root);
  chain->mine();
  EXPECT_EQ(chain->store->heaviest()->parents(), head->key());
}

TEST_F(ChainTest, NullRoundsRunCronAndBringTheirBeaconEntries) {
  chain->mine();
  auto before = chain->store->heaviest();
  auto tipset = chain->mine({}, 20);
  const auto rounds = static_cast<size_t>(tipset->height() - before->height());
  EXPECT_GE(rounds, 21u);
  EXPECT_EQ(tipset->blocks().front().beacon_entries.size(), rounds);
  int crons = 0;
  chain->mine();
  for (const auto& each : must(chain->states->trace_tipset(tipset, false))) {
    crons += each.implicit && each.message.to == Address::from_id(actors::kCronActor);
  }
  EXPECT_EQ(crons, static_cast<int>(rounds));
}

TEST_F(ChainTest, ATransferIsExecutedFoundAndReplayed) {
  chain->mine();
  const auto to = fresh_address();
  auto message = chain->transfer(to, kAttoPerFil * 3 / 2, 0);
  auto included = chain->mine({message});
  EXPECT_FALSE(must(chain->states->actor(to, *included)));  // its state is from before the message
  auto after = chain->mine();
  auto actor = must(chain->states->actor(to, *after));
  ASSERT_TRUE(actor);
  EXPECT_EQ(actor->balance, kAttoPerFil * 3 / 2);
  EXPECT_EQ(must(chain->states->key_address(to, after)), to);
  EXPECT_TRUE(must(chain->states->lookup_id(to, *after)).is_id());

  for (int i = 0; i < 3; ++i) chain->mine();
  auto head = chain->store->heaviest();
  auto found = must(chain->states->find_message(head, message.cid(), std::nullopt, false));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->receipt.exit_code, 0);
  EXPECT_GT(found->receipt.gas_used, 0);
  EXPECT_EQ(found->tipset->key(), after->key());
  EXPECT_FALSE(must(chain->states->find_message(head, message.cid(), 1, false)));

  auto replayed = must(chain->states->replay(included, message.cid()));
  EXPECT_EQ(replayed.result.receipt, found->receipt);
  EXPECT_FALSE(replayed.result.trace.empty());
  EXPECT_GT(replayed.result.miner_tip, 0);
}

/// Parameters of the address manager's CreateExternal: code that logs nothing (LOG0) and leaves an empty contract.
Bytes logging_contract() { return to_cbor(Bytes{0x60, 0x00, 0x60, 0x00, 0xa0, 0x00}); }

TEST_F(ChainTest, EventsLieUnderTheirReceiptsRoot) {
  // The genesis created the miner on behalf of nonce 0, and addresses of new actors follow from sender and nonce.
  chain->mine({chain->transfer(fresh_address(), 1, 0)});
  Message message = chain->transfer(Address::from_id(actors::kEamActor), 0, 1).message;
  message.method = 4;  // CreateExternal
  message.params = logging_contract();
  message.gas_limit = 2'000'000'000;
  auto signed_message = chain->sign_message(message);
  chain->mine({signed_message});
  auto after = chain->mine();
  auto found = must(chain->states->find_message(after, message.cid(), std::nullopt, false));
  ASSERT_TRUE(found);
  ASSERT_EQ(found->receipt.exit_code, 0)
      << must(chain->states->replay(must(chain->store->parent(*after)), message.cid())).result.failure;
  ASSERT_TRUE(found->receipt.events_root);
  EXPECT_EQ(must(chain->store->events(*found->receipt.events_root)).size(), 1u);
}

TEST_F(ChainTest, ATipsetIsExecutedOnceHoweverManyAsk) {
  chain->mine();
  chain->mine({chain->transfer(fresh_address(), 1, 0)});
  auto head = chain->store->heaviest();
  const auto before = chain->states->messages_applied();
  std::vector<std::jthread> threads;
  std::vector<Cid> roots(6);
  for (size_t i = 0; i < roots.size(); ++i) {
    threads.emplace_back([&, i] { roots[i] = must(chain->states->tipset_state(head)).state_root; });
  }
  threads.clear();
  EXPECT_EQ(chain->states->messages_applied(), before + 1);
  for (const auto& root : roots) EXPECT_EQ(root, roots.front());
}

TEST_F(ChainTest, AReplacedMessageIsToldApart) {
  chain->mine();
  const auto to = fresh_address();
  auto wanted = chain->transfer(to, 5, 0);
  must(chain->store->put_messages(std::span(&wanted.message, 1)));
  Message dearer = wanted.message;
  dearer.gas_premium += 1;
  chain->mine({chain->sign_message(dearer)});
  chain->mine();
  auto head = chain->mine();
  auto found = must(chain->states->find_message(head, wanted.message.cid(), std::nullopt, true));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->message, dearer.cid());
  auto strict = chain->states->find_message(head, wanted.message.cid(), std::nullopt, false);
  ASSERT_FALSE(strict);
  EXPECT_EQ(strict.error().code, ErrorCode::exists);
}

TEST_F(ChainTest, WaitingEndsWithTheConfidence) {
  chain->mine();
  auto message = chain->transfer(fresh_address(), 1, 0);
  must(chain->store->put_messages(std::span(&message.message, 1)));
  std::vector<ChainEpoch> told;
  auto subscription =
      watch_message(chain->states, message.cid(), 3, std::nullopt, true,
                    [&](Result<MessageLookup> found) { told.push_back(must(std::move(found)).tipset->height()); });
  chain->mine({message});
  auto executed = chain->mine();
  EXPECT_TRUE(told.empty());
  while (told.empty()) {
    ASSERT_LT(chain->store->heaviest()->height(), executed->height() + 10);
    chain->mine();
  }
  EXPECT_GE(chain->store->heaviest()->height(), executed->height() + 3);
  EXPECT_EQ(told, std::vector{executed->height()});
  // One that is deep already is found at once.
  auto again = must(wait_message(chain->states, message.cid(), 2, std::nullopt, true, {}));
  EXPECT_EQ(again.tipset->key(), executed->key());
  std::stop_source stopped;
  stopped.request_stop();
  auto other = chain->transfer(fresh_address(), 1, 77);
  must(chain->store->put_messages(std::span(&other.message, 1)));
  EXPECT_EQ(wait_message(chain->states, other.cid(), 0, std::nullopt, true, stopped.get_token()).error().code,
            ErrorCode::cancelled);
}

TEST_F(ChainTest, CallsAndGasLeaveTheChainAlone) {
  chain->mine();
  auto head = chain->mine();
  Message message = chain->transfer(fresh_address(), kAttoPerFil, 0).message;
  message.gas_limit = 0;
  auto called = must(chain->states->call(message, head));
  EXPECT_EQ(called.result.receipt.exit_code, 0);
  EXPECT_FALSE(called.result.trace.empty());

  message.gas_limit = kBlockGasLimit;
  message.gas_fee_cap = 0;
  message.gas_premium = 0;
  auto priced = must(chain->states->call_with_gas(message, {}, head, true));
  EXPECT_EQ(priced.result.receipt.exit_code, 0);
  EXPECT_GT(priced.result.receipt.gas_used, 1'000'000);
  EXPECT_LT(priced.result.receipt.gas_used, 10'000'000);
  // With a prior message of the sender the nonce follows.
  auto prior = ChainMessage::of(chain->transfer(fresh_address(), 1, 0));
  EXPECT_EQ(must(chain->states->call_with_gas(message, {prior}, head, true)).message.nonce, 1u);
  message.from = fresh_address();
  EXPECT_EQ(chain->states->call(message, head).error().code, ErrorCode::not_found);
  auto state = must(chain->states->tipset_state(head));
  EXPECT_EQ(state.state_root, chain->next_block().header.parent_state_root);
}

TEST_F(ChainTest, MessagesAreTriedOutAfterATipset) {
  for (int i = 0; i < 3; ++i) chain->mine();
  auto head = chain->store->heaviest();
  auto bare = must(compute_state(*chain->states, head, head->height(), {}));
  EXPECT_EQ(bare.state_root, must(chain->states->tipset_state(head)).state_root);
  auto send = chain->transfer(Address::from_id(actors::kBurntFundsActor), 7, 0).message;
  auto tried = must(compute_state(*chain->states, head, head->height() + 5, {send}));
  ASSERT_EQ(tried.trace.size(), bare.trace.size() + 1);
  EXPECT_EQ(tried.trace.back().result.receipt.exit_code, 0);
  EXPECT_FALSE(tried.trace.back().result.trace.empty());
  EXPECT_NE(tried.state_root, bare.state_root);
  EXPECT_FALSE(must(chain->store->blocks()->has(tried.state_root))) << "nothing of it is kept";
  EXPECT_FALSE(compute_state(*chain->states, head, head->height() - 1, {}));
}

TEST_F(ChainTest, SupplyAddsUp) {
  auto head = chain->mine();
  head = chain->mine();
  auto state = must(chain->states->parent_state(*head));
  auto supply = must(chain->states->vm_supply(head->height(), state));
  EXPECT_EQ(vested_at(chain->params, 10 * 366 * kEpochsPerDay), kAttoPerFil * 599'822'557);
  EXPECT_EQ(supply.circulating, supply.vested + supply.mined + supply.reserve_disbursed - supply.burnt - supply.locked);
  EXPECT_GT(supply.mined, 0);
  auto exact = must(exact_circulating_supply(chain->params, head->height(), state));
  EXPECT_GT(exact, 0);
  EXPECT_LT(exact, kAttoPerFil * kTotalFilecoin);
}

TEST_F(ChainTest, TheHeavierForkWins) {
  chain->mine();
  auto base = chain->store->heaviest();
  auto late = chain->next_block({}, 3, base);
  auto early = chain->next_block({}, 0, base);
  auto late_tipset = must(chain->syncer->accept(late));
  EXPECT_EQ(chain->store->heaviest()->key(), late_tipset->key());
  auto early_tipset = must(chain->syncer->accept(early));
  auto on_early = must(chain->syncer->accept(chain->next_block({}, 0, early_tipset)));
  EXPECT_EQ(chain->store->heaviest()->key(), on_early->key());
  EXPECT_GT(must(chain->store->weight(*on_early)), must(chain->store->weight(*late_tipset)));
}

TEST_F(ChainTest, AnEpochTakesAFewTensOfMilliseconds) {
  chain->mine();
  constexpr int kBlocks = 40;
  auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kBlocks; ++i) chain->mine();
  const double each =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() / kBlocks;
  RecordProperty("milliseconds_per_block", std::to_string(each));
  printf("%.1f ms a block (executed, built, validated, stored)\n", each);
  EXPECT_LT(each, 2000);
}

}  // namespace
}  // namespace nelumbo::chain::testing
