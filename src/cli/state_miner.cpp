// lotus state …: miners, power, sectors.
#include <ostream>

#include "epoch_text.hpp"
#include "lookup.hpp"
#include "multiaddress.hpp"
#include "print.hpp"
#include "remote_state.hpp"
#include "types/json.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

Result<> power(Context& context) {
  auto* node = TRY(context.node());
  auto key = TRY(chosen_tipset(context, *node))->key();
  Address miner;
  if (!context.args.empty()) {
    miner = TRY(address_argument(context, 0));
    auto actor = node->call(full::StateGetActor, miner, key);
    if (!actor) return std::unexpected(explain_missing_actor(std::move(actor).error(), context.args[0]));
    if (!actor_name(*node, actor->code, key).ends_with("storageminer")) {
      return fail(ErrorCode::invalid, "provided address does not correspond to a miner actor");
    }
  }
  auto found = TRY(node->call(full::StateMinerPower, miner, key));
  const auto& total = found.total_power.quality_adj_power;
  if (context.json()) {
    print_json(context, full::StateMinerPower, found);
  } else if (context.args.empty()) {
    context.print("{}({})", total.str(), byte_size(total));
  } else {
    const auto& own = found.miner_power.quality_adj_power;
    context.print("{}({}) / {}({}) ~= {}", own.str(), byte_size(own), total.str(), byte_size(total),
                  percent(own, total));
  }
  return {};
}

Result<> miner_info(Context& context) {
  auto miner = TRY(address_argument(context, 0));
  auto* node = TRY(context.node());
  auto tipset = TRY(chosen_tipset(context, *node));
  auto key = tipset->key();
  auto info = node->call(full::StateMinerInfo, miner, key);
  if (!info) return std::unexpected(explain_missing_actor(std::move(info).error(), context.args[0]));
  if (context.json()) {
    print_json(context, full::StateMinerInfo, *info);
    return {};
  }
  context.print("Available Balance: {}", fil_string(TRY(node->call(full::StateMinerAvailableBalance, miner, key))));
  context.print("Owner:\t{}", info->owner.str());
  context.print("Worker:\t{}", info->worker.str());
  for (size_t i = 0; i < info->control_addresses.size(); ++i)
    context.print("Control {}: \t{}", i, info->control_addresses[i].str());
  context.print("Beneficiary:\t{}", info->beneficiary.str());
  if (info->beneficiary_term && info->beneficiary != info->owner) {
    context.print("Beneficiary Quota:\t{}", info->beneficiary_term->quota.str());
    context.print("Beneficiary Used Quota:\t{}", info->beneficiary_term->used_quota.str());
    context.print("Beneficiary Expiration:\t{}", info->beneficiary_term->expiration);
  }
  context.print("PeerID:\t{}", info->peer_id.value_or(""));
  std::string addresses;
  for (const auto& each : info->multiaddrs) addresses += multiaddress_text(each) + " ";
  context.print("Multiaddrs:\t{}", addresses);
  context.print("Consensus Fault End:\t{}", info->consensus_fault_elapsed);
  context.print("SectorSize:\t{} ({})", size_string(info->sector_size), info->sector_size);
  auto power = TRY(node->call(full::StateMinerPower, miner, key));
  context.print("Byte Power:   {} / {} ({})", byte_size(power.miner_power.raw_byte_power),
                byte_size(power.total_power.raw_byte_power),
                percent(power.miner_power.raw_byte_power, power.total_power.raw_byte_power));
  context.print("Actual Power: {} / {} ({})", power_size(power.miner_power.quality_adj_power),
                power_size(power.total_power.quality_adj_power),
                percent(power.miner_power.quality_adj_power, power.total_power.quality_adj_power));
  context.print("");
  auto deadline = TRY(node->call(full::StateMinerProvingDeadline, miner, key));
  EpochText epochs(*tipset, TRY(epoch_seconds(*node)));
  context.print("Proving Period Start:\t{}", epochs.relative(deadline.period_start));
  return {};
}

Result<> list_miners(Context& context) {
  auto order = context.text("sort-by");
  if (!order.empty() && order != "none")
    return fail(ErrorCode::invalid, "unrecognized sorting order '{}': only none is known", order);
  auto* node = TRY(context.node());
  auto all = TRY(node->call(full::StateListMiners, TRY(chosen_tipset(context, *node))->key()));
  print_value(context, full::StateListMiners, all, [&] {
    for (const auto& each : all) context.print("{}", each.str());
  });
  return {};
}

Result<> print_sectors(Context& context, bool active) {
  auto miner = TRY(address_argument(context, 0));
  auto* node = TRY(context.node());
  auto key = TRY(chosen_tipset(context, *node))->key();
  auto found = TRY(active ? node->call(full::StateMinerActiveSectors, miner, key)
                          : node->call(full::StateMinerSectors, miner, std::optional<BitField>(), key));
  if (context.json()) {
    print_json(context, full::StateMinerActiveSectors, found);
    return {};
  }
  const bool partitions = context.on("show-partitions");
  context.print("Sector Number, {}Sealed CID", partitions ? "Deadline, Partition, " : "");
  for (const auto& sector : found) {
    std::string where;
    if (partitions) {
      auto at = TRY(node->call(full::StateSectorPartition, miner, sector.sector_number, key));
      where = fmt::format(", {}, {}", at.deadline, at.partition);
    }
    context.print("{}{}, {}", sector.sector_number, where, sector.sealed_cid.str());
  }
  return {};
}
Result<> sectors(Context& context) { return print_sectors(context, false); }
Result<> active_sectors(Context& context) { return print_sectors(context, true); }

