// Catching up with other nodes' chains.

#include "sync_net.hpp"

namespace nelumbo::chain::testing {
namespace {

using Stage = SyncStatus::Stage;

class SyncTest : public ChainTest {
 protected:
  /// Mines `count` tipsets with a transfer each, a null round before every fifth.
  void grow(int count) {
    for (int i = 0; i < count; ++i) {
      auto message = chain->transfer(Address::from_id(actors::kBurntFundsActor), 7, nonce++);
      chain->mine({message}, i % 5 == 4 ? 1 : 0);
    }
  }
  TipsetPtr head() const { return chain->store->heaviest(); }
  std::vector<TipsetPtr> tipsets() const {
    std::vector<TipsetPtr> out{head()};
    while (out.back()->height() > 0) out.push_back(must(chain->store->parent(*out.back())));
    return {out.rbegin(), out.rend()};
  }
  void same_state(LivingChain& other) {
    EXPECT_EQ(other.store->heaviest()->key(), head()->key());
    EXPECT_EQ(must(other.states->tipset_state(head())).state_root,
              must(chain->states->tipset_state(head())).state_root);
  }
  uint64_t nonce = 0;
};

TEST_F(SyncTest, AFreshNodeCatchesUp) {
  grow(40);
  SyncingNode node(*chain);
  node.start({.header_page = 16, .message_window = 7});
  node.manager->head_heard("peer", head());
  ASSERT_TRUE(node.reaches(head()));
  same_state(node.chain);
  auto status = node.ended(head());
  EXPECT_EQ(status.stage, Stage::complete);
  EXPECT_EQ(status.height, head()->height());
  EXPECT_GT(status.epochs_per_second, 0);
  EXPECT_GT(status.messages_per_second, 0);
  EXPECT_EQ(node.source->fetched_headers, 39u + 1) << "the target was told, the last page ends with the genesis";
  EXPECT_EQ(node.source->fetched_blocks, 40u);
  // And goes on with the next heads one by one.
  for (int i = 0; i < 3; ++i) {
    grow(1);
    node.manager->head_heard("peer", head());
    ASSERT_TRUE(node.reaches(head()));
  }
  EXPECT_EQ(node.source->fetched_headers, 40u);
  EXPECT_TRUE(node.blamed.empty());
}

TEST_F(SyncTest, AForkHealsToTheHeavierSide) {
  grow(3);
  SyncingNode other(*chain);
  other.start();
  other.manager->head_heard("a", head());
  ASSERT_TRUE(other.reaches(head()));
  // Apart: the same miner goes on on both sides, on one of them a round later.
  other.stop();
  for (int i = 0; i < 30; ++i) chain->mine();
  for (int i = 0; i < 31; ++i) other.chain.mine({}, i == 0 ? 1 : 0);
  auto mine = head(), theirs = other.chain.store->heaviest();
  const bool theirs_wins = must(other.chain.store->weight(*theirs)) > must(chain->store->weight(*mine));

  SyncingNode third(*chain);  // hears of both
  third.start();
  third.manager->head_heard("a", mine);
  ASSERT_TRUE(third.reaches(mine));
  std::vector<HeadChange> changes;
  auto subscription =
      third.chain.store->subscribe([&](const auto& each) { changes.insert(changes.end(), each.begin(), each.end()); });
  third.stop();
  third.from(other.chain);
  third.start();
  third.manager->head_heard("b", theirs);
  EXPECT_EQ(third.ended(theirs).stage, Stage::complete);
  EXPECT_EQ(third.chain.store->heaviest()->key(), (theirs_wins ? theirs : mine)->key());
  if (theirs_wins) {
    auto reverts = std::ranges::count(changes, HeadChange::Type::revert, &HeadChange::type);
    auto applies = std::ranges::count(changes, HeadChange::Type::apply, &HeadChange::type);
    EXPECT_EQ(reverts, 30);
    EXPECT_EQ(applies, 31);
  }

  other.from(*chain);
  other.start();
  other.manager->head_heard("a", mine);
  if (!theirs_wins) {
    EXPECT_TRUE(other.reaches(mine));
  } else {
    // Lighter than what it has: nothing to do, and so nothing fetched.
    grow(1);
    other.manager->head_heard("a", head());
    EXPECT_EQ(other.chain.store->heaviest()->key(), theirs->key());
  }
}

TEST_F(SyncTest, ARestartFetchesNoHeaderTwice) {
  grow(40);
  const auto all = tipsets();
  SyncingNode node(*chain);
  int pages = 0;
  node.source->before_headers = [&]() -> Result<> {
    if (++pages > 2) return fail(ErrorCode::unavailable, "the line is cut");
    return {};
  };
  SyncOptions options{.header_page = 8, .message_window = 5, .head_every = std::chrono::milliseconds(0)};
  node.start(options);
  node.manager->head_heard("peer", head());
  EXPECT_NE(node.ended(head()).message.find("the line is cut"), std::string::npos);
  EXPECT_EQ(node.source->fetched_headers, 16u);

  // The rest of the headers, and messages up to a place in the middle.
  node.stop();
  node.source->before_headers = nullptr;
  const ChainEpoch middle = all[20]->height();
  node.source->before_blocks = [&](const Tipset& tipset) -> Result<> {
    if (tipset.height() > middle) return fail(ErrorCode::unavailable, "the line is cut again");
    return {};
  };
  node.restart(options);
  node.manager->head_heard("peer", head());
  EXPECT_NE(node.ended(head()).message.find("the line is cut again"), std::string::npos);
  EXPECT_EQ(node.source->fetched_headers, 40u);
  EXPECT_EQ(node.chain.store->heaviest()->key(), all[20]->key()) << "what was validated is the head";

  node.stop();
  node.source->before_blocks = nullptr;
  node.source->fetched_blocks = 0;
  node.restart(options);
  node.manager->head_heard("peer", head());
  ASSERT_TRUE(node.reaches(head()));
  EXPECT_EQ(node.source->fetched_headers, 40u);
  EXPECT_EQ(node.source->fetched_blocks, 20u);
  same_state(node.chain);
}

TEST_F(SyncTest, TheHeaviestValidHeadWinsInAnyOrder) {
  grow(2);
  auto base = head();
  // Three branches of different lengths, and all their tipsets as heads.
  std::vector<TipsetPtr> heads;
  for (int branch = 0; branch < 3; ++branch) {
    auto tip = base;
    for (int i = 0; i < 2 + branch; ++i) {
      tip = must(chain->syncer->accept(chain->next_block({}, i == 0 ? branch : 0, tip)));
      heads.push_back(tip);
    }
  }
  for (unsigned seed = 0; seed < 4; ++seed) {
    SyncingNode node(*chain);
    node.start();
    auto order = heads;
    for (size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[(i * 7 + seed * 5) % (i + 1)]);
    for (size_t i = 0; i < order.size(); ++i)
      node.manager->head_heard(fmt::format("peer {}", i % (seed + 1)), order[i]);
    EXPECT_TRUE(node.reaches(head())) << "order " << seed;
    EXPECT_TRUE(node.blamed.empty());
  }
}

TEST_F(SyncTest, MarkedBadIsNotSyncedAndNobodyIsBlamed) {
  grow(10);
  auto bad = tipsets()[5];
  SyncingNode node(*chain);
  node.chain.syncer->mark_bad(bad->cids().front(), "the operator does not want it");
  node.start();
  node.manager->head_heard("peer", head());
  EXPECT_NE(node.ended(head()).message.find("the operator does not want it"), std::string::npos);
  EXPECT_NE(node.chain.syncer->bad_reason(head()->cids().front()).value_or("").find(bad->cids().front().str()),
            std::string::npos);
  EXPECT_LT(node.chain.store->heaviest()->height(), bad->height());
  EXPECT_TRUE(node.chain.syncer->unmark_bad(bad->cids().front()));
  EXPECT_FALSE(node.chain.syncer->bad_reason(head()->cids().front())) << "it was bad only through its ancestor";
  node.manager->head_heard("peer", head());
  EXPECT_TRUE(node.reaches(head()));
  EXPECT_TRUE(node.blamed.empty());
}

TEST_F(SyncTest, ACheckpointRefusesAHeavierForkOverRestarts) {
  grow(4);
  auto base = head();
  auto short_side = must(chain->syncer->accept(chain->next_block({}, 1, base)));
  TipsetPtr long_side = base;
  for (int i = 0; i < 4; ++i) long_side = must(chain->syncer->accept(chain->next_block({}, 0, long_side)));
  ASSERT_EQ(head()->key(), long_side->key());

  SyncingNode node(*chain);
  node.start();
  // Not here yet: it is fetched with its chain.
  must(node.manager->checkpoint(short_side->key()));
  EXPECT_EQ(node.chain.store->heaviest()->key(), short_side->key());
  EXPECT_EQ(node.chain.store->checkpoint()->key(), short_side->key());
  node.restart();
  EXPECT_EQ(node.chain.store->checkpoint()->key(), short_side->key());
  node.manager->head_heard("peer", long_side);
  EXPECT_NE(node.ended(long_side).message.find("leaves out the checkpoint"), std::string::npos);
  EXPECT_EQ(node.chain.store->heaviest()->key(), short_side->key());
  EXPECT_TRUE(node.blamed.empty());
  // What stands on it is taken.
  auto on_it = must(chain->syncer->accept(chain->next_block({}, 0, short_side)));
  node.manager->head_heard("peer", on_it);
  EXPECT_TRUE(node.reaches(on_it));
  // A checkpoint on the other side moves the head there; setting the head by hand removes it.
  must(node.manager->checkpoint(long_side->key()));
  EXPECT_EQ(node.chain.store->heaviest()->key(), long_side->key());
  must(node.chain.store->set_head(on_it));
  EXPECT_FALSE(node.chain.store->checkpoint());
}

TEST_F(SyncTest, AForkDeeperThanFinalityIsNamed) {
  chain->mine();
  SyncingNode node(*chain);
  node.start({.finality = 20});
  node.manager->head_heard("peer", head());
  ASSERT_TRUE(node.reaches(head()));
  const auto split = head();
  node.chain.mine({}, 22);
  const auto ours = node.chain.store->heaviest();
  for (int i = 0; i < 5; ++i) chain->mine({}, 3);
  for (int i = 0; i < 5; ++i) chain->mine();
  node.manager->head_heard("them", head());
  EXPECT_NE(node.ended(head()).message.find(fmt::format("split off at epoch {}", split->height())), std::string::npos);
  auto forked = node.manager->forked_away();
  ASSERT_TRUE(forked);
  EXPECT_EQ(forked->split, split->height());
  EXPECT_EQ(forked->peers, std::vector<std::string>{"them"});
  EXPECT_EQ(node.chain.store->heaviest()->key(), ours->key());
  EXPECT_TRUE(node.blamed.empty());
}

}  // namespace
}  // namespace nelumbo::chain::testing
