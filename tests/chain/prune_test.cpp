// A living chain whose store is pruned.

#include "chain/prune.hpp"

#include <csignal>
#include <set>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "snapshot_kit.hpp"

namespace nelumbo::chain::testing {
namespace {

Address fresh_address() {
  return must(key_address(SignatureType::secp256k1, must(generate_key(SignatureType::secp256k1))));
}

/// Of these chains, which are too short for the network's.
constexpr ChainEpoch kFinality = 5;

class PruneTest : public ChainTest {
 protected:
  void SetUp() override {
    ChainTest::SetUp();
    if (!chain) return;
    open();
    chain->mine();
    for (; nonce < 3; ++nonce) chain->mine({chain->transfer(fresh_address(), kAttoPerFil, nonce)});
    old = chain->store->heaviest();
    for (int i = 0; i < 10; ++i) chain->mine({}, i == 4 ? 3 : 0);
    for (; nonce < 6; ++nonce) chain->mine({chain->transfer(fresh_address(), kAttoPerFil, nonce)});
    head = chain->store->heaviest();
    ASSERT_GT(head->height(), old->height() + kFinality);
  }
  /// The chain on a store that can be pruned.
  void open() {
    blocks = std::make_shared<PrunableBlockstore>(chain->kv, "blocks", 4 << 20);
    chain->blocks = blocks;
    chain->open();
  }
  static PruneOptions options() { return {.keep_states = kFinality, .finality = kFinality}; }

  /// Whether everything below a root is in the store.
  bool whole(const Cid& root) {
    std::vector<Cid> open{root};
    std::set<Cid> seen;
    while (!open.empty()) {
      const Cid cid = open.back();
      open.pop_back();
      const auto codec = cid.codec();
      if (cid.hash_code() == multihash::kIdentity || (codec != multicodec::kDagCbor && codec != multicodec::kRaw))
        continue;
      if (!seen.insert(cid).second) continue;
      auto data = must(blocks->below()->get(cid));
      if (!data) return false;
      if (codec != multicodec::kDagCbor) continue;
      must(for_each_link(*data, [&](const Cid& link) -> Result<> {
        open.push_back(link);
        return {};
      }));
    }
    return true;
  }
  size_t count() {
    size_t out = 0;
    must(chain->kv->scan("blocks", {}, [&](BytesView, BytesView) { return ++out > 0; }));
    return out;
  }
  /// What must hold after any prune, whole or broken off.
  void expect_a_whole_chain() {
    auto top = chain->store->heaviest();
    for (auto tipset = top; tipset->height() > 0; tipset = must(chain->store->parent(*tipset))) {
      if (tipset->height() > top->height() - kFinality) {
        EXPECT_TRUE(whole(tipset->parent_state())) << tipset->height();
        EXPECT_TRUE(whole(tipset->parent_receipts())) << tipset->height();
      }
      EXPECT_TRUE(chain->store->execution_order(*tipset)) << tipset->height();
    }
    EXPECT_TRUE(whole(chain->genesis_header.parent_state_root));
  }

