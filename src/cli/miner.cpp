// lotus-miner …
#include <algorithm>
#include <ostream>

#include "lookup.hpp"
#include "node/miner_process.hpp"
#include "print.hpp"
#include "rpc/miner_api.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

Result<> run(Context& context) {
  node::MinerOptions options;
  options.repository = context.miner_repository;
  options.daemon_repository = context.repository;
  if (const char* info = std::getenv("FULLNODE_API_INFO"); info != nullptr && *info != '\0') options.daemon_api = info;
  options.api_port = TRY(port_flag(context, "miner-api"));
  options.network_file = path_flag(context, "network-file");
  options.catch_up = context.on("catch-up");
  options.sparse = TRY(context.number("sparse", 1));
  if (options.sparse < 0 || options.sparse > kMaxNullRounds)
    return fail(ErrorCode::invalid, "--sparse must be from 0 (as it takes about a minute) to {}", kMaxNullRounds);
  return node::run_miner(options);
}

Result<> init(Context& context) {
  if (!context.given("actor")) {
    return fail(ErrorCode::unsupported,
                "creating a new miner actor is not supported by this build: name an existing one with --actor");
  }
  return node::init_miner({context.miner_repository, context.text("actor"), path_flag(context, "pre-sealed-sectors")});
}

Result<> stop(Context& context) {
  auto* miner = TRY(context.miner());
  return miner->call(rpc::common::Shutdown);
}

/// The actor of --actor, else the one the running miner mines for.
Result<Address> actor_of(Context& context) {
  if (context.given("actor")) return in_context(Address::parse(context.text("actor")), "--actor");
  auto* miner = TRY(context.miner());
  return miner->call(rpc::miner::ActorAddress);
}

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

Result<> proving_info(Context& context) {
  auto* node = TRY(context.node());
  auto actor = TRY(actor_of(context));
  auto key = TRY(node->call(full::ChainHead))->key();
  auto deadline = TRY(node->call(full::StateMinerProvingDeadline, actor, key));
  auto sectors = TRY(node->call(full::StateMinerSectorCount, actor, key));
  context.print("Miner: {}", actor.str());
  context.print("Current Epoch:           {}", deadline.current_epoch);
  context.print("Proving Period Boundary: {}",
                (deadline.period_start % deadline.proving_period + deadline.proving_period) % deadline.proving_period);
  context.print("Proving Period Start:    {}", deadline.period_start);
  context.print("Next Period Start:       {}", deadline.next_period_start());
  context.print("");
  context.print(
      "Faults:      {} ({:.2f}%)", sectors.faulty,
      sectors.live > 0 ? 100.0 * static_cast<double>(sectors.faulty) / static_cast<double>(sectors.live) : 0.0);
  context.print("Deadline Index:       {}", deadline.index);
  uint64_t in_deadline = 0;
  for (const auto& partition : TRY(node->call(full::StateMinerPartitions, actor, deadline.index, key))) {
    in_deadline += partition.live_sectors.count();
  }
  context.print("Deadline Sectors:     {}", in_deadline);
  context.print("Deadline Open:        {}", deadline.open);
  context.print("Deadline Close:       {}", deadline.close);
  context.print("Deadline Challenge:   {}", deadline.challenge);
  context.print("Deadline FaultCutoff: {}", deadline.fault_cutoff);
  return {};
}

Result<> proving_deadlines(Context& context) {
  auto* node = TRY(context.node());
  auto actor = TRY(actor_of(context));
  auto key = TRY(node->call(full::ChainHead))->key();
  auto deadlines = TRY(node->call(full::StateMinerDeadlines, actor, key));
  auto current = TRY(node->call(full::StateMinerProvingDeadline, actor, key)).index;
  context.print("Miner: {}", actor.str());
  Table table({"deadline", "partitions", "sectors (faults)", "proven partitions"});
  for (uint64_t i = 0; i < deadlines.size(); ++i) {
    auto partitions = TRY(node->call(full::StateMinerPartitions, actor, i, key));
    uint64_t sectors = 0, faults = 0;
    for (const auto& partition : partitions) {
      sectors += partition.all_sectors.count();
      faults += partition.faulty_sectors.count();
    }
    if (partitions.empty() && !context.on("all") && i != current) continue;
    table.add({{"deadline", fmt::format("{}{}", i, i == current ? " (current)" : "")},
               {"partitions", std::to_string(partitions.size())},
               {"sectors (faults)", fmt::format("{} ({})", sectors, faults)},
               {"proven partitions", std::to_string(deadlines[i].post_submissions.count())}});
  }
  table.print(context.out);
  return {};
}

Result<> proving_faults(Context& context) {
  auto* node = TRY(context.node());
  auto actor = TRY(actor_of(context));
  auto key = TRY(node->call(full::ChainHead))->key();
  auto faults = TRY(node->call(full::StateMinerFaults, actor, key));
  context.print("Miner: {}", actor.str());
  for (auto number : TRY(faults.values())) context.print("{}", number);
  return {};
}

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

std::vector<Command> miner_commands() {
  return {
      {"run",
       "",
       "Start a lotus miner process",
       {number("--miner-api", "port of the API (default: of the configuration, 2345)"),
        text("--network-file", "parameters of a test network"),
        toggle("--catch-up", "test networks: mine missed time at full speed"),
        number("--sparse", "while catching up, one block every so many epochs", "1")},
       0,
       0,
       run},
      {"init",
       "",
       "Initialize a lotus miner repo",
       {text("--pre-sealed-sectors", "specify set of presealed sectors for starting as a genesis miner")},
       0,
       0,
       init},
      {"stop", "", "Stop a running lotus miner", {}, 0, 0, stop},
      {"info", "", "Print miner info", {}, 0, 0, info},
      {"proving info", "", "View current state information", {}, 0, 0, proving_info},
      {"proving deadlines",
       "",
       "View the current proving period deadlines information",
       {toggle("--all,-a", "Count all sectors, also deadlines without partitions")},
       0,
       0,
       proving_deadlines},
      {"proving faults", "", "View the currently known proving faulty sectors information", {}, 0, 0, proving_faults},
      {"sectors list", "", "List sectors", {}, 0, 0, sectors_list},
  };
}

}  // namespace nelumbo::cli
