// Peers and sources that lie: what they say is refused with its reason, and who said it is told.

#include "sync_net.hpp"

namespace nelumbo::chain::testing {
namespace {

class LiarTest : public ChainTest {
 protected:
  void SetUp() override {
    ChainTest::SetUp();
    if (!chain) return;
    for (uint64_t i = 0; i < 12; ++i) {
      chain->mine({chain->transfer(Address::from_id(actors::kBurntFundsActor), 7, i)});
    }
    node = std::make_unique<SyncingNode>(*chain);
  }
  TipsetPtr head() const { return chain->store->heaviest(); }
  TipsetPtr signed_tipset(BlockHeader header) const {
    header.block_sig.reset();
    header.block_sig = must(sign(SignatureType::bls, chain->worker.private_key, header.signing_bytes()));
    return must(Tipset::make({header}));
  }
  /// The chain from `epoch` on anew, its first header changed; the others follow on it. Oldest first.
  std::vector<TipsetPtr> forge(size_t from_top, const std::function<void(BlockHeader&)>& change) {
    std::vector<BlockHeader> headers;
    for (auto tipset = head(); headers.size() < from_top; tipset = must(chain->store->parent(*tipset))) {
      headers.insert(headers.begin(), tipset->blocks().front());
    }
    change(headers.front());
    std::vector<TipsetPtr> out{signed_tipset(headers.front())};
    for (size_t i = 1; i < headers.size(); ++i) {
      headers[i].parents = out.back()->cids();
      out.push_back(signed_tipset(headers[i]));
    }
    for (const auto& each : out) node->source->add(each);
    return out;
  }
  /// A chain that was forged is refused for a reason; the good one is taken afterwards.
  void refused(const std::vector<TipsetPtr>& forged, const std::string& reason) {
    node->start();
    node->manager->head_heard("liar", forged.back());
    EXPECT_NE(node->blame("liar").find(reason), std::string::npos) << node->blame("liar");
    EXPECT_NE(node->ended(forged.back()).message.find(reason), std::string::npos);
    EXPECT_LT(node->chain.store->heaviest()->height(), forged.front()->height());
    ASSERT_TRUE(node->chain.syncer->bad_reason(forged.back()->cids().front()));
    node->manager->head_heard("honest", head());
    EXPECT_TRUE(node->reaches(head()));
    EXPECT_FALSE(node->blamed.contains("honest"));
  }
  std::unique_ptr<SyncingNode> node;
};

TEST_F(LiarTest, ABadStateRootInTheMiddle) {
  auto forged = forge(6, [](BlockHeader& header) { header.parent_state_root = Cid::of(as_bytes("made up")); });
  refused(forged, "block rule \"parent state\"");
  EXPECT_NE(node->chain.syncer->bad_reason(forged.back()->cids().front())
                .value_or("")
                .find(forged.front()->cids().front().str()),
            std::string::npos)
      << "descendants name the bad ancestor";
  // Another one who tells of it is told off at once, nothing fetched.
  const size_t before = node->source->fetched_headers;
  chain->clock->seconds += 100;
  node->manager->head_heard("parrot", signed_tipset([&] {
                              auto header = head()->blocks().front();
                              header.parents = forged.back()->cids();
                              header.height += 1;
                              header.timestamp += chain->params.block_delay;
                              header.parent_weight += 1'000'000;
                              return header;
                            }()));
  EXPECT_NE(node->blame("parrot").find("is bad"), std::string::npos) << node->blame("parrot");
  EXPECT_EQ(node->source->fetched_headers, before);
}

TEST_F(LiarTest, AWrongTimestamp) {
  refused(forge(6, [](BlockHeader& header) { header.timestamp -= 1; }), "timestamp");
}

TEST_F(LiarTest, AnImpossibleWeight) {
  refused(forge(6, [](BlockHeader& header) { header.parent_weight += BigInt(1) << 40; }), "weight");
}

TEST_F(LiarTest, ABeaconEntryOfAnotherRound) {
  refused(forge(6, [](BlockHeader& header) { header.beacon_entries.back().round += 2; }), "beacon entry");
}

TEST_F(LiarTest, AnElectionThatWasNotWon) {
  refused(forge(6, [](BlockHeader& header) { header.election_proof->vrf_proof[5] ^= 1; }), "block rule \"election\"");
}

/// Headers without end that link to one another and to nothing that we know.
TEST_F(LiarTest, AnEndlessChainOfHeaders) {
  constexpr ChainEpoch kTop = 1'500;
  chain->clock->seconds = static_cast<int64_t>(kGenesisTime + kTop * chain->params.block_delay);
  TipsetPtr tip = signed_tipset([&] {
    auto header = head()->blocks().front();
    header.parents = {Cid::of(as_bytes("before all"))};
    header.height = 0;
    header.timestamp = kGenesisTime;
    return header;
  }());
  for (ChainEpoch epoch = 1; epoch <= kTop; ++epoch) {
    node->source->add(tip);
    auto header = head()->blocks().front();
    header.parents = tip->cids();
    header.height = epoch;
    header.timestamp = kGenesisTime + static_cast<uint64_t>(epoch) * chain->params.block_delay;
    header.parent_weight = tip->parent_weight() + 10;
    const auto round = static_cast<uint64_t>(epoch) + 25;
    header.beacon_entries = {{round, must(drand::sign(kBeaconSecret, round))}};
    tip = must(Tipset::make({header}));
  }
  node->start();
  node->manager->head_heard("liar", tip);
  EXPECT_NE(node->blame("liar").find("another genesis block"), std::string::npos) << node->blame("liar");
  EXPECT_LE(node->source->fetched_headers, static_cast<size_t>(kTop) + 1);
  EXPECT_EQ(node->chain.store->heaviest()->height(), 0);
  node->manager->head_heard("honest", head());
  EXPECT_TRUE(node->reaches(head()));
}

TEST_F(LiarTest, HeadersThatWereNotAskedFor) {
  node->source->change_headers = [&](std::vector<TipsetPtr>& page) { std::swap(page.front(), page.back()); };
  node->start();
  node->manager->head_heard("peer", head());
  EXPECT_NE(node->ended(head()).message.find("asked for"), std::string::npos);
  EXPECT_FALSE(node->chain.syncer->bad_reason(head()->cids().front())) << "that is the source's fault";
}

TEST_F(LiarTest, MessagesOfAnotherBlock) {
  std::atomic<bool> lying = true;
  node->source->change_blocks = [&](std::vector<std::vector<FullBlock>>& given) {
    if (lying) given[given.size() / 2].front().bls.front().value += 1;
  };
  node->start();
  node->manager->head_heard("peer", head());
  EXPECT_NE(node->ended(head()).message.find("not the messages"), std::string::npos);
  EXPECT_FALSE(node->chain.syncer->bad_reason(head()->cids().front()));
  EXPECT_TRUE(node->blamed.empty());
  lying = false;
  node->manager->head_heard("peer", head());
  EXPECT_TRUE(node->reaches(head())) << "tried again with another answer";
}

TEST_F(LiarTest, AHeadFromTheFutureWaits) {
  auto early = signed_tipset([&] {
    auto header = head()->blocks().front();
    header.height += 100'000;
    header.parent_weight += 1'000'000;
    return header;
  }());
  node->start();
  node->manager->head_heard("peer", early);
  EXPECT_NE(node->ended(early).message.find("from the future"), std::string::npos);
  EXPECT_TRUE(node->blamed.empty());
}

TEST_F(LiarTest, HeadersThatNobodyValidatedAreNoParents) {
  // A header gets into the block store by another way (as the answer to a request for some message).
  auto forged = forge(1, [](BlockHeader& header) { header.parent_state_root = Cid::of(as_bytes("made up")); });
  must(chain->store->put_block(forged.back()->blocks().front()));
  FullBlock child = must(chain->store->full_block(head()->blocks().front()));
  child.header.parents = forged.back()->cids();
  child.header.height += 1;
  auto result = chain->syncer->accept(child);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::unavailable) << result.error().message;
}

}  // namespace
}  // namespace nelumbo::chain::testing
