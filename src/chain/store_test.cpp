#include "chain/store.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "chain/randomness.hpp"
#include "test_store.hpp"

namespace nelumbo::chain {
namespace {

using Type = HeadChange::Type;

/// A store with blocks that only the store looks at: no state, no signatures.
class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store = must(ChainStore::open(kv, blocks, devnet_params()));
    empty_messages = must(store->put_message_meta({}, {}));
    auto header = block({}, 0, "genesis");
    must(store->set_genesis(header));
    genesis = must(store->genesis());
  }

  BlockHeader block(const TipsetPtr& parent, ChainEpoch height, std::string_view ticket, ActorId miner = 1000) {
    BlockHeader header;
    header.miner = Address::from_id(miner);
    header.ticket = Ticket{to_bytes(ticket)};
    header.election_proof = ElectionProof{1, {}};
    header.parents = parent ? parent->cids() : std::vector{Cid::of(as_bytes("before all"))};
    header.height = height;
    header.parent_state_root = header.parent_message_receipts = Cid::of(as_bytes("state"));
    header.messages = empty_messages;
    return header;
  }
  TipsetPtr add(const TipsetPtr& parent, ChainEpoch height, std::string_view ticket) {
    return add({block(parent, height, ticket)});
  }
  TipsetPtr add(std::vector<BlockHeader> headers) {
    for (const auto& header : headers) must(store->put_block(header));
    return must(Tipset::make(std::move(headers)));
  }

  std::shared_ptr<testing::MemoryKv> kv = std::make_shared<testing::MemoryKv>();
  BlockstorePtr blocks = make_memory_blockstore();
  std::shared_ptr<ChainStore> store;
  Cid empty_messages;
  TipsetPtr genesis;
};

