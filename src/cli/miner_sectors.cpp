// lotus-miner sectors …
#include <algorithm>
#include <ostream>

#include "lookup.hpp"
#include "miner_lookup.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

Result<> sectors_list(Context& context) {
  auto* node = TRY(context.node());
  auto actor = TRY(actor_of(context));
  auto key = TRY(node->call(full::ChainHead))->key();
  auto all = TRY(node->call(full::StateMinerSectors, actor, std::optional<BitField>(), key));
  auto active = TRY(node->call(full::StateMinerActiveSectors, actor, key));
  auto is_active = [&](SectorNumber number) {
    return std::any_of(active.begin(), active.end(), [&](const auto& each) { return each.sector_number == number; });
  };
  Table table({"ID", "State", "OnChain", "Active", "Expiration", "SealedCID"});
  for (const auto& sector : all) {
    table.add({{"ID", std::to_string(sector.sector_number)},
               {"State", "Proving"},
               {"OnChain", "YES"},
               {"Active", is_active(sector.sector_number) ? "YES" : "NO"},
               {"Expiration", std::to_string(sector.expiration)},
               {"SealedCID", sector.sealed_cid.str()}});
  }
  table.print(context.out);
  return {};
}

}  // namespace

std::vector<Command> miner_sectors_commands() {
  return {
      {"sectors list", "", "List sectors", {}, 0, 0, sectors_list},
  };
}

}  // namespace nelumbo::cli
