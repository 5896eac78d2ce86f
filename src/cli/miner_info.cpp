// lotus-miner info
#include <ostream>

#include "lookup.hpp"
#include "miner_lookup.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

Result<> info(Context& context) {
  auto* node = TRY(context.node());
  auto actor = TRY(actor_of(context));
  auto head = TRY(node->call(full::ChainHead));
  auto key = head->key();
  auto details = TRY(node->call(full::StateMinerInfo, actor, key));
  auto power = TRY(node->call(full::StateMinerPower, actor, key));
  auto sectors = TRY(node->call(full::StateMinerSectorCount, actor, key));
  auto balance = TRY(node->call(full::StateGetActor, actor, key)).balance;
  auto available = TRY(node->call(full::StateMinerAvailableBalance, actor, key));
  auto worker = TRY(node->call(full::StateAccountKey, details.worker, key));
  auto worker_balance = TRY(node->call(full::WalletBalance, worker));
  context.print("Chain: [epoch {}] [basefee {}]", head->height(), fil_short(head->parent_base_fee()));
  context.print("Miner: {} ({} sectors)", actor.str(), byte_size(details.sector_size));
  context.print("Power: {} / {} ({})", byte_size(power.miner_power.quality_adj_power),
                byte_size(power.total_power.quality_adj_power),
                percent(power.miner_power.quality_adj_power, power.total_power.quality_adj_power));
  context.print("\tRaw: {} / {} ({})", byte_size(power.miner_power.raw_byte_power),
                byte_size(power.total_power.raw_byte_power),
                percent(power.miner_power.raw_byte_power, power.total_power.raw_byte_power));
  context.print("\tCommitted: {}", byte_size(BigInt(details.sector_size) * sectors.live));
  context.print(
      "\tProving: {}{}", byte_size(BigInt(details.sector_size) * sectors.active),
      sectors.faulty > 0 ? fmt::format(" ({} Faulty)", byte_size(BigInt(details.sector_size) * sectors.faulty)) : "");
  context.print("Miner Balance:    {}", fil_short(balance));
  context.print("      Available:  {}", fil_short(available));
  context.print("Worker Balance:   {}", fil_short(worker_balance));
  context.print("Sectors:");
  context.print("\tTotal: {}", sectors.live);
  context.print("\tProving: {}", sectors.active);
  return {};
}

}  // namespace

std::vector<Command> miner_info_commands() { return {{"info", "", "Print miner info", {}, 0, 0, info}}; }

}  // namespace nelumbo::cli