TEST_F(StoreTest, AnotherGenesisIsRefused) {
  EXPECT_TRUE(store->set_genesis(genesis->blocks().front()));
  auto other = store->set_genesis(block({}, 0, "other"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::exists);
  EXPECT_FALSE(store->set_genesis(block({}, 1, "late")));
}

TEST_F(StoreTest, HeadSurvivesARestart) {
  auto a = add(genesis, 1, "a");
  auto b = add(a, 3, "b");
  must(store->set_head(b));
  auto again = must(ChainStore::open(kv, blocks, devnet_params()));
  EXPECT_EQ(again->heaviest()->key(), b->key());
  EXPECT_EQ(must(again->genesis())->key(), genesis->key());
  EXPECT_EQ(must(again->tipset_at(1, nullptr, ChainStore::OnNull::next))->key(), a->key());
}

TEST_F(StoreTest, ForksAreFollowedToADepth) {
  auto split = add(genesis, 5, "split");
  auto one = add(add(split, 100, "a"), 200, "b"), two = add(add(split, 90, "c"), 210, "d");
  auto path = must(store->path(one, two, 195));
  ASSERT_EQ(path.size(), 4u);
  EXPECT_EQ(path[0].tipset->key(), one->key());
  EXPECT_EQ(path[3].tipset->key(), two->key());
  auto too_deep = store->path(one, two, 194);
  ASSERT_FALSE(too_deep);
  EXPECT_EQ(too_deep.error().code, ErrorCode::exhausted);
  EXPECT_TRUE(store->path(two, add(two, 5'000, "e"), 1)) << "only what is reverted counts";
}

TEST_F(StoreTest, OnlyValidatedTipsetsCount) {
  auto a = add(genesis, 1, "a");
  auto b = add({block(a, 2, "b", 1000), block(a, 2, "c", 1001)});
  EXPECT_TRUE(must(store->is_validated(*genesis))) << "the canonical chain is";
  EXPECT_FALSE(must(store->is_validated(*a)));
  must(store->set_validated(std::span(b->blocks()).first(1)));
  EXPECT_FALSE(must(store->is_validated(*b))) << "one of two";
  EXPECT_FALSE(store->set_checkpoint(b));
  must(store->set_validated(b->blocks()));
  auto again = must(ChainStore::open(kv, blocks, devnet_params()));
  EXPECT_TRUE(must(again->is_validated(*b)));
  must(again->set_checkpoint(b));
  EXPECT_EQ(again->heaviest()->key(), b->key());
  EXPECT_EQ(must(ChainStore::open(kv, blocks, devnet_params()))->checkpoint()->key(), b->key());
}

TEST_F(StoreTest, EpochsAreFoundOnAndOffTheCanonicalChain) {
  std::vector<TipsetPtr> chain{genesis};
  for (ChainEpoch epoch : {1, 2, 5, 6, 9}) chain.push_back(add(chain.back(), epoch, fmt::format("c{}", epoch)));
  must(store->set_head(chain.back()));
  auto fork = add(add(chain[2], 4, "f4"), 7, "f7");  // leaves the canonical chain after epoch 2

  using enum ChainStore::OnNull;
  auto at = [&](ChainEpoch epoch, const TipsetPtr& from, ChainStore::OnNull on_null) {
    return must(store->tipset_at(epoch, from, on_null))->height();
  };
  EXPECT_EQ(at(5, nullptr, next), 5);
  EXPECT_EQ(at(3, nullptr, next), 5);
  EXPECT_EQ(at(3, nullptr, previous), 2);
  EXPECT_EQ(at(8, nullptr, next), 9);
  EXPECT_EQ(at(8, nullptr, previous), 6);
  EXPECT_EQ(at(9, nullptr, previous), 9);
  EXPECT_EQ(at(0, nullptr, next), 0);
  EXPECT_EQ(at(3, fork, next), 4);
  EXPECT_EQ(at(3, fork, previous), 2);
  EXPECT_EQ(at(6, fork, next), 7);
  EXPECT_EQ(at(6, fork, previous), 4);
  EXPECT_EQ(at(1, fork, next), 1);
  EXPECT_FALSE(store->tipset_at(10, nullptr, next));
  EXPECT_FALSE(store->tipset_at(-1, nullptr, next));
  EXPECT_TRUE(must(store->is_ancestor(*chain[2], fork)));
  EXPECT_FALSE(must(store->is_ancestor(*chain[3], fork)));
}

TEST_F(StoreTest, SubscribersSeeEveryChangeInOrder) {
  std::vector<std::pair<Type, ChainEpoch>> seen;
  auto subscription = store->subscribe(
      [&](const std::vector<HeadChange>& changes) {
        for (const auto& each : changes) seen.emplace_back(each.type, each.tipset->height());
      },
      true);
  auto a1 = add(genesis, 1, "a1");
  auto a2 = add(a1, 2, "a2");
  auto b1 = add(genesis, 1, "b1");
  auto b3 = add(b1, 3, "b3");
  must(store->set_head(a2));
  must(store->set_head(b3));
  must(store->set_head(b3));  // no change, no notice
  subscription.reset();
  must(store->set_head(a2));
  const std::vector<std::pair<Type, ChainEpoch>> expected = {{Type::current, 0}, {Type::apply, 1},  {Type::apply, 2},
                                                             {Type::revert, 2},  {Type::revert, 1}, {Type::apply, 1},
                                                             {Type::apply, 3}};
  EXPECT_EQ(seen, expected);
}

TEST_F(StoreTest, ASubscriberMayLeaveFromItsCallback) {
  int calls = 0;
  Subscription subscription;
  subscription = store->subscribe([&](const std::vector<HeadChange>&) {
    ++calls;
    subscription.reset();
  });
  auto a = add(genesis, 1, "a");
  must(store->set_head(a));
  must(store->set_head(add(a, 2, "b")));
  EXPECT_EQ(calls, 1);
}

TEST_F(StoreTest, ManyThreadsChangeTheHeadAndNoNoticeIsLost) {
  TipsetPtr followed;  // the head as told by notices alone
  bool gap = false;
  auto subscription = store->subscribe(
      [&](const std::vector<HeadChange>& changes) {
        for (const auto& each : changes) {
          if (each.type == Type::current) {
            followed = each.tipset;
          } else if (each.type == Type::revert) {
            gap |= followed->key() != each.tipset->key();
            followed = must(store->parent(*each.tipset));
          } else {
            gap |= each.tipset->parents() != followed->key();
            followed = each.tipset;
          }
        }
      },
      true);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      TipsetPtr head = genesis;
      for (ChainEpoch epoch = 1; epoch < 30; ++epoch) {
        head = add(head, epoch, fmt::format("{}-{}", thread, epoch));
        must(store->set_head(head));
        must(store->tipset_at(epoch / 2, head, ChainStore::OnNull::previous));
      }
    });
  }
  threads.clear();
  EXPECT_FALSE(gap);
  EXPECT_EQ(followed->key(), store->heaviest()->key());
}

TEST_F(StoreTest, SiblingsJoinOnePerMiner) {
  auto one = block(genesis, 1, "x", 1000), two = block(genesis, 1, "y", 1001),
       double_mined = block(genesis, 1, "z", 1000);
  auto elsewhere = block(add(genesis, 1, "p"), 2, "q", 1002);
  for (const auto& each : {one, two, double_mined, elsewhere}) store->track(each);
  EXPECT_EQ(must(store->expand(one))->blocks().size(), 2u);
  auto with_double = must(store->expand(double_mined));
  EXPECT_EQ(with_double->blocks().size(), 2u);
  EXPECT_TRUE(with_double->contains(double_mined.cid()));
  EXPECT_FALSE(with_double->contains(one.cid()));
}

Message message(uint64_t from, uint64_t nonce) {
  Message out;
  out.from = Address::from_id(from);
  out.to = Address::from_id(99);
  out.nonce = nonce;
  out.gas_limit = 1'000'000;
  return out;
}

SignedMessage signed_message(uint64_t from, uint64_t nonce) {
  return {message(from, nonce), {SignatureType::secp256k1, Bytes(65, 3)}};
}

TEST_F(StoreTest, MessagesRunOnceInCanonicalOrder) {
  auto with = [&](std::string_view ticket, ActorId miner, std::vector<Message> bls, std::vector<SignedMessage> secp) {
    auto header = block(genesis, 1, ticket, miner);
    auto b = must(store->put_messages(std::span<const Message>(bls)));
    auto s = must(store->put_messages(std::span<const SignedMessage>(secp)));
    header.messages = must(store->put_message_meta(b, s));
    return header;
  };
  // 200 sends 0, 1 in the first block; the second repeats 1 and goes on with 2. 201 repeats its nonce.
  auto tipset =
      add({with("t1", 1000, {message(200, 0), message(200, 1)}, {signed_message(201, 5)}),
           with("t2", 1001, {message(200, 1), message(200, 2)}, {signed_message(201, 5), signed_message(202, 0)})});
  std::vector<std::pair<std::string, uint64_t>> order;
  for (const auto& each : must(store->messages_of(*tipset))) {
    order.emplace_back(each.message.from.str(), each.message.nonce);
  }
  const bool first_is_1000 = tipset->blocks().front().miner == Address::from_id(1000);
  auto name = [](ActorId id) { return Address::from_id(id).str(); };
  using Order = std::vector<std::pair<std::string, uint64_t>>;
  if (first_is_1000) {
    EXPECT_EQ(order, (Order{{name(200), 0}, {name(200), 1}, {name(201), 5}, {name(200), 2}, {name(202), 0}}));
  } else {
    EXPECT_EQ(order, (Order{{name(200), 1}, {name(200), 2}, {name(201), 5}, {name(202), 0}}));
  }

  must(store->set_head(tipset));
  EXPECT_EQ(must(store->inclusion_epoch(message(200, 2).cid())), 1);
  EXPECT_EQ(must(store->inclusion_epoch(signed_message(202, 0).cid())), 1);
  must(store->set_head(add(genesis, 2, "other")));
  EXPECT_FALSE(must(store->inclusion_epoch(message(200, 2).cid())));

  EXPECT_FALSE(must(store->message(message(200, 2).cid())).signature);
  EXPECT_TRUE(must(store->message(signed_message(202, 0).cid())).signature);
  auto full = must(store->full_block(tipset->blocks().front()));
  EXPECT_EQ(full.bls.size(), 2u);
  EXPECT_FALSE(store->message(Cid::of(as_bytes("no such"))));
}

TEST_F(StoreTest, ReceiptsAndEventsComeBack) {
  Receipt receipt{.exit_code = 3, .return_data = to_bytes("r"), .gas_used = 77, .events_root = Cid::of(as_bytes("e"))};
  auto root = must(store->put_receipts(std::vector{receipt, Receipt{}}, 28));
  EXPECT_EQ(must(store->receipts(root)).size(), 2u);
  EXPECT_EQ(must(store->receipt(root, 0)), receipt);
  EXPECT_FALSE(store->receipt(root, 2));
  std::vector<Event> events{{1001, {{1, "t1", 0x55, to_bytes("v")}}}, {1002, {}}};
  EXPECT_EQ(must(store->events(must(store->put_events(events)))), events);
}

TEST_F(StoreTest, BeaconEntriesAreSoughtBack) {
  auto with_entry = block(genesis, 1, "a");
  with_entry.beacon_entries = {{4, to_bytes("four")}, {5, to_bytes("five")}};
  TipsetPtr tipset = add({with_entry});
  for (ChainEpoch epoch = 2; epoch < 20; ++epoch) tipset = add(tipset, epoch, fmt::format("b{}", epoch));
  EXPECT_EQ(must(store->latest_beacon_entry(tipset)).round, 5u);
  tipset = add(tipset, 20, "c");
  EXPECT_EQ(must(store->latest_beacon_entry(tipset)).round, 5u);
  tipset = add(tipset, 21, "d");
  EXPECT_FALSE(store->latest_beacon_entry(tipset));
}

TEST_F(StoreTest, ChainRandomnessOfNullRoundsIsTheNextTipsets) {
  auto a = add(genesis, 1, "a");
  auto b = add(a, 4, "b");
  auto c = add(b, 5, "c");
  Randomness randomness(store, nullptr, c);
  EXPECT_EQ(must(randomness.chain_digest(1)), Ticket{to_bytes("a")}.digest());
  EXPECT_EQ(must(randomness.chain_digest(2)), Ticket{to_bytes("b")}.digest());
  EXPECT_EQ(must(randomness.chain_digest(-20)), Ticket{to_bytes("genesis")}.digest());
  EXPECT_FALSE(randomness.chain_digest(6));
}

}  // namespace
}  // namespace nelumbo::chain