Result<> sector(Context& context) {
  auto miner = TRY(address_argument(context, 0));
  auto number = TRY(number_argument(context, 1, "sector number"));
  auto* node = TRY(context.node());
  auto tipset = TRY(chosen_tipset(context, *node));
  auto info = TRY(node->call(full::StateSectorGetInfo, miner, number, tipset->key()));
  if (!info) return fail(ErrorCode::not_found, "sector {} for miner {} not found", number, miner.str());
  if (context.json()) {
    print_json(context, full::StateSectorGetInfo, info);
    return {};
  }
  EpochText epochs(*tipset, TRY(epoch_seconds(*node)));
  context.print("SectorNumber:  {}", info->sector_number);
  context.print("SealProof:  {}", static_cast<int64_t>(info->seal_proof));
  context.print("SealedCID:  {}", info->sealed_cid.str());
  if (info->sector_key_cid) context.print("SectorKeyCID:  {}", info->sector_key_cid->str());
  context.print("\nActivation:  {}", epochs.with_date(info->activation));
  context.print("Expiration:  {}", epochs.with_date(info->expiration));
  context.print("\nDealWeight:  {}", info->deal_weight.str());
  context.print("VerifiedDealWeight:  {}", info->verified_deal_weight.str());
  context.print("InitialPledge:  {}", fil_string(info->initial_pledge));
  context.print("\nDealIDs (deprecated): [{}]", fmt::join(info->deprecated_deal_ids, " "));
  auto deals = sector_deals(*node, miner, number, tipset->key());
  context.print("DealIDs (market): {}", deals ? fmt::format("[{}]", fmt::join(*deals, " "))
                                              : "error retrieving from market actor: " + deals.error().message);
  auto at = TRY(node->call(full::StateSectorPartition, miner, number, tipset->key()));
  context.print("Deadline:  {}", at.deadline);
  context.print("Partition:  {}", at.partition);
  return {};
}

Result<> sector_size(Context& context) {
  auto miner = TRY(address_argument(context, 0));
  auto* node = TRY(context.node());
  auto info = TRY(node->call(full::StateMinerInfo, miner, TRY(chosen_tipset(context, *node))->key()));
  if (context.json()) {
    context.print("{}", info.sector_size);
  } else {
    context.print("{} ({})", byte_size(info.sector_size), info.sector_size);
  }
  return {};
}

Result<> proving_deadline(Context& context) {
  auto miner = TRY(address_argument(context, 0));
  auto* node = TRY(context.node());
  auto found = TRY_IN("getting miner info",
                      node->call(full::StateMinerProvingDeadline, miner, TRY(chosen_tipset(context, *node))->key()));
  print_value(context, full::StateMinerProvingDeadline, found, [&] {
    context.print("Period Start:\t{}", found.period_start);
    context.print("Index:\t\t{}", found.index);
    context.print("Open:\t\t{}", found.open);
    context.print("Close:\t\t{}", found.close);
    context.print("Challenge:\t{}", found.challenge);
    context.print("FaultCutoff:\t{}", found.fault_cutoff);
  });
  return {};
}

Result<> market_balance(Context& context) {
  auto address = TRY(address_argument(context, 0));
  auto* node = TRY(context.node());
  auto balance = TRY(node->call(full::StateMarketBalance, address, TRY(chosen_tipset(context, *node))->key()));
  print_value(context, full::StateMarketBalance, balance, [&] {
    context.print("Escrow: {}", fil_string(balance.escrow));
    context.print("Locked: {}", fil_string(balance.locked));
  });
  return {};
}

}  // namespace

std::vector<Command> state_miner_commands() {
  const auto json = toggle("--json", "print JSON");
  return {
      {"state power", "[minerAddress]", "Query network or miner power", {toggle("--json", "print JSON")}, 0, 1, power},
      {"state miner-info",
       "<minerAddress>",
       "Retrieve miner information",
       {toggle("--json", "print JSON")},
       1,
       1,
       miner_info},
      {"state list-miners",
       "",
       "list all miners in the network",
       {text("--sort-by", "criteria to sort miners by (none)"), json},
       0,
       0,
       list_miners},
      {"state sectors",
       "<minerAddress>",
       "Query the sector set of a miner",
       {toggle("--show-partitions", "show sector deadlines and partitions"), toggle("--json", "print JSON")},
       1,
       1,
       sectors},
      {"state active-sectors",
       "<minerAddress>",
       "Query the active sector set of a miner",
       {toggle("--show-partitions", "show sector deadlines and partitions"), toggle("--json", "print JSON")},
       1,
       1,
       active_sectors},
      {"state sector|sector-info", "<minerAddress> <sectorNumber>", "Get miner sector info", {json}, 2, 2, sector},
      {"state sector-size", "<minerAddress>", "Look up miners sector size", {json}, 1, 1, sector_size},
      {"state miner-proving-deadline",
       "<minerAddress>",
       "Retrieve information about a given miner's proving deadline",
       {json},
       1,
       1,
       proving_deadline},
      {"state market balance",
       "<address>",
       "Get the market balance (locked and escrowed) for a given account",
       {json},
       1,
       1,
       market_balance},
  };
}

}  // namespace nelumbo::cli
