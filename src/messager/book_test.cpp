#include "messager/book.hpp"

#include <thread>

#include "book_fixture.hpp"

using namespace nelumbo;
using namespace nelumbo::messager;

namespace {

ErrorCode code_of(const auto& result) { return result ? ErrorCode::failed : result.error().code; }

TEST_P(BookTest, KeepsWallets) {
  EXPECT_TRUE(must(book->wallets()).empty());
  auto key = new_key(SignatureType::bls);
  auto address = must(book->add_wallet(key, 5));
  EXPECT_EQ(address.protocol(), Protocol::bls);
  EXPECT_EQ(code_of(book->add_wallet(key, 5)), ErrorCode::exists);
  auto row = must(book->wallet(address));
  EXPECT_EQ(row.address, address);
  EXPECT_EQ(row.nonce, 5u);
  EXPECT_TRUE(row.halted.empty());
  EXPECT_GT(row.created, 0);
  EXPECT_EQ(must(book->key(address)), key);
  add_sender();
  EXPECT_EQ(must(book->wallets()).size(), 2u);

  must(book->remove_wallet(address));
  auto missing = book->wallet(address);
  EXPECT_EQ(code_of(missing), ErrorCode::not_found);
  EXPECT_NE(missing.error().message.find(address.str()), std::string::npos);
  EXPECT_EQ(code_of(book->key(address)), ErrorCode::not_found);
  EXPECT_EQ(code_of(book->remove_wallet(address)), ErrorCode::not_found);
  EXPECT_EQ(code_of(book->halt(address, "x")), ErrorCode::not_found);
  EXPECT_EQ(code_of(book->resume(address, 1)), ErrorCode::not_found);
  EXPECT_EQ(code_of(book->gaps(address, 0, 1)), ErrorCode::not_found);
  EXPECT_EQ(code_of(book->add_wallet({"ed25519", Bytes(32, 1)}, 0)), ErrorCode::invalid);
  EXPECT_EQ(code_of(book->add_wallet(new_key(), UINT64_MAX)), ErrorCode::invalid);
}

TEST_P(BookTest, StoresWhatItSigned) {
  for (auto type : {SignatureType::secp256k1, SignatureType::bls, SignatureType::delegated}) {
    auto from = add_sender(3, type);
    auto draft = draft_of(from);
    draft.message.nonce = 99;  // not looked at
    draft.message.params = type == SignatureType::delegated ? Bytes() : Bytes{1, 2, 3};
    if (type == SignatureType::delegated) draft.message.method = 3844450837;
    draft.max_fee = kAttoPerFil * 7;
    auto row = must(book->assign(draft));
    EXPECT_EQ(row.address, from);
    EXPECT_EQ(row.nonce, 3u);
    EXPECT_EQ(row.message.message.nonce, 3u);
    EXPECT_EQ(row.cid, row.message.cid());
    EXPECT_TRUE(verify_message(row.message, from, kEthChain));
    EXPECT_GT(row.id, 0);
    EXPECT_EQ(must(book->wallet(from)).nonce, 4u);

    auto again = must(book->find(from, 3)).value();
    EXPECT_EQ(again.id, row.id);
    EXPECT_EQ(again.message, row.message);
    EXPECT_EQ(again.cid, row.cid);
    EXPECT_EQ(again.gr_epoch, 7);
    EXPECT_EQ(again.epoch, 0);
    EXPECT_EQ(again.kind, "Send");
    EXPECT_EQ(again.created, row.created);
    EXPECT_EQ(again.max_fee, kAttoPerFil * 7);
    EXPECT_FALSE(again.exit_code);
    EXPECT_EQ(must(book->find(row.cid)).value().id, row.id);
    EXPECT_FALSE(must(book->find(from, 4)));
    EXPECT_FALSE(must(book->find(from, UINT64_MAX)));
    EXPECT_FALSE(must(book->find(Cid::of(Bytes{1}))));
  }
}

TEST_P(BookTest, TablesHaveTheColumnsOperatorsKnow) {
  set_address_network(AddressNetwork::testnet);  // rows must not depend on what the process prints
  auto from = add_sender();
  auto row = must(book->assign(draft_of(from)));
  set_address_network(AddressNetwork::mainnet);
  EXPECT_EQ(database.run("SELECT address FROM wallets"), std::vector{from.str()});
  EXPECT_EQ(database.run("SELECT nonce FROM wallets WHERE id > 0"), std::vector<std::string>{"1"});
  EXPECT_EQ(database.run("SELECT address FROM signed_msgs WHERE id > 0"), std::vector{from.str()});
  EXPECT_EQ(database.run("SELECT cid FROM signed_msgs"), std::vector{row.cid.str()});
  EXPECT_EQ(database.run("SELECT signed_msg FROM signed_msgs"), std::vector{to_hex(to_cbor(row.message))});
  EXPECT_EQ(database.run("SELECT gr_epoch FROM signed_msgs"), std::vector<std::string>{"7"});
  EXPECT_EQ(database.run("SELECT epoch FROM signed_msgs"), std::vector<std::string>{"0"});
  auto key = must(book->key(from));
  for (const auto& text : database.run("SELECT private_key FROM wallets")) {
    EXPECT_EQ(text.find(to_hex(key.private_key)), std::string::npos);
    EXPECT_EQ(text.find(to_base64(key.private_key)), std::string::npos);
  }
}

TEST_P(BookTest, RefusesBadDraftsAlone) {
  auto from = add_sender();
  Address stranger = must(wallet::address_of(new_key()));
  auto missing = book->assign(draft_of(stranger));
  EXPECT_EQ(code_of(missing), ErrorCode::not_found);
  EXPECT_NE(missing.error().message.find(stranger.str()), std::string::npos);
  EXPECT_EQ(code_of(book->assign(draft_of(Address::from_id(7)))), ErrorCode::invalid);
  EXPECT_EQ(code_of(book->assign(draft_of(Address()))), ErrorCode::invalid);
  auto no_receiver = draft_of(from);
  no_receiver.message.to = Address();
  EXPECT_EQ(code_of(book->assign(no_receiver)), ErrorCode::invalid);
  auto large = draft_of(from);
  large.message.params = Bytes(65 << 10);
  EXPECT_EQ(code_of(book->assign(large)), ErrorCode::invalid);
  EXPECT_EQ(code_of(book->assign(draft_of(from, 1, std::string(65, 'u')))), ErrorCode::invalid);
  EXPECT_EQ(code_of(book->assign(draft_of(from, 1, "a\nb"))), ErrorCode::invalid);

  // Together with good ones.
  std::vector<std::thread> threads;
  std::atomic<int> good = 0, bad = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 20; ++n) {
        auto row = book->assign(draft_of(i % 2 == 0 ? from : stranger));
        ++(row ? good : bad);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 80);
  EXPECT_EQ(bad, 80);
  EXPECT_TRUE(consecutive(from, 80));
}

