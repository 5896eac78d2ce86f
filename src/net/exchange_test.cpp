// Chain exchange: what the server gives, what the client makes of good, cut, wrong and slow answers.
#include <gtest/gtest.h>

#include "exchange_client.hpp"
#include "exchange_server.hpp"
#include "test_chain.hpp"
#include "test_clock.hpp"
#include "test_transport.hpp"

namespace nelumbo::net {
namespace {

using testing::Chain;
using testing::eventually;
using testing::FakeHub;
using testing::FakeTransport;
using testing::ManualClock;
using testing::ScriptedPeer;

const std::vector<std::string> kProtocols{std::string(kExchangeProtocol)};

ExchangeResponse answered(chain::ChainStore& store, const ExchangeRequest& request, const AnswerLimits& limits = {}) {
  auto data = must(answer_exchange(store, to_cbor(request), limits));
  return must(decode_exchange_response(data, 1000));
}

std::vector<ExchangeTipset> tipsets_of(const ExchangeResponse& response) {
  std::vector<ExchangeTipset> out;
  for (const auto& each : response.chain) out.push_back(must(decode_exchange_tipset(each.encoded)));
  return out;
}

class ExchangeServerTest : public ::testing::Test {
 protected:
  Chain chain{20};
  ExchangeRequest request(uint64_t length, uint64_t options = 3) { return {chain.head()->cids(), length, options}; }
};

TEST_F(ExchangeServerTest, GivesHeadersAndMessages) {
  auto response = answered(*chain.store, request(5));
  EXPECT_EQ(response.status, ExchangeStatus::ok);
  auto tipsets = tipsets_of(response);
  ASSERT_EQ(tipsets.size(), 5u);
  for (size_t i = 0; i < tipsets.size(); ++i) {
    const auto& known = chain.tipsets[chain.tipsets.size() - 1 - i];
    EXPECT_EQ(tipsets[i].blocks, known->blocks());
    auto blocks = must(expand(*known, *tipsets[i].messages));
    for (const auto& block : blocks) EXPECT_EQ(block.bls.size(), known->height() % 3 == 0 ? 2u : 0u);
  }
}

TEST_F(ExchangeServerTest, GivesOnlyWhatWasAskedFor) {
  EXPECT_FALSE(tipsets_of(answered(*chain.store, request(1, exchange_option::kHeaders))).front().messages);
  auto messages = tipsets_of(answered(*chain.store, request(1, exchange_option::kMessages))).front();
  EXPECT_TRUE(messages.blocks.empty());
  EXPECT_TRUE(messages.messages);
}

TEST_F(ExchangeServerTest, StopsAtTheGenesis) {
  auto response = answered(*chain.store, request(100));
  EXPECT_EQ(response.status, ExchangeStatus::partial);
  EXPECT_EQ(response.chain.size(), 20u);
}

TEST_F(ExchangeServerTest, CutsAnswersThatGrowTooLarge) {
  auto whole = answered(*chain.store, request(20));
  const size_t two = whole.chain[0].encoded.size() + whole.chain[1].encoded.size();
  auto cut = answered(*chain.store, request(20), {.bytes = two});
  EXPECT_EQ(cut.status, ExchangeStatus::partial);
  EXPECT_EQ(cut.chain.size(), 2u);
  EXPECT_EQ(answered(*chain.store, request(20), {.bytes = 1}).chain.size(), 1u);
  EXPECT_EQ(answered(*chain.store, request(20), {.tipsets = 7}).chain.size(), 7u);
}

TEST_F(ExchangeServerTest, RefusesWhatItCannotGive) {
  EXPECT_EQ(answered(*chain.store, {{Cid::of(as_bytes("nowhere"))}, 1, 1}).status, ExchangeStatus::not_found);
  EXPECT_EQ(answered(*chain.store, request(0)).status, ExchangeStatus::bad_request);
  EXPECT_EQ(answered(*chain.store, request(1, 0)).status, ExchangeStatus::bad_request);
  EXPECT_EQ(answered(*chain.store, request(kMaxExchangeLength + 1)).status, ExchangeStatus::bad_request);
  EXPECT_FALSE(answer_exchange(*chain.store, as_bytes("rubbish")));
}

/// A client that only has the genesis, among peers that a test makes.
class ExchangeClientTest : public ::testing::Test {
 protected:
  void SetUp() override { restart(); }
  void TearDown() override {
    transport->close();
    askers.reset();
  }
  void restart(PeerPolicy policy = {}) {
    peers = std::make_unique<Peers>(*transport, policy, clock);
    client = std::make_unique<ExchangeClient>(
        *transport, *peers, *own.store, *askers,
        RaceRules{.slow_at_least = std::chrono::milliseconds(30), .slow_at_most = std::chrono::milliseconds(30)});
  }

