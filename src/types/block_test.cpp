#include <gtest/gtest.h>

#include "generators.hpp"
#include "types/json.hpp"

using namespace nelumbo;

namespace {

const Cid kCid = must(Cid::parse("bafy2bzacedr4nqe7b77oi7zuk2zrn2js4pq262dsq4esp5li7u2xr37sipcey"));

BlockHeader block(uint8_t ticket, ActorId miner = 1000) {
  BlockHeader header;
  header.miner = Address::from_id(miner);
  header.ticket = Ticket{{ticket}};
  header.parent_base_fee = 100;
  header.parent_state_root = header.parent_message_receipts = header.messages = kCid;
  return header;
}

TEST(BlockHeader, RoundTrips) {
  EXPECT_TRUE(rc::check([] {
    auto header = *arbitrary::any_header();
    RC_ASSERT(must(from_cbor<BlockHeader>(to_cbor(header))) == header);
    RC_ASSERT(must(from_json<BlockHeader>(to_json(header))) == header);
    BlockMessage message{header, {*arbitrary::any_cid()}, {}};
    RC_ASSERT(must(from_cbor<BlockMessage>(to_cbor(message))) == message);
    auto unsigned_header = header;
    unsigned_header.block_sig.reset();
    RC_ASSERT(header.signing_bytes() == to_cbor(unsigned_header));
  }));
}

TEST(BlockHeader, CborAsLotus) {
  EXPECT_EQ(to_hex(to_cbor(block('t'))),
            "904300e807814174f68080804000d82a5827000171a0e40220e3c6c09f0ffee47f3456b316e932e3e1af6872870927f568fd3578ef"
            "f243c44c"
            "d82a5827000171a0e40220e3c6c09f0ffee47f3456b316e932e3e1af6872870927f568fd3578eff243c44cd82a5827000171a0e402"
            "20e3c6c0"
            "9f0ffee47f3456b316e932e3e1af6872870927f568fd3578eff243c44cf600f600420064");
}

TEST(Tipset, PrintsAsLotus) {
  auto tipset = must(Tipset::make({block('t')}));
  auto link = R"({"/":"bafy2bzacedr4nqe7b77oi7zuk2zrn2js4pq262dsq4esp5li7u2xr37sipcey"})";
  auto wanted = fmt::format(
      R"({{"Cids":[{{"/":"bafy2bzacebwuzghhhjqgqbj5zl2wr3fu322yytbzd2xuisi4jkkqd5wsrcglw"}}],"Blocks":[{{"Miner":"f01000",)"
      R"("Ticket":{{"VRFProof":"dA=="}},"ElectionProof":null,"BeaconEntries":null,"WinPoStProof":null,"Parents":null,)"
      R"("ParentWeight":"0","Height":0,"ParentStateRoot":{0},"ParentMessageReceipts":{0},"Messages":{0},"BLSAggregate":null,)"
      R"("Timestamp":0,"BlockSig":null,"ForkSignaling":0,"ParentBaseFee":"100"}}],"Height":0}})",
      link);
  EXPECT_EQ(to_json(tipset).dump(), wanted);
  EXPECT_EQ(must(from_json<TipsetPtr>(to_json(tipset)))->key(), tipset->key());
}

TEST(Tipset, OrderIsByTicketDigestThenCid) {
  EXPECT_TRUE(rc::check([] {
    auto tickets =
        *rc::gen::suchThat(rc::gen::resize(6, rc::gen::arbitrary<Bytes>()), [](const Bytes& t) { return !t.empty(); });
    std::vector<BlockHeader> blocks;
    for (size_t i = 0; i < tickets.size(); ++i) {
      blocks.push_back(block(tickets[i], 1000 + i));
      blocks.back().timestamp = 50 + i;
    }
    auto tipset = must(Tipset::make(blocks));
    const auto& sorted = tipset->blocks();
    for (size_t i = 1; i < sorted.size(); ++i) {
      auto before = sorted[i - 1].ticket->digest(), after = sorted[i].ticket->digest();
      RC_ASSERT(before < after || (before == after && tipset->cids()[i - 1] < tipset->cids()[i]));
    }
    for (size_t i = 0; i < sorted.size(); ++i) RC_ASSERT(tipset->cids()[i] == sorted[i].cid());
    RC_ASSERT(tipset->min_timestamp() == 50u);
    std::reverse(blocks.begin(), blocks.end());
    RC_ASSERT(must(Tipset::make(blocks))->key() == tipset->key());
  }));
}

TEST(Tipset, RefusesBlocksThatDoNotBelongTogether) {
  EXPECT_FALSE(Tipset::make({}));
  auto higher = block(2);
  higher.height = 1;
  EXPECT_FALSE(Tipset::make({block(1), higher}));
  auto other_parents = block(2);
  other_parents.parents = {kCid};
  EXPECT_FALSE(Tipset::make({block(1), other_parents}));
  auto no_ticket = block(2);
  no_ticket.ticket.reset();
  EXPECT_FALSE(Tipset::make({block(1), no_ticket}));
}

TEST(TipsetKey, AsLotus) {
  TipsetKey key{{kCid, kCid}};
  EXPECT_EQ(key.str(), "{" + kCid.str() + "," + kCid.str() + "}");
  EXPECT_EQ(key.cid().str(), "bafy2bzacec7ouqfig2446z2t47q37rpob26sc3kyjonkgn33zgxyy2iuvjgt4");
  EXPECT_EQ(TipsetKey().cid().str(), "bafy2bzacea456askyutsf7uk4ta2q5aojrlcji4mhaqokbfalgvoq4ueeh4l2");
  EXPECT_EQ(to_json(TipsetKey()).dump(), "[]");
  EXPECT_TRUE(rc::check([] {
    TipsetKey any{*rc::gen::container<std::vector<Cid>>(arbitrary::any_cid())};
    RC_ASSERT(must(TipsetKey::from_bytes(any.bytes())) == any);
    RC_ASSERT(must(from_cbor<TipsetKey>(to_cbor(any))) == any);
    RC_ASSERT(must(from_json<TipsetKey>(to_json(any))) == any);
  }));
  auto cut = key.bytes();
  cut.pop_back();
  EXPECT_FALSE(TipsetKey::from_bytes(cut));
}

}  // namespace
