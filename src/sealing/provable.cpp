#include "sealing/provable.hpp"

namespace nelumbo::sealing {
namespace {

/// Parts in which the last tree of a replica is kept: one for each base tree of the sector's shape.
int tree_parts(uint64_t sector_size) {
  constexpr uint64_t kGiB = uint64_t{1} << 30;
  return sector_size == 64 * kGiB ? 16 : sector_size == 32 * kGiB ? 8 : 1;
}

Result<> check_not_empty(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error) return fail(ErrorCode::not_found, "{}: {}", file.string(), error.message());
  if (size == 0) return fail(ErrorCode::invalid, "{} is empty", file.string());
  return {};
}

}  // namespace

Result<PrivateSectorInfo> provable_files(const Storage& storage, ActorId miner, const SectorInfo& sector,
                                         bool updated) {
  const auto size = TRY(seal_proof_info(sector.seal_proof)).sector_size;
  auto cache = TRY(storage.find(miner, sector.number, updated ? FileType::update_cache : FileType::cache));
  auto replica = TRY(storage.find(miner, sector.number, updated ? FileType::update : FileType::sealed));
  std::error_code error;
  if (auto bytes = fs::file_size(replica, error); error || bytes != size) {
    return fail(ErrorCode::invalid, "{} has {} bytes, not the {} of a sector", replica.string(), error ? 0 : bytes,
                size);
  }
  return PrivateSectorInfo{sector, std::move(cache), std::move(replica)};
}

Result<> check_proving_cache(const fs::path& cache, uint64_t sector_size) {
  TRY(check_not_empty(cache / "p_aux"));
  TRY(check_not_empty(cache / "t_aux"));
  const int parts = tree_parts(sector_size);
  for (int i = 0; i < parts; ++i) {
    const auto name =
        parts == 1 ? std::string("sc-02-data-tree-r-last.dat") : fmt::format("sc-02-data-tree-r-last-{}.dat", i);
    TRY(check_not_empty(cache / name));
  }
  return {};
}

}  // namespace nelumbo::sealing
