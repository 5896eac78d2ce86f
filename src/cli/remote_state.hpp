#pragma once
// Parts of the actors' state that no method of the API gives: their blocks are read through the node.

#include "command.hpp"

namespace nelumbo::cli {

/// The deals that the market actor counts to a sector (ProviderSectors, from actors v13 on); none is no error.
Result<std::vector<DealId>> sector_deals(rpc::Client& node, const Address& miner, SectorNumber number,
                                         const TipsetKey& at);

}  // namespace nelumbo::cli
