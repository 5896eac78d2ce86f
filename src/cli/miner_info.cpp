// lotus-miner info, info all.
#include <ostream>

#include "lookup.hpp"
#include "miner_lookup.hpp"
#include "print.hpp"
#include "types/json.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;
namespace api = rpc::miner;

constexpr size_t kMostWaits = 20;  ///< stuck sectors that info names

/// What info says.
struct Info {
  ChainEpoch epoch = 0;
  TokenAmount base_fee;
  Address miner;
  rpc::MinerInfo details;
  rpc::MinerPower power;
  rpc::MinerSectors sectors;
  TokenAmount balance, available, worker_balance;
  std::map<std::string, int64_t> states;
  std::vector<rpc::SectorWait> stuck;
  std::vector<rpc::StoragePathTrouble> troubles;
};

/// The part that only a running miner can tell; nothing of it when another actor is asked about.
Result<> ask_miner(Context& context, Info& info) {
  if (context.given("actor")) return {};
  auto* miner = TRY(context.miner());
  info.states = TRY(miner->call(api::SectorsSummary));
  for (auto& wait : TRY(miner->call(api::SectorsWaits))) {
    if (wait.over_normal > 0) info.stuck.push_back(std::move(wait));
  }
  info.troubles = TRY(miner->call(api::StorageTroubles));
  return {};
}

Result<Info> gather(Context& context) {
  auto* node = TRY(context.node());
  Info out;
  out.miner = TRY(actor_of(context));
  auto head = TRY(node->call(full::ChainHead));
  auto key = head->key();
  out.epoch = head->height();
  out.base_fee = head->parent_base_fee();
  out.details = TRY(node->call(full::StateMinerInfo, out.miner, key));
  out.power = TRY(node->call(full::StateMinerPower, out.miner, key));
  out.sectors = TRY(node->call(full::StateMinerSectorCount, out.miner, key));
  out.balance = TRY(node->call(full::StateGetActor, out.miner, key)).balance;
  out.available = TRY(node->call(full::StateMinerAvailableBalance, out.miner, key));
  auto worker = TRY(node->call(full::StateAccountKey, out.details.worker, key));
  out.worker_balance = TRY(node->call(full::WalletBalance, worker));
  TRY(ask_miner(context, out));
  return out;
}

void print_json(Context& context, const Info& info) {
  JsonValue states = JsonValue::object(), stuck = JsonValue::array(), troubles = JsonValue::array();
  for (const auto& [state, count] : info.states) states[state] = count;
  for (const auto& each : info.stuck) stuck.push_back(to_json(each));
  for (const auto& each : info.troubles) troubles.push_back(to_json(each));
  JsonValue out{{"Miner", info.miner.str()},
                {"Epoch", info.epoch},
                {"BaseFee", info.base_fee.str()},
                {"SectorSize", info.details.sector_size},
                {"Owner", info.details.owner.str()},
                {"Worker", info.details.worker.str()},
                {"Power", to_json(info.power)},
                {"Sectors", to_json(info.sectors)},
                {"Balance", info.balance.str()},
                {"Available", info.available.str()},
                {"WorkerBalance", info.worker_balance.str()},
                {"States", std::move(states)},
                {"Stuck", std::move(stuck)},
                {"StorageTroubles", std::move(troubles)}};
  context.print("{}", out.dump(2));
}

void print_waits(Context& context, const Info& info) {
  for (const auto& trouble : info.troubles) context.print("Storage path {}: {}", trouble.path, trouble.trouble);
  if (info.stuck.empty()) return;
  context.print("Stuck sectors: {}", info.stuck.size());
  for (size_t i = 0; i < std::min(info.stuck.size(), kMostWaits); ++i) {
    const auto& wait = info.stuck[i];
    context.print("\t{}: {} for {}: {}", wait.sector, wait.state, duration_string(std::chrono::seconds(wait.in_state)),
                  wait.reason);
  }
  if (info.stuck.size() > kMostWaits) context.print("\t… (`lotus-miner sectors stuck` names all)");
}

void print_power(Context& context, const Info& info) {
  const auto& own = info.power.miner_power;
  const auto& all = info.power.total_power;
  const BigInt size = info.details.sector_size;
  context.print("Power: {} / {} ({})", byte_size(own.quality_adj_power), byte_size(all.quality_adj_power),
                percent(own.quality_adj_power, all.quality_adj_power));
  context.print("\tRaw: {} / {} ({})", byte_size(own.raw_byte_power), byte_size(all.raw_byte_power),
                percent(own.raw_byte_power, all.raw_byte_power));
  context.print("\tCommitted: {}", byte_size(size * info.sectors.live));
  context.print("\tProving: {}{}", byte_size(size * info.sectors.active),
                info.sectors.faulty > 0 ? fmt::format(" ({} Faulty)", byte_size(size * info.sectors.faulty)) : "");
}

Result<> info(Context& context) {
  auto found = TRY(gather(context));
  if (context.json()) {
    print_json(context, found);
    return {};
  }
  context.print("Chain: [epoch {}] [basefee {}]", found.epoch, fil_short(found.base_fee));
  context.print("Miner: {} ({} sectors)", found.miner.str(), byte_size(found.details.sector_size));
  print_power(context, found);
  context.print("Miner Balance:    {}", fil_short(found.balance));
  context.print("      Available:  {}", fil_short(found.available));
  context.print("Worker Balance:   {}", fil_short(found.worker_balance));
  context.print("Sectors:");
  if (found.states.empty()) {
    context.print("\tTotal: {}", found.sectors.live);
    context.print("\tProving: {}", found.sectors.active);
    return {};
  }
  int64_t total = 0;
  for (const auto& [state, count] : found.states) total += count;
  context.print("\tTotal: {}", total);
  for (const auto& [state, count] : found.states) context.print("\t{}: {}", state, count);
  print_waits(context, found);
  return {};
}

/// Runs commands of this program one after the other; one that fails says so and the next follows.
Result<> info_all(Context& context) {
  static const char* const kCommands[] = {"version",       "info",         "sectors list",      "sectors stuck",
                                          "sectors refs",  "proving info", "proving deadlines", "storage list",
                                          "storage locks", "sealing jobs", "sealing workers",   "sealing sched-diag"};
  auto program = lotus_miner_program();
  for (const char* name : kCommands) {
    context.print("#: {}", name);
    auto found = std::ranges::find(program.commands, name, &Command::path);
    if (found == program.commands.end()) continue;
    Context each(context.out, context.err);
    each.owner = context.owner;
    each.repository = context.repository;
    each.miner_repository = context.miner_repository;
    if (auto result = found->run(each); !result) context.print("ERROR: {}", result.error().message);
    context.print("");
  }
  return {};
}

}  // namespace

std::vector<Command> miner_info_commands() {
  return {{"info", "", "Print miner info", {toggle("--json", "print JSON")}, 0, 0, info},
          {"info all", "", "dump all related miner info", {}, 0, 0, info_all}};
}

}  // namespace nelumbo::cli
