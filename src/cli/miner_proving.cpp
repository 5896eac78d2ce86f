// lotus-miner proving info, deadlines, deadline, faults
#include <ostream>

#include <fmt/format.h>

#include "epoch_text.hpp"
#include "lookup.hpp"
#include "miner_messages.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

struct Counts {
  uint64_t live = 0, faulty = 0, recovering = 0;
};
Counts counts_of(const std::vector<rpc::Partition>& partitions) {
  Counts out;
  for (const auto& each : partitions) {
    out.live += each.live_sectors.count();
    out.faulty += each.faulty_sectors.count();
    out.recovering += each.recovering_sectors.count();
  }
  return out;
}

Result<> proving_info(Context& context) {
  auto* node = TRY(context.node());
  auto actor = TRY(actor_of(context));
  auto head = TRY(node->call(full::ChainHead));
  auto key = head->key();
  auto d = TRY(node->call(full::StateMinerProvingDeadline, actor, key));
  Counts all, current;
  for (uint64_t i = 0; i < d.period_deadlines; ++i) {
    auto here = counts_of(TRY(node->call(full::StateMinerPartitions, actor, i, key)));
    all.live += here.live;
    all.faulty += here.faulty;
    all.recovering += here.recovering;
    if (i == d.index) current = here;
  }
  const double part = all.live > 0 ? 100.0 * static_cast<double>(all.faulty) / static_cast<double>(all.live) : 0;
  const auto boundary = (d.period_start % d.proving_period + d.proving_period) % d.proving_period;
  if (context.json()) {
    JsonValue out{{"Miner", actor.str()},
                  {"CurrentEpoch", d.current_epoch},
                  {"ProvingPeriodBoundary", boundary},
                  {"ProvingPeriodStart", d.period_start},
                  {"NextPeriodStart", d.next_period_start()},
                  {"Sectors", all.live},
                  {"Faults", all.faulty},
                  {"Recovering", all.recovering},
                  {"DeadlineIndex", d.index},
                  {"DeadlineSectors", current.live},
                  {"DeadlineOpen", d.open},
                  {"DeadlineClose", d.close},
                  {"DeadlineChallenge", d.challenge},
                  {"DeadlineFaultCutoff", d.fault_cutoff}};
    context.print("{}", out.dump(2));
    return {};
  }
  const auto seconds = TRY(epoch_seconds(*node));
  const EpochText text(*head, seconds);
  context.print("Miner: {}", actor.str());
  context.print("Current Epoch:           {}", d.current_epoch);
  context.print("Proving Period Boundary: {}", boundary);
  context.print("Proving Period Start:    {}", text.with_date(d.period_start));
  context.print("Next Period Start:       {}\n", text.with_date(d.next_period_start()));
  context.print("Faults:      {} ({:.2f}%)", all.faulty, part);
  context.print("Recovering:  {}", all.recovering);
  context.print("Deadline Index:       {}", d.index);
  context.print("Deadline Sectors:     {}", current.live);
  context.print("Deadline Open:        {}", text.relative(d.open));
  context.print("Deadline Close:       {}", text.relative(d.close));
  context.print("Deadline Challenge:   {}", text.relative(d.challenge));
  context.print("Deadline FaultCutoff: {}", text.relative(d.fault_cutoff));
  return {};
}

/// The opening of a deadline in the period of the current one.
ChainEpoch opening(const rpc::DeadlineInfo& current, uint64_t index) {
  return current.open + (static_cast<ChainEpoch>(index) - static_cast<ChainEpoch>(current.index)) *
                            (current.proving_period / static_cast<ChainEpoch>(current.period_deadlines));
}