TEST_P(BookTest, GivesEachNonceOnceUnderLoad) {
  constexpr int kThreads = 8, kEach = 60;
  std::vector<Address> senders;
  for (int i = 0; i < 4; ++i) senders.push_back(add_sender(0, i == 3 ? SignatureType::bls : SignatureType::secp256k1));
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::set<std::pair<std::string, uint64_t>> given;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        auto row = must(book->assign(draft_of(senders[(t + i) % 4], t * 1000 + i)));
        EXPECT_EQ(row.message.message.value, t * 1000 + i);
        std::lock_guard lock(mutex);
        EXPECT_TRUE(given.emplace(row.address.str(), row.nonce).second);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& sender : senders) EXPECT_TRUE(consecutive(sender, kThreads * kEach / 4));
}

TEST_P(BookTest, TwoBooksShareADatabase) {
  constexpr int kEach = 60;
  auto other = open();
  auto first = add_sender(), second = add_sender();
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        must((t % 2 == 0 ? book : other)->assign(draft_of(i % 2 == 0 ? first : second, t * 1000 + i)));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(consecutive(first, 3 * kEach));
  EXPECT_TRUE(consecutive(second, 3 * kEach));
}

TEST_P(BookTest, AUuidMakesOneMessage) {
  auto from = add_sender();
  auto row = must(book->assign(draft_of(from, 1, "u-1")));
  auto again = draft_of(from, 1, "u-1");
  again.message.gas_limit += 5;  // estimated anew
  EXPECT_EQ(must(book->assign(again)).id, row.id);
  auto clash = book->assign(draft_of(from, 2, "u-1"));
  EXPECT_EQ(code_of(clash), ErrorCode::exists);
  EXPECT_NE(clash.error().message.find(row.cid.str()), std::string::npos);
  EXPECT_EQ(must(book->find_uuid("u-1")).value().id, row.id);
  EXPECT_FALSE(must(book->find_uuid("u-2")));
  EXPECT_FALSE(must(book->find_uuid("")));
  // Byte by byte: neither case nor spaces make two the same.
  for (auto uuid : {"U-1", "u-1 ", " u-1", "ü-1", "u-1'"})
    EXPECT_NE(must(book->assign(draft_of(from, 1, uuid))).id, row.id);
  EXPECT_EQ(must(book->wallet(from)).nonce, 6u);
}

TEST_P(BookTest, EqualUuidsThatRaceMakeOneMessage) {
  constexpr int kRounds = 40;
  auto other = open();
  auto from = add_sender();
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::map<std::string, std::set<int64_t>> rows;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        std::string uuid = fmt::format("race-{}", i);
        auto row = must((t % 2 == 0 ? book : other)->assign(draft_of(from, i, uuid)));
        std::lock_guard lock(mutex);
        rows[uuid].insert(row.id);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& [uuid, ids] : rows) EXPECT_EQ(ids.size(), 1u) << uuid;
  EXPECT_TRUE(consecutive(from, kRounds));
}

