#include "actors/market_sectors.hpp"

#include "ipld/hamt.hpp"
#include "map_keys.hpp"

namespace nelumbo::actors {

Result<std::vector<DealId>> sector_deals(Blockstore& store, const Cid& root, ActorId provider, SectorNumber number) {
  std::vector<DealId> none;
  if (!root.defined()) return none;
  auto sectors = TRY(hamt_get(store, root, uint_key(provider)));
  if (!sectors) return none;
  auto of_provider = TRY(from_cbor<Cid>(*sectors));
  auto deals = TRY(hamt_get(store, of_provider, uint_key(number)));
  if (!deals) return none;
  return from_cbor<std::vector<DealId>>(*deals, CborLimits{.max_items = 1u << 16});
}

}  // namespace nelumbo::actors
