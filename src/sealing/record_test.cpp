#include "sealing/record.hpp"

#include <gtest/gtest.h>

namespace nelumbo::sealing {
namespace {

TEST(SectorRecord, ComesBackFromItsCbor) {
  SectorRecord r;
  r.number = 7;
  r.proof = SealProof{5};
  r.state = SectorState::WaitSeed;
  r.ticket = Hash256{1, 2, 3};
  r.ticket_epoch = -890;
  r.pieces.push_back({2048, Cid::of(Bytes{1})});
  r.pre_commit_message = SentMessage{"uuid", Cid::of(Bytes{2}), 12};
  r.pre_commit_deposit = TokenAmount(5);
  r.log.push_back({1, "event;failed", "text", "trace"});
  EXPECT_EQ(must(from_cbor<SectorRecord>(to_cbor(r))), r);
}

}  // namespace
}  // namespace nelumbo::sealing