Result<> proving_deadlines(Context& context) {
  auto* node = TRY(context.node());
  auto actor = TRY(actor_of(context));
  auto head = TRY(node->call(full::ChainHead));
  auto key = head->key();
  auto deadlines = TRY(node->call(full::StateMinerDeadlines, actor, key));
  auto current = TRY(node->call(full::StateMinerProvingDeadline, actor, key));
  const auto seconds = TRY(epoch_seconds(*node));
  const EpochText text(*head, seconds);
  Table table({"deadline", "open", "partitions", "sectors (faults)", "proven partitions"});
  auto list = JsonValue::array();
  for (uint64_t i = 0; i < deadlines.size(); ++i) {
    uint64_t sectors = 0, faults = 0, count = 0;
    for (const auto& each : TRY(node->call(full::StateMinerPartitions, actor, i, key))) {
      const auto here = (context.on("all") ? each.all_sectors : each.live_sectors).count();
      sectors += here;
      faults += each.faulty_sectors.count();
      if (here > 0 || context.on("all")) ++count;
    }
    const auto open = opening(current, i);
    const auto proven = deadlines[i].post_submissions.count();
    const bool now = i == current.index;
    list.push_back({{"Deadline", i},
                    {"Open", open},
                    {"Partitions", count},
                    {"Sectors", sectors},
                    {"Faults", faults},
                    {"ProvenPartitions", proven},
                    {"Current", now}});
    table.add({{"deadline", std::to_string(i)},
               {"open", text.time_of_day(open)},
               {"partitions", std::to_string(count)},
               {"sectors (faults)", fmt::format("{} ({})", sectors, faults)},
               {"proven partitions", fmt::format("{}{}", proven, now ? "  (current)" : "")}});
  }
  if (context.json()) {
    context.print("{}", JsonValue{{"Miner", actor.str()}, {"Deadlines", std::move(list)}}.dump(2));
    return {};
  }
  context.print("Miner: {}", actor.str());
  table.print(context.out);
  return {};
}

struct NamedSet {
  const char* name;
  const BitField rpc::Partition::*sectors;
};
constexpr NamedSet kSets[] = {{"All", &rpc::Partition::all_sectors},
                              {"Live", &rpc::Partition::live_sectors},
                              {"Active", &rpc::Partition::active_sectors},
                              {"Faulty", &rpc::Partition::faulty_sectors},
                              {"Recovering", &rpc::Partition::recovering_sectors}};

/// How the encoding of a set is made up, as lotus's --bitfield shows it.
std::string bitfield_text(const BitField& set) {
  uint64_t ones = 0, zeros = 0, zero_runs = 0, at = 0;
  for (const auto& range : set.ranges()) {
    if (range.begin > at) {
      zeros += range.begin - at;
      ++zero_runs;
    }
    ones += range.end - range.begin;
    at = range.end;
  }
  const auto runs = set.ranges().size();
  const auto bytes = to_cbor(set).size();
  return fmt::format(" (bitfield - runs {}+{}={} - {} 0s {} 1s - 0 inv - {} {}B)", zero_runs, runs, zero_runs + runs,
                     zeros, ones, byte_size(bytes), bytes);
}

Result<> print_partition(Context& context, const rpc::Partition& partition) {
  for (const auto& [name, member] : kSets) {
    const auto& set = partition.*member;
    context.print("\t{:<26} {}{}", fmt::format("{} Sectors:", name), set.count(),
                  context.on("bitfield") ? bitfield_text(set) : std::string());
    if (!context.on("sector-nums")) continue;
    auto numbers = TRY(set.values());
    context.print("\t{:<26} [{}]", fmt::format("{} Sector Numbers:", name), fmt::join(numbers, " "));
  }
  return {};
}

Result<JsonValue> partition_json(const rpc::Partition& partition) {
  JsonValue out = JsonValue::object();
  for (const auto& [name, member] : kSets) {
    auto numbers = TRY((partition.*member).values());
    out[name] = std::move(numbers);
  }
  return out;
}