  /// A peer that answers from the full chain, its answer changed by `change`.
  ScriptedPeer& add_peer(const std::string& id, std::function<void(ExchangeResponse&)> change = {},
                         AnswerLimits limits = {}) {
    others.push_back(std::make_unique<ScriptedPeer>(
        hub, id, kProtocols, [this, change, limits](const p2p::events::Request& request) -> std::optional<Bytes> {
          auto data = must(answer_exchange(*full.store, request.data, limits));
          if (!change) return data;
          auto response = must(decode_exchange_response(data, 1000));
          change(response);
          return to_cbor(response);
        }));
    must(transport->dial({}, id, std::chrono::seconds(1)));
    peers->connected({id, "/fake", p2p::Direction::outbound});
    peers->identified({id, "fake", kProtocols, {}});
    return *others.back();
  }
  double offences(const PeerId& peer) { return peers->find(peer)->offences; }
  std::vector<TipsetPtr> newest_first(size_t count) const {
    return {full.tipsets.rbegin(), full.tipsets.rbegin() + static_cast<ptrdiff_t>(count)};
  }

  Chain full{40}, own{1};
  std::shared_ptr<FakeHub> hub = std::make_shared<FakeHub>();
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::unique_ptr<FakeTransport> transport = std::make_unique<FakeTransport>(hub, "own", kProtocols);
  std::unique_ptr<ThreadPool> askers = std::make_unique<ThreadPool>(4);
  std::unique_ptr<Peers> peers;
  std::unique_ptr<ExchangeClient> client;
  std::vector<std::unique_ptr<ScriptedPeer>> others;
};

TEST_F(ExchangeClientTest, NobodyToAsk) {
  auto headers = client->headers(full.head()->key(), 5);
  ASSERT_FALSE(headers);
  EXPECT_EQ(headers.error().code, ErrorCode::unavailable);
}

TEST_F(ExchangeClientTest, HeadersComeNewestFirst) {
  add_peer("good");
  auto headers = must(client->headers(full.head()->key(), 10));
  ASSERT_EQ(headers.size(), 10u);
  for (size_t i = 0; i < headers.size(); ++i) EXPECT_EQ(headers[i]->key(), newest_first(10)[i]->key());
  EXPECT_EQ(must(client->headers(full.head()->key(), 1000)).size(), 40u);
  EXPECT_EQ(peers->find("good")->answers, 2u);
}

TEST_F(ExchangeClientTest, MessagesOfManyTipsetsComeInParts) {
  auto& peer = add_peer("good", {}, {.tipsets = 7});
  auto blocks = must(client->blocks(newest_first(40)));
  ASSERT_EQ(blocks.size(), 40u);
  for (size_t i = 0; i < blocks.size(); ++i) {
    const auto& tipset = *newest_first(40)[i];
    ASSERT_EQ(blocks[i].size(), tipset.blocks().size());
    for (size_t b = 0; b < blocks[i].size(); ++b) {
      EXPECT_EQ(blocks[i][b].header, tipset.blocks()[b]);
      EXPECT_EQ(blocks[i][b].bls.size(), tipset.height() > 0 && tipset.height() % 3 == 0 ? 2u : 0u);
    }
  }
  EXPECT_GT(peer.asked, 1);
  EXPECT_EQ(offences("good"), 0);
}

TEST_F(ExchangeClientTest, WhatIsStoredIsNotAskedFor) {
  auto blocks = must(client->blocks({full.tipsets[2], full.tipsets[1]}));  // without messages: the roots are known
  EXPECT_EQ(blocks.size(), 2u);
  EXPECT_EQ(transport->requests(), 0u);
}

TEST_F(ExchangeClientTest, LiarsAreFoundOutAndOthersAsked) {
  using Change = std::function<void(ExchangeResponse&)>;
  const std::map<std::string, Change> lies{
      {"skips-one", [](ExchangeResponse& r) { r.chain.erase(r.chain.begin() + 1); }},
      {"other-head", [](ExchangeResponse& r) { r.chain.erase(r.chain.begin()); }},
      {"empty", [](ExchangeResponse& r) { r.chain.clear(); }},
      {"rubbish", [](ExchangeResponse& r) { r.chain[0] = RawCbor{{0x01}}; }},
      {"twice", [](ExchangeResponse& r) { r.chain[1] = r.chain[0]; }},
      {"too-many", [](ExchangeResponse& r) { r.chain.resize(r.chain.size() + 1, r.chain.back()); }},
      {"no-blocks", [](ExchangeResponse& r) { r.chain[0] = RawCbor{to_cbor(ExchangeTipset{})}; }},
  };
  for (const auto& [name, change] : lies) add_peer(name, change);
  for (const auto& [name, change] : lies) {
    EXPECT_FALSE(client->headers_from(name, full.head()->key(), 3)) << name;
    EXPECT_GE(offences(name), 100) << name;
    EXPECT_LT(transport->application_score(name), 0) << name;
  }
  EXPECT_FALSE(client->headers(full.head()->key(), 3));
  add_peer("good");
  EXPECT_EQ(must(client->headers(full.head()->key(), 3)).size(), 3u);
}

TEST_F(ExchangeClientTest, MessagesThatAreNotTheBlocksAreLies) {
  add_peer("changes", [](ExchangeResponse& r) {
    auto tipset = must(decode_exchange_tipset(r.chain[0].encoded));
    if (tipset.messages && !tipset.messages->bls.empty()) tipset.messages->bls[0].nonce += 1;
    r.chain[0].encoded = to_cbor(tipset);
  });
  add_peer("leaves-out", [](ExchangeResponse& r) {
    auto tipset = must(decode_exchange_tipset(r.chain[0].encoded));
    tipset.messages.reset();
    r.chain[0].encoded = to_cbor(tipset);
  });
  auto with_messages = full.tipsets[39];
  EXPECT_FALSE(client->blocks({with_messages}));
  EXPECT_GE(offences("changes"), 100);
  EXPECT_GE(offences("leaves-out"), 100);
  add_peer("good");
  EXPECT_EQ(must(client->blocks({with_messages})).front().size(), 2u);
}

TEST_F(ExchangeClientTest, TwoLiesBanAPeerAndTimeLiftsTheBan) {
  add_peer("liar", [](ExchangeResponse& r) { r.chain.clear(); });
  EXPECT_FALSE(client->headers_from("liar", full.head()->key(), 1));
  EXPECT_TRUE(peers->trusted("liar"));
  EXPECT_FALSE(client->headers_from("liar", full.head()->key(), 1));
  EXPECT_FALSE(peers->trusted("liar"));
  EXPECT_TRUE(transport->blocks("liar"));
  EXPECT_FALSE(transport->is_connected("liar"));
  clock->seconds += 3601;
  peers->expire_bans();
  EXPECT_TRUE(peers->trusted("liar"));
  EXPECT_FALSE(transport->blocks("liar"));
}

TEST_F(ExchangeClientTest, RefusalsAreNoLies) {
  add_peer("has-nothing", [](ExchangeResponse& r) { r = {ExchangeStatus::not_found, "gone", {}}; });
  auto headers = client->headers(full.head()->key(), 3);
  ASSERT_FALSE(headers);
  EXPECT_NE(headers.error().message.find("has-nothing"), std::string::npos) << headers.error().message;
  EXPECT_EQ(offences("has-nothing"), 0);
  EXPECT_EQ(peers->find("has-nothing")->failures, 1u);
}

TEST_F(ExchangeClientTest, ASlowPeerIsOvertaken) {
  add_peer("slow").silent = true;
  client->hint(full.head()->key(), "slow");  // so that it is asked first
  auto& quick = add_peer("quick");
  EXPECT_EQ(must(client->headers(full.head()->key(), 3)).size(), 3u);
  EXPECT_EQ(quick.asked, 1);
  EXPECT_EQ(others.front()->asked, 1);
}

TEST_F(ExchangeClientTest, OnlyWhitelistedPeersAreAsked) {
  restart({.whitelist = {"/fake/p2p/white"}, .only_white = true});
  auto& black = add_peer("other");
  EXPECT_FALSE(client->headers(full.head()->key(), 3));
  EXPECT_FALSE(client->headers_from("other", full.head()->key(), 3));
  EXPECT_EQ(black.asked, 0);
  add_peer("white");
  EXPECT_EQ(must(client->headers(full.head()->key(), 3)).size(), 3u);
}

TEST_F(ExchangeClientTest, ClosingEndsACallThatWaits) {
  add_peer("silent").silent = true;
  std::jthread closer([&] {
    EXPECT_TRUE(eventually([&] { return others.front()->asked > 0; }));
    transport->close();
  });
  EXPECT_FALSE(client->headers(full.head()->key(), 3));
}

TEST_F(ExchangeClientTest, AChainFromAnotherGenesisIsALie) {
  auto root = testing::make_header(nullptr, 0, 7, {}, {});
  auto bottom = must(Tipset::make({root}));
  auto top = must(Tipset::make({testing::make_header(bottom, 1, 7, {}, {})}));
  add_peer("fork", [&](ExchangeResponse& r) {
    r = {ExchangeStatus::ok,
         "",
         {RawCbor{to_cbor(ExchangeTipset{top->blocks(), {}})}, RawCbor{to_cbor(ExchangeTipset{bottom->blocks(), {}})}}};
  });
  EXPECT_FALSE(client->headers_from("fork", top->key(), 2));
  EXPECT_GE(offences("fork"), 100);
}

}  // namespace
}  // namespace nelumbo::net
