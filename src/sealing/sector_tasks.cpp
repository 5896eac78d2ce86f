#include "sector_tasks.hpp"

namespace nelumbo::sealing {
namespace {

bool there(Storage& storage, const SectorRef& sector, FileType type) {
  return storage.find(sector.miner, sector.number, type).has_value();
}

}  // namespace

Result<> begun_here(Storage& storage, const SectorRef& sector) {
  auto data = storage.find(sector.miner, sector.number, FileType::unsealed);
  if (data || data.error().code != ErrorCode::unavailable) return {};
  return std::unexpected(std::move(data).error());
}

Result<> store_sector(Storage& storage, const SectorRef& sector, bool keep_unsealed, TaskWatch& watch) {
  watch.step("moving to a path for storage", 0.5);
  std::set<FileType> types{FileType::sealed, FileType::cache};
  if (!keep_unsealed) {
    TRY(storage.trash(sector.miner, sector.number, FileType::unsealed));
  } else if (there(storage, sector, FileType::unsealed)) {
    types.insert(FileType::unsealed);
  }
  return storage.move_to_store(sector.miner, sector.number, sector.proof, types);
}

Result<> remove_sector(Storage& storage, const SectorRef& sector) {
  for (auto type : kFileTypes) TRY(storage.trash(sector.miner, sector.number, type));
  return {};
}

Result<> store_update(Storage& storage, const SectorRef& sector, TaskWatch& watch) {
  watch.step("moving to a path for storage", 0.5);
  std::set<FileType> types{FileType::update, FileType::update_cache};
  for (auto type : {FileType::unsealed, FileType::cache}) {
    if (there(storage, sector, type)) types.insert(type);
  }
  TRY(storage.move_to_store(sector.miner, sector.number, sector.proof, types));
  return storage.trash(sector.miner, sector.number, FileType::sealed);
}

}  // namespace nelumbo::sealing
