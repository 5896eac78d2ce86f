#pragma once
// Which deals the market actor counts to a sector (ProviderSectors, from actors v13 on).

#include <vector>

#include "ipld/blockstore.hpp"
#include "types/sector.hpp"

namespace nelumbo::actors {

/// `root`: MarketState::provider_sectors. A sector without deals is no error.
Result<std::vector<DealId>> sector_deals(Blockstore& store, const Cid& root, ActorId provider, SectorNumber number);

}  // namespace nelumbo::actors
