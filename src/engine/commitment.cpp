#include "commitment.hpp"

#include <bit>

namespace nelumbo {
namespace {

Result<Commitment> digest_of(const Cid& cid, uint64_t codec, uint64_t hash, std::string_view what) {
  Commitment out{};
  if (cid.codec() != codec || cid.hash_code() != hash || cid.digest().size() != out.size()) {
    return fail(ErrorCode::invalid, "{} is not the CID of {}", cid.str(), what);
  }
  std::ranges::copy(cid.digest(), out.begin());
  return out;
}

}  // namespace

Result<Cid> sealed_cid(const Commitment& comm_r) {
  return Cid::make(multicodec::kCommSealed, multihash::kPoseidonBls12381A1Fc1, comm_r);
}
Result<Cid> unsealed_cid(const Commitment& comm_d) {
  return Cid::make(multicodec::kCommUnsealed, multihash::kSha256Trunc254Padded, comm_d);
}
Result<Commitment> sealed_commitment(const Cid& cid) {
  return digest_of(cid, multicodec::kCommSealed, multihash::kPoseidonBls12381A1Fc1, "a sealed sector");
}
Result<Commitment> unsealed_commitment(const Cid& cid) {
  return digest_of(cid, multicodec::kCommUnsealed, multihash::kSha256Trunc254Padded, "a piece or an unsealed sector");
}

Result<Commitment> zero_commitment(uint64_t size) {
  Commitment node{};
  if (size < node.size() || !std::has_single_bit(size)) {
    return fail(ErrorCode::invalid, "{} bytes is not the padded size of a piece", size);
  }
  for (uint64_t covered = node.size(); covered < size; covered *= 2) {
    std::array<uint8_t, 64> pair;
    std::ranges::copy(node, pair.begin());
    std::ranges::copy(node, pair.begin() + 32);
    node = sha256(pair);
    node.back() &= 0x3f;  // 254 bits: below the order of the scalar field
  }
  return node;
}

}  // namespace nelumbo
