// lotus-miner proving …
#include <ostream>

#include "lookup.hpp"
#include "miner_lookup.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

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

}  // namespace

std::vector<Command> miner_proving_commands() {
  return {
      {"proving info", "", "View current state information", {}, 0, 0, proving_info},
      {"proving deadlines",
       "",
       "View the current proving period deadlines information",
       {toggle("--all,-a", "Count all sectors, also deadlines without partitions")},
       0,
       0,
       proving_deadlines},
      {"proving faults", "", "View the currently known proving faulty sectors information", {}, 0, 0, proving_faults},
  };
}

}  // namespace nelumbo::cli
