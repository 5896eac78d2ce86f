// lotus-miner …
#include <ostream>

#include "lookup.hpp"
#include "miner_lookup.hpp"
#include "node/miner_process.hpp"
#include "print.hpp"

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
  };
}

}  // namespace nelumbo::cli
