#include "sync_targets.hpp"

#include <gtest/gtest.h>

namespace nelumbo::chain {
namespace {

TipsetPtr head(std::string_view name, ChainEpoch height, BigInt weight, std::string_view parent = "parent") {
  BlockHeader header;
  header.miner = Address::from_id(1000);
  header.ticket = Ticket{to_bytes(name)};
  header.parents = {Cid::of(as_bytes(parent))};
  header.height = height;
  header.parent_weight = std::move(weight);
  header.parent_state_root = header.parent_message_receipts = header.messages = Cid::of(as_bytes("state"));
  return must(Tipset::make({header}));
}

const auto kAny = [](const TipsetPtr&) { return true; };
const SyncTargets::Time kNow{std::chrono::hours(1)};

TEST(SyncTargets, TheHeaviestIsChosen) {
  SyncTargets targets;
  EXPECT_FALSE(targets.choose(kAny, kNow));
  targets.heard("a", head("light", 10, 1'000, "x"));
  EXPECT_EQ(targets.choose(kAny, kNow)->height(), 10);
  targets.heard("a", head("heavy", 11, 9'000, "y"));
  targets.heard("a", head("between", 12, 5'000, "z"));
  EXPECT_EQ(targets.choose(kAny, kNow)->height(), 11);
  auto not_heaviest = [](const TipsetPtr& each) { return each->height() != 11; };
  EXPECT_EQ(targets.choose(not_heaviest, kNow)->height(), 12);
  EXPECT_EQ(targets.choose(kAny, kNow)->height(), 12) << "what is not wanted is forgotten";
}

TEST(SyncTargets, ASingleVoiceDoesNotOutshoutTwoThatAgree) {
  SyncTargets targets;
  auto liar = head("liar", 900, BigInt(1) << 100, "nowhere");
  targets.heard("liar", liar);
  EXPECT_EQ(targets.choose(kAny, kNow), liar) << "there is nobody else";
  EXPECT_FALSE(targets.outvoted(liar->key()));
  auto good = head("good", 20, 2'000, "p");
  targets.heard("a", good);
  targets.heard("b", head("sibling", 20, 2'000, "p"));
  EXPECT_EQ(targets.choose(kAny, kNow)->height(), 20);
  EXPECT_TRUE(targets.outvoted(liar->key()));
  EXPECT_FALSE(targets.outvoted(good->key()));
  EXPECT_EQ(targets.backers(*good), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(targets.tellers(good->key()), (std::vector<std::string>{"a"}));
  targets.forget_peer("a");
  targets.forget_peer("b");
  EXPECT_EQ(targets.choose(kAny, kNow), liar);
}

TEST(SyncTargets, AFailureIsTriedAgainLaterAndNotForEver) {
  SyncTargets targets;
  auto one = head("one", 10, 1'000);
  targets.heard("a", one);
  auto now = kNow;
  int tries = 0;
  while (targets.choose(kAny, now)) {
    ++tries;
    targets.postpone(one->key(), now);
    EXPECT_FALSE(targets.choose(kAny, now));
    if (auto next = targets.next_time()) now = *next;
  }
  EXPECT_EQ(tries, 6);
  EXPECT_FALSE(targets.next_time());
  targets.heard("b", one);
  targets.postpone(one->key(), now);
  targets.heard("c", one);
  EXPECT_EQ(targets.choose(kAny, now), one) << "told again, it is tried at once";
}

TEST(SyncTargets, AFloodOfOnePeerDisplacesOnlyItsOwn) {
  SyncTargets targets;
  auto honest = head("honest", 10, 1'000, "p");
  targets.heard("honest", honest);
  for (int i = 0; i < 1'000; ++i) targets.heard("flood", head(fmt::format("f{}", i), 5, i, fmt::format("{}", i)));
  for (int i = 0; i < 1'000; ++i) targets.heard(fmt::format("sybil {}", i), honest);
  EXPECT_EQ(targets.peers(), SyncTargets::kPeers);
  size_t kept = 0;
  targets.choose([&](const TipsetPtr&) { return ++kept > 0; }, kNow);
  EXPECT_EQ(kept, 1 + SyncTargets::kHeadsOfPeer);
  EXPECT_EQ(targets.choose(kAny, kNow), honest);
}

}  // namespace
}  // namespace nelumbo::chain
