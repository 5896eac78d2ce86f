#include "net/wire.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "chain/validation.hpp"
#include "test_chain.hpp"

namespace nelumbo::net {
namespace {

using testing::make_message;
using testing::make_signed;

/// A tipset of blocks that share messages: block b holds the messages b … b + 2 of each kind.
std::vector<chain::FullBlock> overlapping_blocks(size_t count) {
  std::vector<chain::FullBlock> out;
  for (size_t b = 0; b < count; ++b) {
    chain::FullBlock block;
    for (size_t m = b; m < b + 3; ++m) {
      block.bls.push_back(make_message(m));
      block.secp.push_back(make_signed(m));
    }
    block.header = testing::make_header(nullptr, 5, 1000 + b, block.bls, block.secp);
    out.push_back(std::move(block));
  }
  return out;
}

TipsetPtr tipset_of(const std::vector<chain::FullBlock>& blocks) {
  std::vector<BlockHeader> headers;
  for (const auto& block : blocks) headers.push_back(block.header);
  return must(Tipset::make(std::move(headers)));
}

/// The blocks in the tipset's order.
std::vector<chain::FullBlock> in_order(const Tipset& tipset, const std::vector<chain::FullBlock>& blocks) {
  std::vector<chain::FullBlock> out;
  for (const auto& header : tipset.blocks()) {
    out.push_back(*std::find_if(blocks.begin(), blocks.end(), [&](const auto& b) { return b.header == header; }));
  }
  return out;
}

TEST(Wire, HelloAsLotusWritesIt) {
  const Cid cid = must(Cid::parse("bafy2bzacedr4nqe7b77oi7zuk2zrn2js4pq262dsq4esp5li7u2xr37sipcey"));
  Hello hello{{cid}, 7, 258, cid};
  const std::string link = "d82a5827000171a0e40220e3c6c09f0ffee47f3456b316e932e3e1af6872870927f568fd3578eff243c44c";
  EXPECT_EQ(to_hex(to_cbor(hello)),
            "84"
            "81" +
                link +
                "07"
                "43000102" +
                link);
  EXPECT_EQ(must(decode_hello(to_cbor(hello))), hello);
  EXPECT_EQ(to_hex(to_cbor(HelloAnswer{1, 2})), "820102");
}

TEST(Wire, ValuesRoundTrip) {
  EXPECT_TRUE(rc::check([] {
    auto cids = [] {
      std::vector<Cid> out;
      for (int i = *rc::gen::inRange(1, 6); i > 0; --i) out.push_back(Cid::of(*rc::gen::arbitrary<Bytes>()));
      return out;
    };
    Hello hello{cids(), *rc::gen::arbitrary<int64_t>(), BigInt(*rc::gen::arbitrary<uint64_t>()), cids().front()};
    RC_ASSERT(must(decode_hello(to_cbor(hello))) == hello);
    HelloAnswer answer{*rc::gen::arbitrary<int64_t>(), *rc::gen::arbitrary<int64_t>()};
    RC_ASSERT(must(decode_hello_answer(to_cbor(answer))) == answer);
    ExchangeRequest request{cids(), *rc::gen::inRange<uint64_t>(1, kMaxExchangeLength + 1),
                            *rc::gen::inRange<uint64_t>(1, 4)};
    RC_ASSERT(must(decode_exchange_request(to_cbor(request))) == request);
    auto blocks = overlapping_blocks(*rc::gen::inRange<size_t>(1, 5));
    ExchangeTipset tipset{tipset_of(blocks)->blocks(), compact(blocks)};
    RC_ASSERT(must(decode_exchange_tipset(to_cbor(tipset))) == tipset);
    ExchangeResponse response{ExchangeStatus::partial, "so far", {RawCbor{to_cbor(tipset)}, RawCbor{to_cbor(tipset)}}};
    RC_ASSERT(must(decode_exchange_response(to_cbor(response), 3)) == response);
  }));
}

TEST(Wire, RequestsOutOfBoundsAreRefused) {
  const Cid cid = Cid::of(as_bytes("head"));
  auto decode = [](const ExchangeRequest& request) { return decode_exchange_request(to_cbor(request)); };
  EXPECT_TRUE(decode({{cid}, 1, 1}));
  EXPECT_FALSE(decode({{}, 1, 1}));
  EXPECT_FALSE(decode({{cid}, 0, 1}));
  EXPECT_FALSE(decode({{cid}, kMaxExchangeLength + 1, 1}));
  EXPECT_FALSE(decode({{cid}, 1, 0}));
  EXPECT_FALSE(decode({{cid}, 1, 4}));
  EXPECT_FALSE(decode({std::vector<Cid>(kMaxTipsetBlocks + 1, cid), 1, 1}));
}

TEST(Wire, AnswersOfMoreTipsetsThanAskedForAreRefused) {
  ExchangeResponse response;
  for (int i = 0; i < 5; ++i) response.chain.push_back({to_cbor(ExchangeTipset{})});
  EXPECT_TRUE(decode_exchange_response(to_cbor(response), 5));
  EXPECT_FALSE(decode_exchange_response(to_cbor(response), 4));
}

TEST(Wire, CompactedMessagesAreEachOnce) {
  auto blocks = overlapping_blocks(3);
  auto tipset = tipset_of(blocks);
  blocks = in_order(*tipset, blocks);
  auto compacted = compact(blocks);
  EXPECT_EQ(compacted.bls.size(), 5u);
  EXPECT_EQ(compacted.secp.size(), 5u);
  auto again = must(expand(*tipset, compacted));
  ASSERT_EQ(again.size(), blocks.size());
  for (size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(again[i].header, blocks[i].header);
    EXPECT_EQ(again[i].bls, blocks[i].bls);
    EXPECT_EQ(again[i].secp, blocks[i].secp);
  }
}

TEST(Wire, CompactedMessagesThatLieAreFoundOut) {
  auto blocks = overlapping_blocks(2);
  auto tipset = tipset_of(blocks);
  blocks = in_order(*tipset, blocks);
  const auto good = compact(blocks);
  ASSERT_TRUE(expand(*tipset, good));

  auto place_outside = good;
  place_outside.bls_includes[0][1] = good.bls.size();
  EXPECT_FALSE(expand(*tipset, place_outside));
  EXPECT_FALSE(decode_exchange_tipset(to_cbor(ExchangeTipset{{}, place_outside})));

  auto block_missing = good;
  block_missing.secp_includes.pop_back();
  EXPECT_FALSE(expand(*tipset, block_missing));

  auto message_changed = good;
  message_changed.bls[0].nonce += 1;
  auto result = expand(*tipset, message_changed);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::invalid);

  auto order_changed = good;
  std::swap(order_changed.secp_includes[1][0], order_changed.secp_includes[1][1]);
  EXPECT_FALSE(expand(*tipset, order_changed));
}

/// One large message that is named as often as the counts allow must not be copied as often.
TEST(Wire, AMessageNamedManyTimesIsNoBomb) {
  chain::FullBlock block;
  block.header = testing::make_header(nullptr, 5, 1000, {}, {});
  auto tipset = must(Tipset::make({block.header}));
  CompactedMessages messages;
  messages.bls.push_back(make_message(0));
  messages.bls.back().params = Bytes(1 << 20);
  messages.bls_includes = {std::vector<uint64_t>(chain::kMaxBlockMessages, 0)};
  messages.secp_includes = {{}};
  auto result = expand(*tipset, messages);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::exhausted);
}

TEST(Wire, TopicsCarryTheNetworksName) {
  EXPECT_EQ(blocks_topic("testnetnet"), "/fil/blocks/testnetnet");
  EXPECT_EQ(messages_topic("testnetnet"), "/fil/msgs/testnetnet");
}

}  // namespace
}  // namespace nelumbo::net
