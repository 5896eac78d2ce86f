// Data into a staged file: after every 254 bits come two that are zero, so that each 32 bytes are an element of the
// scalar field; and the merkle tree over those 32 bytes (the spec's piece commitment).
#include <bit>
#include <fstream>

#include "commitment.hpp"
#include "engine/sector_data.hpp"
#include "pieces.hpp"

namespace nelumbo::sealing_calls {
namespace {

constexpr size_t kQuadBytes = 127;  ///< of data: 4 * 254 bits
constexpr size_t kNodes = 4;        ///< that they make
constexpr size_t kQuadsAtOnce = 8192;
constexpr uint8_t kFieldMask = 0x3f;

/// Bit i of the data comes to be bit i + 2 * (i / 254), the lowest bit of a byte first.
std::array<Commitment, kNodes> pad(std::span<const uint8_t, kQuadBytes> data) {
  std::array<Commitment, kNodes> out{};
  for (size_t node = 0; node < kNodes; ++node) {
    const size_t shift = 2 * node;  // bits of the last byte before that belong to this node
    for (size_t i = 0; i < 32; ++i) {
      const size_t at = 32 * node + i;
      const unsigned high = at < kQuadBytes ? data[at] : 0U;
      const unsigned low = at > 0 ? data[at - 1] : 0U;
      out[node][i] = static_cast<uint8_t>(high << shift | low >> (8 - shift));
    }
    out[node].back() &= kFieldMask;
  }
  return out;
}

/// The root over nodes that come one by one; their count is a power of two in the end.
class Tree {
 public:
  void add(Commitment node) {
    for (uint64_t count = count_++; (count & 1) != 0; count >>= 1) {
      std::array<uint8_t, 64> pair;
      std::ranges::copy(open_.back(), pair.begin());
      std::ranges::copy(node, pair.begin() + 32);
      open_.pop_back();
      node = sha256(pair);
      node.back() &= kFieldMask;
    }
    open_.push_back(node);
  }
  const Commitment& root() const { return open_.front(); }

 private:
  std::vector<Commitment> open_;  ///< left halves that wait for their right ones, the largest first
  uint64_t count_ = 0;
};

}  // namespace

Result<PieceInfo> write_piece(SealProof proof, const fs::path& data, const fs::path& staged_file) {
  const auto size = TRY(seal_proof_info(proof)).sector_size;
  std::ifstream in(data, std::ios::binary);
  if (!in) return fail(ErrorCode::not_found, "cannot read {}", data.string());
  std::ofstream out(staged_file, std::ios::binary | std::ios::trunc);
  Tree tree;
  std::vector<uint8_t> block(kQuadBytes * kQuadsAtOnce);
  std::vector<Commitment> nodes;
  for (uint64_t left = unpadded_size(size); left > 0;) {
    const auto now = std::min<uint64_t>(left, block.size());
    in.read(reinterpret_cast<char*>(block.data()), static_cast<std::streamsize>(now));
    if (static_cast<uint64_t>(in.gcount()) != now) {
      return fail(ErrorCode::invalid, "{} is shorter than the {} bytes of data that a sector holds", data.string(),
                  unpadded_size(size));
    }
    nodes.clear();
    for (size_t at = 0; at < now; at += kQuadBytes) {
      for (const auto& node : pad(std::span<const uint8_t, kQuadBytes>(block.data() + at, kQuadBytes))) {
        tree.add(node);
        nodes.push_back(node);
      }
    }
    out.write(reinterpret_cast<const char*>(nodes.data()), static_cast<std::streamsize>(nodes.size() * 32));
    left -= now;
  }
  out.close();
  if (!out) return fail(ErrorCode::failed, "writing {} failed", staged_file.string());
  auto root = TRY(unsealed_cid(tree.root()));
  return PieceInfo{size, root};
}

}  // namespace nelumbo::sealing_calls
