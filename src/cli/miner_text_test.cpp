#include <gtest/gtest.h>

#include "command.hpp"
#include "epoch_text.hpp"
#include "multiaddress.hpp"

namespace nelumbo::cli {
namespace {

std::string hex_of(std::string_view text) { return to_hex(must(parse_miner_multiaddress(text)).bytes); }
std::string error_of(std::string_view text) {
  auto parsed = parse_miner_multiaddress(text);
  return parsed ? std::string() : parsed.error().message;
}

TEST(MinerMultiaddress, IsWrittenAsTheActorKeepsIt) {
  // Bytes as go-multiaddr gives them.
  EXPECT_EQ(hex_of("/ip4/127.0.0.1/tcp/1234"), "047f0000010604d2");
  EXPECT_EQ(hex_of("/ip4/1.2.3.4/udp/4001/quic-v1"), "040102030491020fa1cd03");
  EXPECT_EQ(hex_of("/dns4/a.io/tcp/443/wss"), "3604612e696f0601bbde03");
  EXPECT_EQ(hex_of("/ip6/::1/tcp/80"), "29" + std::string(30, '0') + "01060050");
}

TEST(MinerMultiaddress, IsReadBack) {
  for (std::string_view text :
       {"/ip4/127.0.0.1/tcp/1234", "/ip4/1.2.3.4/udp/4001/quic-v1", "/dns4/a.io/tcp/443/wss", "/ip6/::1/tcp/80"}) {
    auto bytes = must(parse_miner_multiaddress(text)).bytes;
    EXPECT_EQ(multiaddress_text(bytes), text);
    bytes.pop_back();
    EXPECT_NE(multiaddress_text(bytes), text);
  }
  EXPECT_EQ(multiaddress_text(Bytes{0xff, 0xff}), "ffff");
  EXPECT_EQ(multiaddress_text(Bytes{0x36, 0x7f, 'a'}), "367f61") << "a length past the end";
}

TEST(MinerMultiaddress, LosesThePeerId) {
  const std::string peer = "12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtf";
  auto parsed = must(parse_miner_multiaddress("/ip4/127.0.0.1/tcp/1234/p2p/" + peer));
  EXPECT_EQ(to_hex(parsed.bytes), "047f0000010604d2");
  EXPECT_EQ(parsed.peer, "/p2p/" + peer);
  EXPECT_EQ(must(parse_peer_id(peer)).size(), 38u);
}

TEST(MinerMultiaddress, SaysWhatIsWrong) {
  EXPECT_NE(error_of("ip4/1.2.3.4").find("must begin with /"), std::string::npos);
  EXPECT_NE(error_of("/ip4/1.2.3.400/tcp/1").find("no IP address"), std::string::npos);
  EXPECT_NE(error_of("/ip4/1.2.3.4/tcp/70000").find("no port"), std::string::npos);
  EXPECT_NE(error_of("/ip4/1.2.3.4/tcp").find("no port"), std::string::npos);
  EXPECT_NE(error_of("/carrier-pigeon/x").find("unknown protocol \"carrier-pigeon\""), std::string::npos);
  EXPECT_NE(error_of("/").find("empty"), std::string::npos);
  EXPECT_NE(error_of("/ip4/1.2.3.4/p2p/xyz").find("no peer id"), std::string::npos);
  EXPECT_FALSE(parse_peer_id(""));
}

TEST(EpochText, TwoUnitsAtMost) {
  EXPECT_EQ(two_units(0), "0 seconds");
  EXPECT_EQ(two_units(1), "1 second");
  EXPECT_EQ(two_units(3600), "1 hour");
  EXPECT_EQ(two_units(3600 * 10 + 29 * 60 + 5), "10 hours 29 minutes");
  EXPECT_EQ(two_units(86'400 * 8 + 1), "1 week 1 day");
}

}  // namespace
}  // namespace nelumbo::cli