  uint64_t nonce = 0;
  std::shared_ptr<PrunableBlockstore> blocks;
  TipsetPtr old, head;
};

TEST_F(PruneTest, OldStatesGoAndTheRestStays) {
  ASSERT_TRUE(whole(old->parent_state()));
  const auto state = must(chain->states->tipset_state(head));
  const auto before = count();
  std::vector<std::string> steps;
  auto with = options();
  with.progress = [&](std::string_view step, double part) {
    EXPECT_GE(part, 0);
    EXPECT_LE(part, 1);
    if (steps.empty() || steps.back() != step) steps.emplace_back(step);
  };
  auto report = must(prune_chain(*chain->states, *blocks, with));
  EXPECT_EQ(steps, (std::vector<std::string>{"marking", "removing", "compacting"}));
  EXPECT_GT(report.removed, 0u);
  EXPECT_EQ(count(), before - report.removed);
  EXPECT_EQ(count(), report.kept);
  EXPECT_FALSE(must(blocks->has(old->parent_state())));
  expect_a_whole_chain();
  EXPECT_TRUE(whole(state.state_root));
  // It goes on, also after a restart.
  chain->mine({chain->transfer(fresh_address(), 1, nonce++)});
  chain->mine();
  open();
  EXPECT_EQ(must(chain->states->tipset_state(head)).state_root, state.state_root);
  chain->mine({chain->transfer(fresh_address(), 1, nonce++)});
  expect_a_whole_chain();
  // Nothing is left to remove but what the new blocks made old.
  EXPECT_LT(must(prune_chain(*chain->states, *blocks, options())).removed, report.removed / 2 + 1);
}

TEST_F(PruneTest, MessagesAndStatesStayAsAsked) {
  auto with = options();
  with.keep_states = PruneOptions::kAll;
  must(prune_chain(*chain->states, *blocks, with));
  EXPECT_TRUE(whole(old->parent_state()));
  const auto messages = old->blocks().front().messages;
  with = options();
  must(prune_chain(*chain->states, *blocks, with));
  EXPECT_TRUE(whole(messages));
  with.keep_messages = kFinality;
  with.rewrite_all = true;
  auto report = must(prune_chain(*chain->states, *blocks, with));
  EXPECT_FALSE(whole(messages));
  EXPECT_TRUE(whole(head->blocks().front().messages));
  // A store this small is mostly the database's own bookkeeping, which may grow by a little.
  EXPECT_LE(report.bytes_after, report.bytes_before + (64 << 10));
  EXPECT_EQ(must(removed_share(*blocks)), 0);
}

TEST_F(PruneTest, ForksAboveFinalityStay) {
  auto fork = must(chain->syncer->accept(chain->next_block({}, 5, head)));
  chain->mine();
  auto fork_state = must(chain->states->tipset_state(fork));
  auto stray = chain->next_block({}, 9, head);
  must(chain->store->put_block(stray.header));  // fetched, not yet validated
  must(prune_chain(*chain->states, *blocks, options()));
  EXPECT_TRUE(whole(fork->parent_state()));
  EXPECT_TRUE(whole(fork_state.state_root));
  EXPECT_TRUE(must(blocks->has(stray.header.cid())));
  EXPECT_TRUE(chain->syncer->accept(chain->next_block({}, 0, fork)));
}

TEST_F(PruneTest, TheChainGrowsMeanwhile) {
  std::atomic<bool> done = false;
  std::jthread pruner([&] {
    for (int i = 0; i < 3; ++i) must(prune_chain(*chain->states, *blocks, options()));
    done = true;
  });
  while (!done) chain->mine({chain->transfer(fresh_address(), 1, nonce++)});
  pruner.join();
  expect_a_whole_chain();
  open();
  expect_a_whole_chain();
  chain->mine();
}

TEST_F(PruneTest, WhatIsFoundInUseMeanwhileStays) {
  // A block that nothing needs, until somebody finds it there between the marking and the removal.
  const Bytes data = to_cbor(std::string("found again")), other = to_cbor(std::string("nobody's"));
  must(blocks->put(Cid::of(data), data));
  must(blocks->put(Cid::of(other), other));
  const Bytes late = to_cbor(std::string("new"));
  auto with = options();
  with.progress = [&](std::string_view step, double) {
    if (step != "removing") return;
    EXPECT_TRUE(must(blocks->has(Cid::of(data))));
    must(blocks->put(Cid::of(late), late));
  };
  must(prune_chain(*chain->states, *blocks, with));
  EXPECT_TRUE(must(blocks->has(Cid::of(data))));
  EXPECT_TRUE(must(blocks->has(Cid::of(late))));
  EXPECT_FALSE(must(blocks->has(Cid::of(other))));
  EXPECT_FALSE(must(blocks->get(Cid::of(other))));
}

TEST_F(PruneTest, StoppedAnywhereItLeavesAWholeChain) {
  for (int after : {0, 1, 3, 10, 20}) {
    int asked = 0;
    auto with = options();
    with.stopped = [&] { return asked++ >= after; };
    auto stopped = prune_chain(*chain->states, *blocks, with);
    if (!stopped) {
      EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
    }
    expect_a_whole_chain();
  }
  must(prune_chain(*chain->states, *blocks, options()));
  EXPECT_FALSE(must(blocks->has(old->parent_state())));
}

TEST_F(PruneTest, ADamagedHeadStateIsNotPruned) {
  must(blocks->remove(head->parent_state()));
  const auto before = count();
  auto refused = prune_chain(*chain->states, *blocks, options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::not_found);
  EXPECT_EQ(count(), before);
}

TEST_F(PruneTest, OneAtATime) {
  auto with = options();
  ErrorCode second = ErrorCode::failed;
  with.progress = [&](std::string_view step, double) {
    if (step == "removing") second = prune_chain(*chain->states, *blocks, options()).error().code;
  };
  must(prune_chain(*chain->states, *blocks, with));
  EXPECT_EQ(second, ErrorCode::exists);
}

TEST_F(PruneTest, SurvivesAKillAnywhere) {
  const auto genesis = chain->genesis_header.cid().str(), database = (chain->folder.path() / "db").string();
  const auto head_key = head->key();
  for (int steps = 1; steps <= 40; steps += 3) {
    // Another process has the database meanwhile.
    chain->syncer.reset();
    chain->states.reset();
    chain->store.reset();
    chain->blocks.reset();
    blocks.reset();
    chain->kv.reset();
    const pid_t child = ::fork();
    if (child == 0) {
      ::execl(NELUMBO_PRUNE_CHILD, "prune_child", database.c_str(), std::to_string(steps).c_str(), nullptr);
      ::_exit(127);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    chain->kv = must(KvStore::open(database, LivingChain::spaces()));
    open();
    EXPECT_EQ(chain->store->heaviest()->key(), head_key);
    expect_a_whole_chain();
    if (WIFSIGNALED(status)) {
      ASSERT_EQ(WTERMSIG(status), SIGKILL);
      continue;
    }
    ASSERT_EQ(WEXITSTATUS(status), 0);
    EXPECT_GT(steps, 1);
    break;
  }
  EXPECT_FALSE(must(blocks->has(old->parent_state())));
  chain->mine();
}

}  // namespace
}  // namespace nelumbo::chain::testing
