#include "header_log.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "chain/store.hpp"
#include "test_store.hpp"

namespace nelumbo::chain {
namespace {

TipsetPtr tipset(const TipsetPtr& parent, ChainEpoch height, std::string_view name = "main") {
  BlockHeader header;
  header.miner = Address::from_id(1000);
  header.ticket = Ticket{to_bytes(name)};
  header.parents = parent ? parent->cids() : std::vector{Cid::of(as_bytes("before all"))};
  header.height = height;
  header.parent_state_root = header.parent_message_receipts = header.messages = Cid::of(as_bytes("state"));
  return must(Tipset::make({header}));
}

/// Tipsets of every second epoch, from 2 on.
std::vector<TipsetPtr> grow(TipsetPtr from, size_t count, std::string_view name = "main") {
  std::vector<TipsetPtr> out;
  for (size_t i = 0; i < count; ++i) {
    from = tipset(from, from->height() + 2, name);
    out.push_back(from);
  }
  return out;
}

class HeaderLogTest : public ::testing::Test {
 protected:
  /// The page that a peer gives: from the key on, newest first.
  static std::vector<TipsetPtr> page(const std::vector<TipsetPtr>& chain, const TipsetKey& from, size_t count) {
    std::vector<TipsetPtr> out;
    for (auto it = chain.rbegin(); it != chain.rend() && out.size() < count; ++it) {
      if (!out.empty() || (*it)->key() == from) out.push_back(*it);
    }
    return out;
  }
  /// Fetches down to `above`; how many tipsets were asked for.
  static size_t fetch(HeaderLog& log, const std::vector<TipsetPtr>& chain, ChainEpoch above, size_t at_once = 7) {
    size_t fetched = 0;
    while (must(log.lowest())->height() > above) {
      auto got = page(chain, log.next(), at_once);
      if (got.empty()) break;
      fetched += got.size();
      must(log.extend(got));
    }
    return fetched;
  }
  static void holds(HeaderLog& log, const std::vector<TipsetPtr>& chain) {
    std::vector<TipsetPtr> read;
    ChainEpoch above = 0;
    while (true) {
      auto part = must(log.read(above, 3));
      if (part.empty()) break;
      read.insert(read.end(), part.begin(), part.end());
      above = part.back()->height();
    }
    ASSERT_EQ(read.size(), chain.size());
    for (size_t i = 0; i < read.size(); ++i) EXPECT_EQ(read[i]->key(), chain[i]->key());
  }

  std::shared_ptr<testing::MemoryKv> kv = std::make_shared<testing::MemoryKv>();
  TipsetPtr genesis = tipset(nullptr, 0);
};

TEST_F(HeaderLogTest, ARestartGoesOnWhereItStopped) {
  auto chain = grow(genesis, 40);
  {
    auto log = must(HeaderLog::open(kv));
    must(log.begin(chain.back()));
    EXPECT_EQ(fetch(log, chain, 40), 21u);
  }
  auto log = must(HeaderLog::open(kv));
  must(log.begin(chain.back()));
  EXPECT_EQ(fetch(log, chain, 2), 18u);
  EXPECT_EQ(log.next(), genesis->key());
  holds(log, chain);
}

TEST_F(HeaderLogTest, ANewHeadJoinsWhatIsThere) {
  auto chain = grow(genesis, 20);
  auto log = must(HeaderLog::open(kv));
  must(log.begin(chain[9]));
  fetch(log, chain, 2);
  must(log.begin(chain[10]));  // the very next: nothing to fetch
  EXPECT_EQ(log.next(), genesis->key());
  must(log.begin(chain.back()));
  EXPECT_EQ(fetch(log, chain, 2, 4), 8u);  // 9 to 16 of 11 to 18: until the page reaches a known one
  holds(log, chain);
}

TEST_F(HeaderLogTest, AForkReplacesTheOtherBranchAndKeepsTheStem) {
  auto stem = grow(genesis, 10);
  auto one = grow(stem.back(), 10, "one"), two = grow(stem.back(), 8, "two");
  auto with = [&](const std::vector<TipsetPtr>& branch) {
    auto all = stem;
    all.insert(all.end(), branch.begin(), branch.end());
    return all;
  };
  auto log = must(HeaderLog::open(kv));
  must(log.begin(one.back()));
  fetch(log, with(one), 2);
  must(log.begin(two.back()));
  EXPECT_EQ(fetch(log, with(two), 2, 1), 8u);  // seven of its own branch and the first of the stem
  holds(log, with(two));
  must(log.begin(stem[5]));
  holds(log, {stem.begin(), stem.begin() + 6});
}

TEST_F(HeaderLogTest, WhatIsValidatedIsDropped) {
  auto chain = grow(genesis, 10);
  auto log = must(HeaderLog::open(kv));
  must(log.begin(chain.back()));
  fetch(log, chain, 2);
  must(log.drop_to(*chain[3]));
  EXPECT_EQ(log.next(), chain[3]->key());
  holds(log, {chain.begin() + 4, chain.end()});
  must(log.drop_to(*chain.back()));
  EXPECT_TRUE(log.empty());
  EXPECT_TRUE(must(HeaderLog::open(kv)).empty());
}

TEST_F(HeaderLogTest, AGapIsRefused) {
  auto chain = grow(genesis, 10);
  auto log = must(HeaderLog::open(kv));
  must(log.begin(chain.back()));
  EXPECT_FALSE(log.extend(std::vector{chain[3]}));
}

/// Whatever is begun, interrupted, joined and cut: what is read is one linked chain from the target down.
RC_GTEST_FIXTURE_PROP(HeaderLogTest, IsAlwaysOneChain, ()) {
  std::vector<std::vector<TipsetPtr>> chains{grow(genesis, 20)};
  for (int i = 0; i < 3; ++i) {
    auto stem = *rc::gen::elementOf(chains);
    stem.resize(*rc::gen::inRange<size_t>(1, stem.size()));
    auto branch = grow(stem.back(), *rc::gen::inRange<size_t>(1, 15), fmt::format("branch {}", i));
    stem.insert(stem.end(), branch.begin(), branch.end());
    chains.push_back(stem);
  }
  kv = std::make_shared<testing::MemoryKv>();
  for (int i = 0; i < 8; ++i) {
    auto log = must(HeaderLog::open(kv));
    const auto& chain = *rc::gen::elementOf(chains);
    const auto target = *rc::gen::inRange<size_t>(0, chain.size());
    must(log.begin(chain[target]));
    fetch(log, chain, *rc::gen::inRange<ChainEpoch>(0, 30), *rc::gen::inRange<size_t>(1, 6));
    auto read = must(log.read(0, 1000));
    RC_ASSERT(!read.empty());
    RC_ASSERT(read.back()->key() == chain[target]->key());
    RC_ASSERT(read.front()->parents() == log.next());
    for (size_t k = 1; k < read.size(); ++k) RC_ASSERT(read[k]->parents() == read[k - 1]->key());
    if (*rc::gen::inRange(0, 2)) must(log.drop_to(*(*rc::gen::elementOf(read))));
  }
}

}  // namespace
}  // namespace nelumbo::chain
