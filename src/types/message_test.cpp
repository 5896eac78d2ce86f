#include <gtest/gtest.h>

#include "generators.hpp"
#include "types/json.hpp"
#include "types/network.hpp"

using namespace nelumbo;

namespace {

Message plain() {
  Message m;
  m.to = Address::from_id(1);
  m.from = Address::from_id(2);
  m.value = 7;
  m.gas_limit = 5;
  m.gas_fee_cap = 1;
  m.gas_premium = 1;
  m.method = 2;
  return m;
}

TEST(Message, RoundTrips) {
  EXPECT_TRUE(rc::check([] {
    auto message = *arbitrary::any_message();
    RC_ASSERT(must(from_cbor<Message>(to_cbor(message))) == message);
    RC_ASSERT(must(from_json<Message>(to_json(message))) == message);
    SignedMessage signed_message{message, *arbitrary::any_signature()};
    RC_ASSERT(must(from_cbor<SignedMessage>(to_cbor(signed_message))) == signed_message);
    RC_ASSERT(must(from_json<SignedMessage>(to_json(signed_message))) == signed_message);
  }));
}

TEST(Message, PrintsAsLotus) {
  EXPECT_EQ(
      to_json(plain()).dump(),
      R"({"Version":0,"To":"f01","From":"f02","Nonce":0,"Value":"7","GasLimit":5,"GasFeeCap":"1","GasPremium":"1",)"
      R"("Method":2,"Params":null,"CID":{"/":"bafy2bzacedr4nqe7b77oi7zuk2zrn2js4pq262dsq4esp5li7u2xr37sipcey"}})");
  SignedMessage secp{plain(), {SignatureType::secp256k1, {1, 2, 3}}};
  auto printed = to_json(secp);
  EXPECT_EQ(printed["Signature"].dump(), R"({"Type":1,"Data":"AQID"})");
  EXPECT_EQ(printed["CID"]["/"], "bafy2bzaced76fnnz5wifwtzgvru6rgtm4acx3g2exploruojbuypvc7u6yxic");
  EXPECT_EQ(printed["Message"]["CID"]["/"], "bafy2bzacedr4nqe7b77oi7zuk2zrn2js4pq262dsq4esp5li7u2xr37sipcey");
}

TEST(Message, BlsMessagesAreKnownByTheirUnsignedForm) {
  SignedMessage message{plain(), {SignatureType::secp256k1, {1, 2, 3}}};
  EXPECT_EQ(message.chain_length(), 27u);
  EXPECT_NE(message.cid(), message.message.cid());
  message.signature.type = SignatureType::bls;
  EXPECT_EQ(message.chain_length(), 21u);
  EXPECT_EQ(message.cid(), message.message.cid());
}

TEST(Message, Premium) {
  auto m = plain();
  m.gas_fee_cap = 100;
  m.gas_premium = 30;
  EXPECT_EQ(m.effective_premium(50), 30);
  EXPECT_EQ(m.effective_premium(80), 20);
  EXPECT_EQ(m.effective_premium(101), 0);
  EXPECT_EQ(m.required_funds(), 7 + 500);
}

TEST(Message, Rules) {
  const auto good = plain();
  EXPECT_TRUE(check_message(good, 5, 28));
  auto expect_bad = [&](auto change, uint32_t version = 28) {
    auto m = good;
    change(m);
    EXPECT_FALSE(check_message(m, 5, version));
  };
  expect_bad([](Message& m) { m.version = 1; });
  expect_bad([](Message& m) { m.to = Address(); });
  expect_bad([](Message& m) { m.from = Address(); });
  expect_bad([](Message& m) { m.value = -1; });
  expect_bad([](Message& m) { m.value = kAttoPerFil * kTotalFilecoin + 1; });
  expect_bad([](Message& m) { m.gas_fee_cap = -1; });
  expect_bad([](Message& m) { m.gas_premium = -1; });
  expect_bad([](Message& m) { m.gas_premium = 2; });
  expect_bad([](Message& m) { m.gas_limit = kBlockGasLimit + 1; });
  expect_bad([](Message& m) { m.gas_limit = 0; });
  expect_bad([](Message& m) { m.gas_limit = 4; });

  auto zero =
      must(Address::parse("f3yaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaby2smx7a"));
  auto to = [](const Address& address) { return [&address](Message& m) { m.to = address; }; };
  expect_bad(to(zero), 7);
  auto before = good;
  before.to = zero;
  EXPECT_TRUE(check_message(before, 5, 6));
  auto delegated = must(Address::delegated(10, Bytes(20, 1)));
  expect_bad(to(delegated), 17);
  before.to = delegated;
  EXPECT_TRUE(check_message(before, 5, 18));
}

TEST(Signature, CborIsKindAndBytes) {
  EXPECT_TRUE(rc::check([] {
    auto signature = *arbitrary::any_signature();
    RC_ASSERT(must(from_cbor<Signature>(to_cbor(signature))) == signature);
  }));
  EXPECT_EQ(to_hex(to_cbor(Signature{SignatureType::bls, {9}})), "420209");
  for (auto bad : {"40", "4100", "4104", "6101", "80"}) EXPECT_FALSE(from_cbor<Signature>(must(from_hex(bad)))) << bad;
  CborWriter too_long;
  too_long.bytes(Bytes(201, 1));
  EXPECT_FALSE(from_cbor<Signature>(too_long.out));
}

TEST(Signature, EachKindSignsForItsAddress) {
  for (auto type : {SignatureType::secp256k1, SignatureType::bls, SignatureType::delegated}) {
    auto key = must(generate_key(type));
    auto address = must(key_address(type, key));
    auto signature = must(sign(type, key, as_bytes("text")));
    EXPECT_TRUE(verify(signature, address, as_bytes("text"))) << signature_type_name(type);
    EXPECT_FALSE(verify(signature, address, as_bytes("test")));
    EXPECT_FALSE(verify(signature, Address::from_id(1), as_bytes("text")));
    EXPECT_FALSE(verify(signature, Address(), as_bytes("text")));
    auto other = must(key_address(type, must(generate_key(type))));
    EXPECT_FALSE(verify(signature, other, as_bytes("text")));
    signature.data.clear();
    EXPECT_FALSE(verify(signature, address, as_bytes("text")));
  }
}

TEST(Receipt, BothForms) {
  EXPECT_TRUE(rc::check([] {
    auto receipt = *arbitrary::any_receipt();
    RC_ASSERT(must(decode_receipt(encode_receipt(receipt, 18))) == receipt);
    RC_ASSERT(must(from_json<Receipt>(to_json(receipt))) == receipt);
    receipt.events_root.reset();
    RC_ASSERT(must(decode_receipt(encode_receipt(receipt, 17))) == receipt);
  }));
  EXPECT_EQ(to_hex(encode_receipt({.exit_code = 0, .return_data = {}, .gas_used = 5, .events_root = {}}, 17)),
            "83004005");
  EXPECT_EQ(to_hex(encode_receipt({.exit_code = 0, .return_data = {}, .gas_used = 5, .events_root = {}}, 18)),
            "84004005f6");
  EXPECT_FALSE(decode_receipt(must(from_hex("820040"))));
  EXPECT_EQ(to_json(Receipt{.gas_used = 5}).dump(), R"({"ExitCode":0,"Return":null,"GasUsed":5,"EventsRoot":null})");
}

TEST(Event, PrintsAsLotus) {
  Event event{5, {{3, "t1", 0x55, {1}}}};
  EXPECT_EQ(to_json(event).dump(), R"({"Emitter":5,"Entries":[{"Flags":3,"Key":"t1","Codec":85,"Value":"AQ=="}]})");
  EXPECT_EQ(must(from_cbor<Event>(to_cbor(event))), event);
}

}  // namespace
