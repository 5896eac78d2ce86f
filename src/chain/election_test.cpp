#include "chain/election.hpp"

#include <map>

#include <gtest/gtest.h>

#include "chain/weight.hpp"
#include "crypto/keys.hpp"

namespace nelumbo::chain {
namespace {

Bytes numbered(uint64_t number) {
  Bytes out(8);
  for (int i = 0; i < 8; ++i) out[i] = static_cast<uint8_t>(number >> (56 - 8 * i));
  return out;
}

// The facts of this file were printed by lotus's own Go packages (v1.36.2).

TEST(Election, WinCountsAreLotuss) {
  const BigInt total("123456789012345678901234567");
  Bytes counts;
  std::map<int64_t, int> seen;
  for (uint64_t i = 0; i < 20'000; ++i) {
    const int64_t wins = win_count(numbered(i), total * (i % 1000 + 1) / 1000, total);
    counts.push_back(static_cast<uint8_t>(wins));
    ++seen[wins];
  }
  EXPECT_EQ(to_hex(sha256(counts)), "0b759e4cca8da5598dc463d4baee9e67197655dfc0d55200e864cea57a374992");
  EXPECT_EQ(seen[0], 4027);
  EXPECT_EQ(seen[5], 1548);
  EXPECT_EQ(seen[14], 1);
}

TEST(Election, NoPowerNeverWins) {
  for (uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(win_count(numbered(i), 0, 1000), 0);
    EXPECT_EQ(win_count(numbered(i), 10, 0), 0);
  }
}

TEST(Randomness, DrawsAreLotuss) {
  Hash256 digest;
  for (size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<uint8_t>(i);
  EXPECT_EQ(to_hex(draw_randomness(digest, DomainTag::seal_randomness, 123456, as_bytes("entropy"))),
            "af2fc59e3c19debf87a90c044e7481e286e6cc56c9939b9dc626705369039eb8");
  EXPECT_EQ(to_hex(draw_randomness_from(as_bytes("base"), DomainTag::ticket_production, -5, {})),
            "c8c92301306711a148bfa705bae7761f5e8e95559e4e56fae2d9b73785c36d13");
}

TEST(Election, VrfIsTheWorkersSignature) {
  const Bytes key = bls::generate();
  const Address worker = must(Address::bls(must(bls::public_key(key))));
  const BeaconEntry beacon{7, to_bytes("entry")};
  const auto input = election_input(beacon, 12, Address::from_id(1000));
  const Bytes proof = must(bls::sign(key, input));
  EXPECT_TRUE(verify_vrf(worker, input, proof));
  EXPECT_FALSE(verify_vrf(worker, election_input(beacon, 13, Address::from_id(1000)), proof));
  EXPECT_FALSE(verify_vrf(worker, election_input(beacon, 12, Address::from_id(1001)), proof));
  EXPECT_FALSE(verify_vrf(Address::from_id(100), input, proof));
  EXPECT_FALSE(verify_vrf(worker, input, {}));
}

TEST(Election, TicketsFollowTheParentsAfterSmoke) {
  const BeaconEntry beacon{7, to_bytes("entry")};
  const Ticket a{to_bytes("a")}, b{to_bytes("b")};
  const auto miner = Address::from_id(1000);
  EXPECT_NE(ticket_input(beacon, 5, miner, a, true), ticket_input(beacon, 5, miner, b, true));
  EXPECT_EQ(ticket_input(beacon, 5, miner, a, false), ticket_input(beacon, 5, miner, b, false));
}

TEST(Weight, GrowsWithPowerAndWins) {
  EXPECT_EQ(weight_of(0, BigInt(1) << 40, 0), 40 * 256);
  EXPECT_EQ(weight_of(1000, BigInt(1) << 40, 5), 1000 + 40 * 256 + 40 * 256 * 5 / 10);
  EXPECT_EQ(weight_of(7, 4097, 3), 7 + 12 * 256 + 12 * 256 * 3 / 10);  // rounded down, as consensus does
}

}  // namespace
}  // namespace nelumbo::chain
