#include "types/eth_transaction.hpp"

#include <gtest/gtest.h>

#include "crypto/keys.hpp"
#include "generators.hpp"
#include "types/json.hpp"
#include "types/rlp.hpp"

using namespace nelumbo;
using Form = EthTransaction::Form;

namespace {

constexpr uint64_t kChain = 314;

/// Transactions signed by the key of EIP-155's example, and the messages lotus makes of them.
struct Known {
  Form form;
  std::string_view raw, hash, cbor, cid;
};
const Known kKnown[] = {
    {Form::eip1559,
     "02f89582013a09648504a817c800825208943535353535353535353535353535353535353535880de0b6b3a7640000a4a9059cbb000000000"
     "000"
     "00000000000000000000000000000000000000000000000000ffc001a06fbbb4061303aea5f879e1d87c5223c5991962af5c069a07d947cbc"
     "b1f"
     "99934ea02df06bcf3ebb714b0b969ce32ef64f1eb241d53cd0570adbcf92300207f3eefd",
     "b14ff5e53e5b983309262f2e0f8ab034a47687d67e6488cdd7c097f28d3a0778",
     "828a0056040a353535353535353535353535353535353535353556040a9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f0949000de0b6b3a"
     "764"
     "0000195208460004a817c8004200641ae525aa1558265824a9059cbb000000000000000000000000000000000000000000000000000000000"
     "00000"
     "ff5842036fbbb4061303aea5f879e1d87c5223c5991962af5c069a07d947cbcb1f99934e2df06bcf3ebb714b0b969ce32ef64f1eb241d53cd"
     "0570a"
     "dbcf92300207f3eefd01",
     "bafy2bzaceddsxx6mgjpuwuvkrpl55ee2xoi47prruyf3zdcmiibme4sh77ry2"},
    {Form::eip1559,  // creates a contract
     "02f87882013a806481c88502540be4008080a4a9059cbb00000000000000000000000000000000000000000000000000000000000000ffc08"
     "0a0"
     "b6e448062f4ddd4e00b9faef337f8e0d51b523e265386cd958514c37e236ba8da025450d316682d88cb7727fd6026cd194d1bd0c7a1dce442"
     "ad8"
     "8e32ec9e57a861",
     "2d8556ed9cf9d09bdc481dda274e7ba829380887ab919da14f6350375f3b9ab0",
     "828a0042000a56040a9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f00401b00000002540be4004200c84200640458265824a9059cbb000"
     "000"
     "00000000000000000000000000000000000000000000000000000000ff584203b6e448062f4ddd4e00b9faef337f8e0d51b523e265386cd95"
     "8514c"
     "37e236ba8d25450d316682d88cb7727fd6026cd194d1bd0c7a1dce442ad88e32ec9e57a86100",
     "bafy2bzaceayv4elgq2tnnrf2ak6necc7fbq6iojpgc56pkudzus63wnsjrv3c"},
    {Form::homestead,  // to a masked ID
     "f86682012c8504a817c80082520894ff000000000000000000000000000000000003e905801ca05aa3581b99fa34e0b142033eaa72a06f50e"
     "7d8"
     "2093fb91bafb9b972856791aeba047191304d893f7a720ec4f205d2958e698cf35151d85d1c2bfeb6a9bdc027ee5",
     "e047de08d7ddd8bd957ee8bc4d498c436cbaac9bce22a21ec2ea4a6fa39ea5ac",
     "828a004300e90756040a9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f19012c420005195208460004a817c800460004a817c8001ae525a"
     "a15"
     "40584303015aa3581b99fa34e0b142033eaa72a06f50e7d82093fb91bafb9b972856791aeb47191304d893f7a720ec4f205d2958e698cf351"
     "51d85"
     "d1c2bfeb6a9bdc027ee51c",
     "bafy2bzaceadcomjw3otbq5n2lgcieowvg7iik3y4oct5o4jhhb2ewynyphrom"},
    {Form::eip155,
     "f88a018504a817c80082520894353535353535353535353535353535353535353505a4a9059cbb00000000000000000000000000000000000"
     "00000"
     "0000000000000000000000ff820298a0652099b516b0992019d42291f0323949fe95c520702f927c6a0b84da154f051da024bf19e2713b441"
     "889ac"
     "f854643daf42b8d16f9b4f92f4654a8815e1e9685982",
     "f35b35ef9febd1dea0005a25e4054ba661c93796b35f3bc05c737d06b4aba3d2",
     "828a0056040a353535353535353535353535353535353535353556040a9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f014200051952084"
     "6000"
     "4a817c800460004a817c8001ae525aa1558265824a9059cbb00000000000000000000000000000000000000000000000000000000000000ff"
     "5844"
     "0302652099b516b0992019d42291f0323949fe95c520702f927c6a0b84da154f051d24bf19e2713b441889acf854643daf42b8d16f9b4f92f"
     "4654a"
     "8815e1e96859820298",
     "bafy2bzacecy4azd6atre47fwf36zyasfqarosyhx2sueqoom6ijavshp4zkea"},
};

TEST(EthTransaction, KnownTransactionsAndMessages) {
  auto sender = must(Address::parse("f410ftwfgf5swvdiwcxasst6xd2opwpsikwspwe4opki"));
  for (const auto& each : kKnown) {
    auto raw = must(from_hex(each.raw));
    auto tx = must(EthTransaction::parse(raw, kChain));
    EXPECT_EQ(tx.form, each.form);
    EXPECT_EQ(to_hex(tx.signed_rlp()), each.raw);
    EXPECT_EQ(to_hex(tx.hash()), each.hash);
    EXPECT_EQ(must(tx.sender()), sender);
    auto message = must(tx.signed_message());
    EXPECT_EQ(to_hex(to_cbor(message)), each.cbor);
    EXPECT_EQ(message.cid().str(), each.cid);
    EXPECT_TRUE(verify_message(message, sender, kChain));

    auto again = must(EthTransaction::from_signed_message(message, kChain));
    EXPECT_EQ(to_hex(again.signed_rlp()), each.raw);
  }
}

TEST(EthTransaction, AnotherChainOrMessageIsNoticed) {
  for (const auto& each : kKnown) {
    auto raw = must(from_hex(each.raw));
    if (each.form != Form::homestead) EXPECT_FALSE(EthTransaction::parse(raw, kChain + 1));
    auto message = must(must(EthTransaction::parse(raw, kChain)).signed_message());
    auto sender = message.message.from;
    auto changed = message;
    changed.message.nonce += 1;
    EXPECT_FALSE(verify_message(changed, sender, kChain));
    changed = message;
    changed.message.gas_premium += 1;
    EXPECT_FALSE(verify_message(changed, sender, kChain));
    changed = message;
    changed.message.method = 0;
    EXPECT_FALSE(verify_message(changed, sender, kChain));
    changed = message;
    changed.signature.data.back() ^= 1;
    EXPECT_FALSE(verify_message(changed, sender, kChain));
    changed = message;
    changed.signature.data.pop_back();
    EXPECT_FALSE(verify_message(changed, sender, kChain));
    EXPECT_FALSE(verify_message(message, Address::from_id(5), kChain));
  }
}

TEST(EthTransaction, SignedMessagesRoundTrip) {
  EXPECT_TRUE(rc::check([] {
    auto key = secp256k1::generate();
    Message m;
    m.from = must(key_address(SignatureType::delegated, key));
    m.to = *rc::gen::arbitrary<bool>() ? Address::from_id(Address::kEthereumAddressManager)
                                       : Address::from_id(*rc::gen::inRange<uint64_t>(100, 1u << 30));
    m.method = m.to == Address::from_id(Address::kEthereumAddressManager) ? kEamCreateExternal : kEvmInvokeContract;
    m.nonce = *rc::gen::arbitrary<uint32_t>();
    m.value = *rc::gen::arbitrary<uint64_t>();
    m.gas_limit = *rc::gen::arbitrary<uint32_t>();
    m.gas_fee_cap = *rc::gen::arbitrary<uint64_t>();
    m.gas_premium = *rc::gen::arbitrary<uint32_t>();
    auto input = *rc::gen::arbitrary<Bytes>();
    if (!input.empty()) m.params = to_cbor(input);
    SignedMessage signed_message{
        m, must(sign(SignatureType::delegated, key, must(signing_bytes(m, SignatureType::delegated, kChain))))};
    must(verify_message(signed_message, m.from, kChain));
    RC_ASSERT(!verify_message(signed_message, m.from, kChain + 1));
    auto tx = must(EthTransaction::from_signed_message(signed_message, kChain));
    auto read = must(EthTransaction::parse(tx.signed_rlp(), kChain));
    RC_ASSERT(must(read.signed_message()) == signed_message);
  }));
}

TEST(EthTransaction, RefusesOtherMessages) {
  Message m;
  m.to = Address::from_id(100);
  m.from = must(Address::parse("f410ftwfgf5swvdiwcxasst6xd2opwpsikwspwe4opki"));
  m.method = kEvmInvokeContract;
  EXPECT_TRUE(EthTransaction::from_message(m, kChain));
  auto bad = m;
  bad.params = {0x40};  // an empty byte string
  EXPECT_FALSE(EthTransaction::from_message(bad, kChain));
  bad.params = {0x41, 1, 2};  // more than one byte string
  EXPECT_FALSE(EthTransaction::from_message(bad, kChain));
  bad = m;
  bad.method = 0;
  EXPECT_FALSE(EthTransaction::from_message(bad, kChain));
  bad = m;
  bad.to = Address::from_id(Address::kEthereumAddressManager);
  EXPECT_FALSE(EthTransaction::from_message(bad, kChain));
  bad = m;
  bad.to = must(Address::parse("f17uoq6tp427uzv7fztkbsnn64iwotfrristwpryy"));
  EXPECT_FALSE(EthTransaction::from_message(bad, kChain));
  bad = m;
  bad.value = -1;
  EXPECT_FALSE(EthTransaction::from_message(bad, kChain));
  EXPECT_FALSE(EthTransaction::parse({}, kChain));
  EXPECT_FALSE(EthTransaction::parse(Bytes{1, 0xc0}, kChain));
  EXPECT_FALSE(EthTransaction::parse(Bytes{3, 0xc0}, kChain));
  EXPECT_FALSE(EthTransaction::parse(Bytes{0xc0}, kChain));
}

TEST(Rlp, KnownEncodings) {  // the examples of Ethereum's wiki
  EXPECT_EQ(to_hex(RlpList().bytes(as_bytes("cat")).bytes(as_bytes("dog")).encode()), "c88363617483646f67");
  EXPECT_EQ(to_hex(RlpList().encode()), "c0");
  EXPECT_EQ(to_hex(RlpList().number(0).number(15).number(1024).encode()), "c5800f820400");
  auto nested = RlpList().list(RlpList()).list(RlpList().list(RlpList()));
  EXPECT_EQ(to_hex(nested.encode()), "c3c0c1c0");
  auto encoded = nested.encode();
  auto item = must(decode_rlp(encoded));
  ASSERT_EQ(item.items.size(), 2u);
  EXPECT_EQ(item.items[1].items.size(), 1u);
}

TEST(Rlp, StringsRoundTrip) {
  EXPECT_TRUE(rc::check([] {
    auto strings = *rc::gen::resize(12, rc::gen::arbitrary<std::vector<Bytes>>());
    strings.push_back(arbitrary::random_sized(*rc::gen::inRange<size_t>(0, 400)));
    if (strings.size() > 12) strings.resize(12);
    RlpList list;
    for (const auto& each : strings) list.bytes(each);
    auto encoded = list.encode();
    auto item = must(decode_rlp(encoded));
    RC_ASSERT(item.items.size() == strings.size());
    for (size_t i = 0; i < strings.size(); ++i) RC_ASSERT(to_bytes(item.items[i].bytes) == strings[i]);
  }));
}

TEST(Rlp, RefusesOtherFormsAndTooMuch) {
  for (auto bad : {"", "81", "8100", "817f", "b800", "b837", "b90000", "b9", "c1",
                   "c180"
                   "00",
                   "f800", "f838", "bfffffffffffffffff", "ffffffffffffffffff", "8261"}) {
    EXPECT_FALSE(decode_rlp(must(from_hex(bad)))) << bad;
  }
  EXPECT_FALSE(decode_rlp(must(from_hex("c1c1c1c0")), {.max_depth = 1}));
  Bytes deep(40, 0xc1);
  EXPECT_FALSE(decode_rlp(deep));
  RlpList many;
  for (int i = 0; i < 13; ++i) many.number(1);
  EXPECT_FALSE(decode_rlp(many.encode()));
  EXPECT_FALSE(decode_rlp(Bytes(100), {.max_bytes = 10}));
}

}  // namespace
