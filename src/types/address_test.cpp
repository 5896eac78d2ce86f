#include <gtest/gtest.h>

#include "generators.hpp"
#include "types/eth_address.hpp"
#include "types/json.hpp"

using namespace nelumbo;

namespace {

struct Known {
  std::string_view text, bytes;
};

// As go-address gives them.
constexpr Known kKnown[] = {
    {"f00", "0000"},
    {"f01024", "008008"},
    {"f09223372036854775807", "00ffffffffffffffff7f"},
    {"f17uoq6tp427uzv7fztkbsnn64iwotfrristwpryy", "01fd1d0f4dfcd7e99afcb99a8326b7dc459d32c628"},
    {"f24vg6ut43yw2h2jqydgbg2xq7x6f4kub3bg6as6i", "02e54dea4f9bc5b47d261819826d5e1fbf8bc5503b"},
    {"f3vvmn62lofvhjd2ugzca6sof2j2ubwok6cj4xxbfzz4yuxfkgobpihhd2thlanmsh3w2ptld2gqkn2jvlss4a",
     "03ad58df696e2d4e91ea86c881e938ba4ea81b395e12797b84b9cf314b9546705e839c7a99d606b247ddb4f9ac7a3414dd"},
    {"f410fkkld55ioe7qg24wvt7fu6pbknb56ht7pt4zamxa", "040a52963ef50e27e06d72d59fcb4f3c2a687be3cfef"},
    {"f432f44lgtuy", "0420"},
    {"f432faebagbaf5fhglpq", "04200102030405"},
};

TEST(Address, KnownTexts) {
  for (const auto& each : kKnown) {
    auto address = must(Address::parse(each.text));
    EXPECT_EQ(to_hex(address.bytes()), each.bytes) << each.text;
    EXPECT_EQ(address.str(), each.text);
    EXPECT_EQ(must(Address::from_bytes(address.bytes())), address);
    std::string testnet(each.text);
    testnet[0] = 't';
    EXPECT_EQ(must(Address::parse(testnet)), address);
  }
}

TEST(Address, LetterFollowsTheNetwork) {
  set_address_network(AddressNetwork::testnet);
  EXPECT_EQ(Address::from_id(5).str(), "t05");
  set_address_network(AddressNetwork::mainnet);
  EXPECT_EQ(Address::from_id(5).str(), "f05");
  EXPECT_EQ(Address().str(), "<empty>");
}

TEST(Address, RoundTrips) {
  EXPECT_TRUE(rc::check([] {
    auto address = *arbitrary::any_address();
    RC_ASSERT(must(Address::parse(address.str())) == address);
    RC_ASSERT(must(Address::from_bytes(address.bytes())) == address);
    RC_ASSERT(must(from_cbor<Address>(to_cbor(address))) == address);
    RC_ASSERT(must(from_json<Address>(to_json(address))) == address);
    if (address.is_id()) RC_ASSERT(Address::from_id(must(address.id())) == address);
  }));
}

TEST(Address, OneWrongCharacterIsNoticed) {
  EXPECT_TRUE(rc::check([] {
    auto address = *rc::gen::suchThat(arbitrary::any_address(), [](const Address& a) { return !a.is_id(); });
    auto text = address.str();
    auto at = *rc::gen::inRange<size_t>(1, text.size());
    text[at] = *rc::gen::distinctFrom(rc::gen::elementOf(std::string("abcdefghijklmnopqrstuvwxyz01234567")), text[at]);
    auto read = Address::parse(text);
    // A change in the namespace digits can only give another namespace with another checksum.
    // In brackets: RC_ASSERT evaluates both sides of a bare || or &&.
    RC_ASSERT((!read || *read == address));
  }));
}

TEST(Address, RefusesBadText) {
  for (auto bad : {"", "f", "f0", "x01", "f51", "f0-1", "f0+1", "f09223372036854775808", "f0 1", "f01a",
                   "f17uoq6tp427uzv7fztkbsnn64iwotfrristwprya", "f17uoq6tp427uzv7fztkbsnn64iwotfrristwpry", "F01",
                   "f410", "f410f", "f4f", "f4xf44lgtuy", "f17UOQ6TP427UZV7FZTKBSNN64IWOTFRRISTWPRYY"}) {
    EXPECT_FALSE(Address::parse(bad)) << bad;
  }
  EXPECT_FALSE(Address::parse(std::string(200, 'f')));
}

TEST(Address, RefusesBadBytes) {
  for (auto bad : {"", "00", "0080", "008000", "00ffffffffffffffffff01", "000000", "01", "0501", "03ff", "04"}) {
    EXPECT_FALSE(Address::from_bytes(must(from_hex(bad)))) << bad;
  }
  Bytes long_sub(1 + 1 + 55);
  long_sub[0] = 4;
  EXPECT_FALSE(Address::from_bytes(long_sub));
  EXPECT_FALSE(from_cbor<Address>(must(from_hex("40"))));
  EXPECT_THROW(Address::from_id(uint64_t{1} << 63), std::invalid_argument);
}

TEST(EthAddress, MaskedIdsAndAccounts) {
  auto masked = eth_address_of_id(1001);
  EXPECT_EQ(masked.str(), "0xff000000000000000000000000000000000003e9");
  EXPECT_EQ(must(masked.filecoin()), Address::from_id(1001));
  EXPECT_EQ(must(eth_address_of(Address::from_id(1001))), masked);
  EXPECT_FALSE(eth_address_of(masked.f410()));

  auto account = must(Address::parse("f410fkkld55ioe7qg24wvt7fu6pbknb56ht7pt4zamxa"));
  auto eth = must(eth_address_of(account));
  EXPECT_EQ(eth.str(), "0x52963ef50e27e06d72d59fcb4f3c2a687be3cfef");
  EXPECT_EQ(must(eth.filecoin()), account);
  EXPECT_EQ(must(EthAddress::parse(eth.str())), eth);
  EXPECT_FALSE(EthAddress::parse("0x52"));
  EXPECT_FALSE(eth_address_of(must(Address::parse("f432f44lgtuy"))));
  EXPECT_FALSE(eth_address_of(must(Address::parse("f17uoq6tp427uzv7fztkbsnn64iwotfrristwpryy"))));
}

}  // namespace
