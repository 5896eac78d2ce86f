#pragma once
// Sector and proof types (go-state-types abi). Numbers are consensus facts.

#include "types/bigint.hpp"

namespace nelumbo {

using SectorNumber = uint64_t;
using DealId = uint64_t;

/// RegisteredSealProof. 2 KiB V1_1 = 5, 8 MiB = 6, 512 MiB = 7, 32 GiB = 8, 64 GiB = 9 (V1 = 0..4; synthetic 10..14;
/// NI 15..19).
enum class SealProof : int64_t {};
/// RegisteredPoStProof. Winning 2 KiB..64 GiB = 0..4, window V1 = 5..9, window V1_1 = 10..14.
enum class PoStType : int64_t {};

struct SealProofInfo {
  SealProof proof;
  uint64_t sector_size;        ///< bytes
  uint64_t partition_sectors;  ///< sectors of one window PoSt partition
  PoStType winning_post;
  PoStType window_post;  ///< as of V1_1
};
/// The row of a seal proof; unsupported for an unknown number.
Result<SealProofInfo> seal_proof_info(SealProof proof);

struct PoStInfo {
  PoStType type;
  bool window;
  uint64_t sector_size;        ///< bytes
  uint64_t partition_sectors;  ///< sectors one proof covers; 1 for winning PoSt
};
/// The row of a PoSt proof; unsupported for an unknown number.
Result<PoStInfo> post_info(PoStType type);

/// The newest interactive PoRep of a sector size (V1_1); unsupported for a size that is none.
Result<SealProof> seal_proof_for_size(uint64_t sector_size);

/// "2KiB", "512MiB", "32GiB" (also "2048", "32G"): bytes.
Result<uint64_t> parse_size(std::string_view text);
/// 2048 -> "2 KiB": four significant digits and the largest fitting unit up to ZiB, as lotus prints sizes and power.
std::string size_string(const BigInt& bytes);

}  // namespace nelumbo
