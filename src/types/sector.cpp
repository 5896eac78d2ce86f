#include "types/sector.hpp"

#include <array>
#include <cctype>
#include <charconv>

namespace nelumbo {

namespace {

struct Size {
  uint64_t bytes;
  uint64_t partition_sectors;
};
/// In the order of the proof numbers within each group of five.
constexpr std::array<Size, 5> kSizes{{
    {2ULL << 10, 2},
    {8ULL << 20, 2},
    {512ULL << 20, 2},
    {32ULL << 30, 2349},
    {64ULL << 30, 2300},
}};
constexpr int64_t kCount = kSizes.size();
/// Groups of seal proofs: V1, V1_1, synthetic PoRep, non-interactive PoRep.
constexpr int64_t kSealGroups = 4;
constexpr int64_t kV11 = 1;
/// Groups of PoSt proofs: winning, window V1, window V1_1.
constexpr int64_t kPostGroups = 3;
constexpr int64_t kWindowV11 = 2;

constexpr std::array<std::string_view, 8> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB"};

}  // namespace

Result<SealProofInfo> seal_proof_info(SealProof proof) {
  auto number = static_cast<int64_t>(proof);
  if (number < 0 || number >= kSealGroups * kCount)
    return fail(ErrorCode::unsupported, "unknown seal proof {}", number);
  int64_t row = number % kCount;
  return SealProofInfo{proof, kSizes[row].bytes, kSizes[row].partition_sectors, PoStType{row},
                       PoStType{kWindowV11 * kCount + row}};
}

Result<PoStInfo> post_info(PoStType type) {
  auto number = static_cast<int64_t>(type);
  if (number < 0 || number >= kPostGroups * kCount)
    return fail(ErrorCode::unsupported, "unknown PoSt proof {}", number);
  int64_t row = number % kCount;
  return PoStInfo{type, number >= kCount, kSizes[row].bytes, number < kCount ? 1 : kSizes[row].partition_sectors};
}

Result<SealProof> seal_proof_for_size(uint64_t sector_size) {
  for (int64_t row = 0; row < kCount; ++row) {
    if (kSizes[row].bytes == sector_size) return SealProof{kV11 * kCount + row};
  }
  return fail(ErrorCode::unsupported, "{} is no sector size", size_string(sector_size));
}

Result<uint64_t> parse_size(std::string_view text) {
  auto bad = [&] {
    return fail(ErrorCode::invalid, "\"{}\" is not a size; write for example 2KiB or 32GiB", text.substr(0, 32));
  };
  uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return bad();
  std::string_view rest(end, text.data() + text.size() - end);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  std::string unit;
  for (char c : rest) unit += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (unit.empty() || unit == "b") return number;
  size_t power = std::string_view("bkmgtpe").find(unit[0]);
  bool known = power != std::string_view::npos && power > 0 && (unit.size() == 1 || unit.substr(1) == "ib");
  if (!known) return bad();
  if (number > (UINT64_MAX >> (10 * power)))
    return fail(ErrorCode::invalid, "the size \"{}\" is too large", text.substr(0, 32));
  return number << (10 * power);
}

std::string size_string(const BigInt& bytes) {
  size_t unit = 0;
  double value = bytes.convert_to<double>();
  while (unit + 1 < kUnits.size() && value >= 1024) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.4g} {}", value, kUnits[unit]);
}

}  // namespace nelumbo
