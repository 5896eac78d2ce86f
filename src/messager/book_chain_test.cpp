#include <thread>

#include "book_fixture.hpp"

using namespace nelumbo;
using namespace nelumbo::messager;

namespace {

ErrorCode code_of(const auto& result) { return result ? ErrorCode::failed : result.error().code; }

/// What confirming, replacing and pruning do to rows.
class ChainBookTest : public BookTest {
 protected:
  void SetUp() override { lease = must(book->lease("confirm", "server-1", std::chrono::seconds(600))).value(); }
  Cursor at(ChainEpoch height) const { return {TipsetKey{{Cid::of(Bytes{static_cast<uint8_t>(height)})}}, height}; }
  Result<> include(const Inclusion& found) { return book->advance(lease, at(found.epoch), {}, {&found, 1}); }
  Result<> remove(const Address& address, uint64_t nonce, ChainEpoch height) {
    Removal removal{address, nonce};
    return book->advance(lease, at(height), {&removal, 1}, {});
  }
  /// The row with another fee in its place.
  MessageRow replaced(const MessageRow& row, uint64_t fee_cap, const std::string& kind = "Send") {
    Message message = row.message.message;
    message.gas_fee_cap = fee_cap;
    return must(book->replace(row, message, kind));
  }

  Lease lease;
  Address from = add_sender();
};

TEST_P(ChainBookTest, AnInclusionFillsTheEpochAndARemovalEmptiesIt) {
  EXPECT_FALSE(must(book->cursor()));
  auto first = must(book->assign(draft_of(from))), second = must(book->assign(draft_of(from)));
  std::vector<Inclusion> found = {{from, 0, first.cid, 20, 0, 1234}, {from, 1, second.cid, 20, 6, 99}};
  must(book->advance(lease, at(21), {}, found));
  auto row = must(book->find(from, 0)).value();
  EXPECT_EQ(row.epoch, 20);
  EXPECT_EQ(row.exit_code, 0);
  EXPECT_EQ(row.gas_used, 1234);
  EXPECT_EQ(must(book->find(from, 1)).value().exit_code, 6);
  EXPECT_EQ(must(book->cursor()).value().height, 21);
  EXPECT_EQ(must(book->cursor()).value().key, at(21).key);
  EXPECT_TRUE(must(book->pending(from, 0, 10)).empty());
  EXPECT_TRUE(must(book->pending_summary()).empty());
  MessageFilter filter;
  filter.on_chain = true;
  EXPECT_EQ(must(book->list(filter)).size(), 2u);

  must(remove(from, 1, 19));
  row = must(book->find(from, 1)).value();
  EXPECT_EQ(row.epoch, 0);
  EXPECT_FALSE(row.exit_code);
  EXPECT_EQ(row.gas_used, 0);
  EXPECT_EQ(must(book->pending(from, 0, 10)).size(), 1u);
  EXPECT_EQ(must(book->cursor()).value().height, 19);
  must(remove(from, 77, 19));                      // nothing there: nothing to do
  must(include({from, 77, first.cid, 22, 0, 1}));  // no row: left to the caller
  must(include({from, 1, second.cid, 23, 0, 1}));  // and on chain again
  EXPECT_EQ(must(book->find(from, 1)).value().epoch, 23);
}

TEST_P(ChainBookTest, RemovalsComeBeforeInclusions) {
  auto row = must(book->assign(draft_of(from)));
  must(include({from, 0, row.cid, 20, 0, 1}));
  Removal removal{from, 0};
  Inclusion again{from, 0, row.cid, 21, 0, 2};
  must(book->advance(lease, at(21), {&removal, 1}, {&again, 1}));
  EXPECT_EQ(must(book->find(from, 0)).value().epoch, 21);
}

TEST_P(ChainBookTest, AReplacedMessageStaysFindable) {
  auto first = must(book->assign(draft_of(from, 1, "u")));
  auto second = replaced(first, 300'000);
  auto third = replaced(second, 400'000, "Cancel");
  EXPECT_EQ(third.id, first.id);
  EXPECT_EQ(third.nonce, 0u);
  EXPECT_EQ(third.replaced, 2);
  EXPECT_EQ(third.message.message.gas_fee_cap, 400'000);
  EXPECT_TRUE(verify_message(third.message, from, kEthChain));
  for (const auto& cid : {first.cid, second.cid, third.cid}) {
    auto row = must(book->find(cid)).value();
    EXPECT_EQ(row.id, first.id);
    EXPECT_EQ(row.cid, third.cid);
    EXPECT_EQ(row.kind, "Cancel");
  }
  // A client that repeats its call is told of the row, not of a clash.
  EXPECT_EQ(must(book->assign(draft_of(from, 1, "u"))).cid, third.cid);
  EXPECT_EQ(must(book->wallet(from)).nonce, 1u);

  EXPECT_EQ(code_of(book->replace(first, third.message.message, "Send")), ErrorCode::invalid);  // no longer known so
  EXPECT_EQ(code_of(book->replace(third, third.message.message, "Send")), ErrorCode::invalid);  // by itself
  EXPECT_EQ(code_of(book->replace(third, second.message.message, "Send")), ErrorCode::exists);  // was there before
  must(include({from, 0, third.cid, 20, 0, 1}));
  Message late = third.message.message;
  late.gas_fee_cap = 500'000;
  EXPECT_EQ(code_of(book->replace(third, late, "Send")), ErrorCode::invalid);  // on chain
}

TEST_P(ChainBookTest, AnOldVariantOnChainTakesTheRow) {
  auto first = must(book->assign(draft_of(from)));
  auto second = replaced(first, 300'000, "Cancel");
  must(include({from, 0, first.cid, 20, 0, 77}));
  auto row = must(book->find(from, 0)).value();
  EXPECT_EQ(row.cid, first.cid);
  EXPECT_EQ(row.message, first.message);
  EXPECT_EQ(row.kind, "Send");
  EXPECT_EQ(row.epoch, 20);
  EXPECT_TRUE(row.fault.empty());
  EXPECT_EQ(must(book->find(second.cid)).value().id, first.id);
  // After a reorganisation the other one may get there.
  must(remove(from, 0, 19));
  must(include({from, 0, second.cid, 21, 0, 78}));
  row = must(book->find(from, 0)).value();
  EXPECT_EQ(row.cid, second.cid);
  EXPECT_EQ(row.kind, "Cancel");
  EXPECT_EQ(must(book->find(first.cid)).value().cid, second.cid);
}

TEST_P(ChainBookTest, AForeignMessageOnChainIsAFault) {
  auto row = must(book->assign(draft_of(from)));
  Cid foreign = Cid::of(Bytes{9, 9});
  must(include({from, 0, foreign, 20, 0, 5}));
  auto now = must(book->find(from, 0)).value();
  EXPECT_NE(now.fault.find(foreign.str()), std::string::npos);
  EXPECT_EQ(now.cid, row.cid);
  EXPECT_EQ(now.epoch, 20);
  EXPECT_FALSE(now.exit_code);
  EXPECT_TRUE(must(book->pending(from, 0, 10)).empty());
  must(remove(from, 0, 19));
  now = must(book->find(from, 0)).value();
  EXPECT_TRUE(now.fault.empty());
  EXPECT_EQ(now.epoch, 0);
}

TEST_P(ChainBookTest, OneHoldsTheLeaseAtATime) {
  auto other = open();
  EXPECT_FALSE(must(other->lease("confirm", "server-2", std::chrono::seconds(600))));
  auto renewed = must(book->lease("confirm", "server-1", std::chrono::seconds(600))).value();
  EXPECT_EQ(renewed.fence, lease.fence);
  EXPECT_TRUE(must(other->lease("another", "server-2", std::chrono::seconds(600))));

  must(book->release("confirm", lease));
  auto taken = must(other->lease("confirm", "server-2", std::chrono::seconds(600))).value();
  EXPECT_GT(taken.fence, lease.fence);
  // The one before cannot write any more, nor give away what it does not have.
  auto row = must(book->assign(draft_of(from)));
  EXPECT_EQ(code_of(include({from, 0, row.cid, 20, 0, 1})), ErrorCode::permission);
  EXPECT_EQ(must(book->find(from, 0)).value().epoch, 0);
  EXPECT_FALSE(must(book->cursor()));
  must(book->release("confirm", lease));
  EXPECT_FALSE(must(book->lease("confirm", "server-1", std::chrono::seconds(600))));
  EXPECT_EQ(code_of(book->advance({"server-2", taken.fence, "another"}, at(1), {}, {})), ErrorCode::permission);
  must(other->advance(taken, at(1), {}, {}));
  EXPECT_EQ(code_of(book->lease("confirm", "", std::chrono::seconds(1))), ErrorCode::invalid);
}

TEST_P(ChainBookTest, ALeaseRunsOut) {
  auto other = open();
  must(book->lease("confirm", "server-1", std::chrono::milliseconds(50)));
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::optional<Lease> taken;
  while (!taken && std::chrono::steady_clock::now() < until) {
    taken = must(other->lease("confirm", "server-2", std::chrono::seconds(600)));
  }
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->fence, lease.fence + 1);
  EXPECT_EQ(code_of(book->advance(lease, at(1), {}, {})), ErrorCode::permission);
}

TEST_P(ChainBookTest, OneOfManyGetsTheLease) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::set<int64_t> fences;
  int winners = 0;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      auto taken = must(book->lease("race", fmt::format("thread-{}", t), std::chrono::seconds(600)));
      std::lock_guard lock(mutex);
      if (taken) fences.insert(taken->fence);
      winners += taken ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(fences.size(), 1u);
  EXPECT_EQ(winners, 1);
}

TEST_P(ChainBookTest, PruneRemovesWhatItShouldAndNothingElse) {
  std::vector<MessageRow> rows;
  for (int i = 0; i < 8; ++i) rows.push_back(must(book->assign(draft_of(from, i, fmt::format("u{}", i)))));
  auto variant = replaced(rows[0], 300'000);
  auto waiting = replaced(rows[6], 300'000);
  for (uint64_t nonce : {0, 1, 2}) {
    Cid cid = nonce == 0 ? variant.cid : rows[nonce].cid;
    must(include({from, nonce, cid, 10, 0, 1}));
  }
  must(include({from, 3, rows[3].cid, 50, 0, 1}));        // not deep enough
  must(include({from, 4, Cid::of(Bytes{1}), 10, 0, 1}));  // a fault
  // 5, 6, 7 wait.
  UnixMillis later = rows[7].created + 1;
  EXPECT_EQ(must(book->prune(10, later)), 0u);
  EXPECT_EQ(must(book->prune(40, rows[0].created)), 0u);
  EXPECT_EQ(must(book->prune(40, later)), 3u);
  EXPECT_EQ(must(book->prune(40, later)), 0u);
  EXPECT_EQ(nonces(from), (std::vector<uint64_t>{3, 4, 5, 6, 7}));
  EXPECT_FALSE(must(book->find(rows[0].cid)));
  EXPECT_FALSE(must(book->find(variant.cid)));
  EXPECT_TRUE(must(book->find(rows[6].cid)));
  EXPECT_EQ(must(book->find(waiting.cid)).value().nonce, 6u);
  EXPECT_EQ(must(book->wallet(from)).nonce, 8u);
  EXPECT_TRUE(must(book->gaps(from, 3, 10)).empty());
  EXPECT_EQ(must(book->gaps(from, 0, 10)), (std::vector<uint64_t>{0, 1, 2}));
}

FOR_EACH_DRIVER(ChainBookTest);

}  // namespace
