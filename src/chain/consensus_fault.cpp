#include "chain/consensus_fault.hpp"

#include <algorithm>

namespace nelumbo::chain {

namespace {

constexpr uint8_t kDoubleFork = 1, kParentGrinding = 2, kTimeOffset = 3;

bool contains(const std::vector<Cid>& list, const Cid& cid) {
  return std::find(list.begin(), list.end(), cid) != list.end();
}

}  // namespace

std::optional<VmExterns::ConsensusFault> find_fault(BytesView header_1, BytesView header_2, BytesView extra) {
  auto a = from_cbor<BlockHeader>(header_1);
  auto b = from_cbor<BlockHeader>(header_2);
  if (!a || !b) return std::nullopt;
  const Cid cid_a = a->cid();
  if (cid_a == b->cid() || a->miner != b->miner || b->height < a->height) return std::nullopt;
  auto target = a->miner.id();
  if (!target) return std::nullopt;

  uint8_t type = 0;
  if (a->height == b->height) type = kDoubleFork;
  if (a->parents == b->parents && a->height != b->height) type = kTimeOffset;
  if (!extra.empty()) {
    // The witness is a sibling of the first block and a parent of the second, which left the first one out.
    auto witness = from_cbor<BlockHeader>(extra);
    if (!witness) return std::nullopt;
    if (a->parents == witness->parents && a->height == witness->height && contains(b->parents, witness->cid()) &&
        !contains(b->parents, cid_a)) {
      type = kParentGrinding;
    }
  }
  if (type == 0) return std::nullopt;
  return VmExterns::ConsensusFault{*target, b->height, type};
}

}  // namespace nelumbo::chain
