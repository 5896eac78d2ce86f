// The serialization vectors of filecoin-project/serialization-vectors: CBOR bytes, CIDs and signatures, both ways.
#include <gtest/gtest.h>

#include "types/json.hpp"
#include "vectors/vectors.hpp"

using namespace nelumbo;

namespace {

/// Vectors print addresses with 't'; the letter is the program's own choice and no part of what is checked.
struct TestnetLetter {
  TestnetLetter() { set_address_network(AddressNetwork::testnet); }
  ~TestnetLetter() { set_address_network(AddressNetwork::mainnet); }
};

JsonValue read_cases(const fs::path& file) {
  auto cases = must(parse_json(must(read_text_file(file))));
  EXPECT_TRUE(cases.is_array());
  EXPECT_FALSE(cases.empty());
  return cases;
}

/// `wanted` as far as it goes: what is printed may have more keys (the CID of a message).
void expect_printed(const JsonValue& printed, const JsonValue& wanted) {
  for (const auto& [key, value] : wanted.items()) EXPECT_EQ(printed.at(key), value) << key;
}

TEST(Serialization, BlockHeaders) {
  NELUMBO_VECTORS_OR_SKIP(folder, "serialization");
  TestnetLetter letter;
  size_t count = 0;
  for (const auto& each : read_cases(folder / "block_headers.json")) {
    auto header = must(from_json<BlockHeader>(each.at("block")));
    auto bytes = must(from_hex(each.at("cbor_hex").get<std::string>()));
    EXPECT_EQ(to_hex(to_cbor(header)), to_hex(bytes));
    EXPECT_EQ(must(from_cbor<BlockHeader>(bytes)), header);
    EXPECT_EQ(header.cid().str(), each.at("cid").get<std::string>());
    expect_printed(to_json(header), each.at("block"));
    ++count;
  }
  std::cout << count << " block headers" << std::endl;
}

TEST(Serialization, UnsignedMessages) {
  NELUMBO_VECTORS_OR_SKIP(folder, "serialization");
  TestnetLetter letter;
  size_t count = 0;
  for (const auto& each : read_cases(folder / "unsigned_messages.json")) {
    auto message = must(from_json<Message>(each.at("message")));
    auto bytes = must(from_hex(each.at("hex_cbor").get<std::string>()));
    EXPECT_EQ(to_hex(to_cbor(message)), to_hex(bytes));
    EXPECT_EQ(must(from_cbor<Message>(bytes)), message);
    expect_printed(to_json(message), each.at("message"));
    ++count;
  }
  std::cout << count << " messages" << std::endl;
}

TEST(Serialization, Signatures) {
  NELUMBO_VECTORS_OR_SKIP(folder, "serialization");
  TestnetLetter letter;
  size_t count = 0;
  for (const auto& each : read_cases(folder / "message_signing.json")) {
    auto message = must(from_json<Message>(each.at("Unsigned")));
    EXPECT_EQ(message.cid().str(), each.at("Cid").get<std::string>());
    EXPECT_EQ(to_hex(message.cid().bytes()), each.at("CidHexBytes").get<std::string>());
    auto wanted = must(from_json<Signature>(each.at("Signature")));
    auto key = must(from_json<Bytes>(each.at("PrivateKey")));
    EXPECT_EQ(must(key_address(wanted.type, key)), message.from);

    constexpr uint64_t kNoChain = 0;  // no delegated signature among them
    auto covered = must(signing_bytes(message, wanted.type, kNoChain));
    EXPECT_EQ(must(sign(wanted.type, key, covered)), wanted);
    EXPECT_TRUE(verify_message({message, wanted}, message.from, kNoChain));
    ++message.nonce;
    EXPECT_FALSE(verify_message({message, wanted}, message.from, kNoChain));
    ++count;
  }
  std::cout << count << " signed messages" << std::endl;
}

}  // namespace