TEST_P(BookTest, AHaltedSenderGetsNoNonce) {
  auto from = add_sender();
  must(book->assign(draft_of(from)));
  must(book->halt(from, "used elsewhere: the chain is at 5"));
  EXPECT_EQ(must(book->wallet(from)).halted, "used elsewhere: the chain is at 5");
  auto refused = book->assign(draft_of(from));
  EXPECT_EQ(code_of(refused), ErrorCode::invalid);
  EXPECT_NE(refused.error().message.find("used elsewhere"), std::string::npos);
  EXPECT_EQ(code_of(book->resume(from, 0)), ErrorCode::invalid);  // nonce 0 has a row
  EXPECT_FALSE(must(book->wallet(from)).halted.empty());
  must(book->resume(from, 5));
  EXPECT_EQ(must(book->assign(draft_of(from))).nonce, 5u);
  EXPECT_EQ(must(book->gaps(from, 0, 10)), (std::vector<uint64_t>{1, 2, 3, 4}));
  EXPECT_EQ(must(book->gaps(from, 2, 2)), (std::vector<uint64_t>{2, 3}));
  must(book->resume(from, 8));
  EXPECT_EQ(must(book->gaps(from, 5, 10)), (std::vector<uint64_t>{6, 7}));
  EXPECT_EQ(must(book->gaps(from, 6, 1)), (std::vector<uint64_t>{6}));
  EXPECT_TRUE(must(book->gaps(from, 8, 10)).empty());
  EXPECT_EQ(code_of(book->halt(from, "")), ErrorCode::invalid);
}

TEST_P(BookTest, AWalletThatComesBackGoesOn) {
  auto key = new_key();
  auto from = must(book->add_wallet(key, 0));
  auto row = must(book->assign(draft_of(from)));
  EXPECT_EQ(code_of(book->remove_wallet(from)), ErrorCode::invalid);
  auto lease = must(book->lease("confirm", "me", std::chrono::seconds(60))).value();
  std::vector<Inclusion> included = {{from, 0, row.cid, 10, 0, 5}};
  must(book->advance(lease, {TipsetKey{{row.cid}}, 10}, {}, included));
  must(book->remove_wallet(from));
  EXPECT_EQ(code_of(book->assign(draft_of(from))), ErrorCode::not_found);
  EXPECT_EQ(code_of(book->add_wallet(key, 0)), ErrorCode::invalid);
  must(book->add_wallet(key, 1));
  EXPECT_EQ(must(book->assign(draft_of(from))).nonce, 1u);
}

TEST_P(BookTest, ListsNewestFirst) {
  auto first = add_sender(), second = add_sender();
  for (int i = 0; i < 4; ++i) {
    auto draft = draft_of(first, i);
    draft.kind = i % 2 == 0 ? "Send" : "Other";
    must(book->assign(draft));
    must(book->assign(draft_of(second, i)));
  }
  EXPECT_EQ(must(book->list({})).size(), 8u);
  EXPECT_EQ(must(book->list({})).front().address, second);
  MessageFilter filter;
  filter.address = first;
  filter.limit = 2;
  filter.offset = 1;
  auto rows = must(book->list(filter));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].nonce, 2u);
  EXPECT_EQ(rows[1].nonce, 1u);
  filter = {};
  filter.kind = "Other";
  EXPECT_EQ(must(book->list(filter)).size(), 2u);
  filter = {};
  filter.from_nonce = 1;
  filter.to_nonce = 2;
  EXPECT_EQ(must(book->list(filter)).size(), 4u);
  filter.on_chain = true;
  EXPECT_TRUE(must(book->list(filter)).empty());
  filter.on_chain = false;
  EXPECT_EQ(must(book->list(filter)).size(), 4u);

  auto pending = must(book->pending(first, 1, 2));
  ASSERT_EQ(pending.size(), 2u);
  EXPECT_EQ(pending[0].nonce, 1u);
  EXPECT_EQ(pending[1].nonce, 2u);
  auto summary = must(book->pending_summary());
  ASSERT_EQ(summary.size(), 2u);
  EXPECT_EQ(summary[0].count, 4u);
  EXPECT_EQ(summary[0].lowest_nonce, 0u);
  EXPECT_GT(summary[0].oldest, 0);
}

TEST_P(BookTest, KeepsTokens) {
  auto token = must(book->add_token("miner one", "sign", 0));
  auto other = must(book->add_token("web", "read", 12345));
  EXPECT_NE(token.id, other.id);
  must(book->revoke_token(token.id));
  auto all = must(book->tokens());
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "miner one");
  EXPECT_TRUE(all[0].revoked);
  EXPECT_EQ(all[1].permission, "read");
  EXPECT_EQ(all[1].expires, 12345);
  EXPECT_FALSE(all[1].revoked);
  EXPECT_EQ(code_of(book->revoke_token(99)), ErrorCode::not_found);
}

TEST_P(BookTest, SurvivesBeingOpenedAgain) {
  auto from = add_sender();
  auto row = must(book->assign(draft_of(from)));
  book.reset();
  book = open();
  EXPECT_EQ(must(book->assign(draft_of(from))).nonce, 1u);
  EXPECT_EQ(must(book->find(row.cid)).value().message, row.message);
}

FOR_EACH_DRIVER(BookTest);

}  // namespace