Result<> proving_deadline(Context& context) {
  const auto index = TRY(number_argument(context, 0, "deadline index"));
  auto* node = TRY(context.node());
  auto actor = TRY(actor_of(context));
  auto head = TRY(node->call(full::ChainHead));
  auto key = head->key();
  auto deadlines = TRY(node->call(full::StateMinerDeadlines, actor, key));
  if (index >= deadlines.size())
    return fail(ErrorCode::invalid, "there is no deadline {}: they go from 0 to {}", index, deadlines.size() - 1);
  auto current = TRY(node->call(full::StateMinerProvingDeadline, actor, key));
  auto partitions = TRY(node->call(full::StateMinerPartitions, actor, index, key));
  const auto proven = deadlines[index].post_submissions.count();
  const auto open = opening(current, index);
  if (context.json()) {
    auto list = JsonValue::array();
    for (const auto& each : partitions) {
      auto json = TRY(partition_json(each));
      list.push_back(std::move(json));
    }
    JsonValue out{{"Index", index},
                  {"Open", open},
                  {"ProvenPartitions", proven},
                  {"Current", current.index == index},
                  {"Partitions", std::move(list)}};
    context.print("{}", out.dump(2));
    return {};
  }
  const auto seconds = TRY(epoch_seconds(*node));
  const EpochText text(*head, seconds);
  context.print("Deadline Index:           {}", index);
  context.print("Deadline Open:            {}", text.time_of_day(open));
  context.print("Partitions:               {}", partitions.size());
  context.print("Proven Partitions:        {}", proven);
  context.print("Current:                  {}\n", current.index == index);
  for (size_t i = 0; i < partitions.size(); ++i) {
    context.print("Partition Index:          {}", i);
    TRY(print_partition(context, partitions[i]));
  }
  return {};
}

Result<> proving_faults(Context& context) {
  auto* node = TRY(context.node());
  auto actor = TRY(actor_of(context));
  auto key = TRY(node->call(full::ChainHead))->key();
  const auto count = TRY(node->call(full::StateMinerDeadlines, actor, key)).size();
  Table table({"deadline", "partition", "sectors"});
  auto list = JsonValue::array();
  for (uint64_t d = 0; d < count; ++d) {
    auto partitions = TRY(node->call(full::StateMinerPartitions, actor, d, key));
    for (uint64_t p = 0; p < partitions.size(); ++p) {
      for (auto number : TRY(partitions[p].faulty_sectors.values())) {
        const bool recovering = partitions[p].recovering_sectors.contains(number);
        list.push_back({{"Deadline", d}, {"Partition", p}, {"Sector", number}, {"Recovering", recovering}});
        table.add(
            {{"deadline", std::to_string(d)}, {"partition", std::to_string(p)}, {"sectors", std::to_string(number)}});
      }
    }
  }
  if (context.json()) {
    context.print("{}", list.dump(2));
    return {};
  }
  context.print("Miner: {}", actor.str());
  table.print(context.out);
  return {};
}

}  // namespace

std::vector<Command> miner_proving_commands() {
  const auto json = json_flag();
  std::vector<Command> out{
      {"proving info", "", "View current state information", {json}, 0, 0, proving_info},
      {"proving deadlines",
       "",
       "View the current proving period deadlines information",
       {toggle("--all,-a", "Count all sectors (only live sectors are counted by default)"), json},
       0,
       0,
       proving_deadlines},
      {"proving deadline",
       "<deadlineIdx>",
       "View the current proving period deadline information by its index",
       {toggle("--sector-nums,-n", "Print sector/fault numbers belonging to this deadline"),
        toggle("--bitfield,-b", "Print partition bitfield stats"), json},
       1,
       1,
       proving_deadline},
      {"proving faults",
       "",
       "View the currently known proving faulty sectors information",
       {json},
       0,
       0,
       proving_faults},
  };
  for (auto& each : miner_proving_work_commands()) out.push_back(std::move(each));
  return out;
}

}  // namespace nelumbo::cli
