// lotus-miner proving check, compute, workers, recover-faults
#include <chrono>
#include <ostream>
#include <set>

#include <fmt/format.h>

#include "lookup.hpp"
#include "miner_messages.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

/// Which sectors `proving check` is limited to; nullopt: all.
Result<std::optional<std::set<SectorNumber>>> check_filter(Context& context, const MinerActor& miner) {
  std::optional<std::set<SectorNumber>> out;
  const auto own = TRY(miner.address.id());
  if (context.given("storage-id")) {
    auto* api = TRY(context.miner());
    out.emplace();
    auto stored = TRY(api->call(rpc::miner::StorageList));
    for (const auto& each : stored[context.text("storage-id")]) {
      if (each.miner == own) out->insert(each.number);
    }
  }
  if (!context.on("faulty")) return out;
  auto faulty = TRY(miner.node->call(full::StateMinerFaults, miner.address, TipsetKey()));
  std::set<SectorNumber> numbers;
  for (auto number : TRY(faulty.values())) {
    if (!out || out->contains(number)) numbers.insert(number);
  }
  return std::optional(std::move(numbers));
}

/// The sectors of a partition that are checked.
Result<std::vector<rpc::SectorRef>> to_check(const MinerActor& miner, const rpc::Partition& partition,
                                             const std::optional<std::set<SectorNumber>>& filter) {
  const auto own = TRY(miner.address.id());
  std::vector<rpc::SectorRef> out;
  auto sectors =
      TRY(miner.node->call(full::StateMinerSectors, miner.address, std::optional(partition.live_sectors), TipsetKey()));
  for (const auto& each : sectors) {
    if (!filter || filter->contains(each.sector_number)) out.push_back({{own, each.sector_number}, each.seal_proof});
  }
  return out;
}

Result<> check(Context& context) {
  const auto deadline = TRY(number_argument(context, 0, "deadline index"));
  auto miner = TRY(miner_actor(context));
  auto* api = TRY(context.miner());
  auto filter = TRY(check_filter(context, miner));
  auto partitions = TRY(miner.node->call(full::StateMinerPartitions, miner.address, deadline, TipsetKey()));
  Table table({"deadline", "partition", "sector", "status"});
  auto list = JsonValue::array();
  for (size_t p = 0; p < partitions.size(); ++p) {
    auto sectors = TRY(to_check(miner, partitions[p], filter));
    auto bad = TRY(api->call(rpc::miner::CheckProvable, miner.info.window_post_proof_type, sectors));
    for (const auto& each : sectors) {
      const auto number = std::to_string(each.id.number);
      const auto found = bad.find(number);
      const bool good = found == bad.end();
      if (good && context.on("only-bad")) continue;
      list.push_back({{"Deadline", deadline},
                      {"Partition", p},
                      {"Sector", each.id.number},
                      {"Good", good},
                      {"Reason", good ? "" : found->second}});
      table.add({{"deadline", std::to_string(deadline)},
                 {"partition", std::to_string(p)},
                 {"sector", number},
                 {"status", good ? "good" : fmt::format("bad ({})", found->second)}});
    }
  }
  if (context.json()) {
    context.print("{}", list.dump(2));
  } else {
    table.print(context.out);
  }
  return {};
}

Result<JsonValue> post_json(const rpc::SubmitWindowedPoStParams& params) {
  auto partitions = JsonValue::array();
  for (const auto& each : params.partitions) {
    auto skipped = TRY(each.skipped.values());
    partitions.push_back({{"Index", each.index}, {"Skipped", std::move(skipped)}});
  }
  return JsonValue{{"Deadline", params.deadline},
                   {"Partitions", std::move(partitions)},
                   {"Proofs", to_json(params.proofs)},
                   {"ChainCommitEpoch", params.chain_commit_epoch},
                   {"ChainCommitRand", to_json(params.chain_commit_rand)}};
}

Result<> compute(Context& context) {
  const auto deadline = TRY(number_argument(context, 0, "deadline index"));
  auto* api = TRY(context.miner());
  const auto start = std::chrono::steady_clock::now();
  auto made = api->call(rpc::miner::ComputeWindowPoSt, deadline, TipsetKey());
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!context.json()) context.print("Took {:.3f}s", took);
  auto list = JsonValue::array();
  for (const auto& each : TRY(std::move(made))) {
    auto json = TRY(post_json(each));
    list.push_back(std::move(json));
  }
  context.print("{}", context.json() ? JsonValue{{"Seconds", took}, {"Posts", std::move(list)}}.dump(2) : list.dump(2));
  return {};
}

/// Workers that prove. This miner's own process proves when there is none.
Result<> workers(Context& context) {
  auto* api = TRY(context.miner());
  auto list = JsonValue::array();
  for (const auto& [id, stats] : TRY(api->call(rpc::miner::WorkerStats))) {
    if (stats.tasks.empty() || !stats.tasks.front().starts_with("post/")) continue;
    list.push_back({{"ID", id}, {"Hostname", stats.info.hostname}, {"Enabled", stats.enabled}, {"Tasks", stats.tasks}});
    if (!context.json())
      context.print("Worker {}, host {}{}", id, stats.info.hostname, stats.enabled ? "" : " (disabled)");
  }
  if (context.json()) {
    context.print("{}", list.dump(2));
  } else if (list.empty()) {
    context.print("No workers for proofs: the miner's own process proves");
  }
  return {};
}

Result<> recover_faults(Context& context) {
  std::vector<SectorNumber> sectors;
  for (size_t i = 0; i < context.args.size(); ++i) sectors.push_back(TRY(number_argument(context, i, "sector")));
  const auto confidence = TRY(context.number("confidence", 5));
  if (confidence < 0) return fail(ErrorCode::invalid, "--confidence must not be negative");
  auto* api = TRY(context.miner());
  auto* node = TRY(context.node());
  auto list = JsonValue::array();
  std::string failed;
  for (const auto& cid : TRY(api->call(rpc::miner::RecoverFault, sectors))) {
    if (!context.json()) context.print("Message CID: {}", cid.str());
    context.out.flush();
    auto found = TRY_IN(fmt::format("waiting for message {}", cid.str()),
                        node->call(full::StateWaitMsg, cid, static_cast<uint64_t>(confidence), ChainEpoch{-1}, true));
    const auto code = found.receipt.exit_code;
    list.push_back({{"Message", to_json(cid)}, {"Epoch", found.height}, {"ExitCode", code}});
    if (code != 0)
      failed += fmt::format("{}message {} failed with exit code {}", failed.empty() ? "" : "; ", cid.str(), code);
  }
  if (context.json()) context.print("{}", list.dump(2));
  if (!failed.empty()) return fail(ErrorCode::failed, "{}", failed);
  if (!context.json()) context.print("Declared recovered: {}", fmt::join(sectors, " "));
  return {};
}

}  // namespace

std::vector<Command> miner_proving_work_commands() {
  return {
      {"proving check",
       "<deadlineIdx>",
       "Check sectors provable",
       {toggle("--only-bad", "print only bad sectors"),
        toggle("--slow", "accepted for compatibility: the files are always read"),
        text("--storage-id", "filter sectors by storage path (path id)"),
        toggle("--faulty", "only check faulty sectors"), json_flag()},
       1,
       1,
       check},
      {"proving workers", "", "list workers", {json_flag()}, 0, 0, workers},
      {"proving compute windowed-post|window-post",
       "<deadline index>",
       "Compute WindowPoSt for a specific deadline; sends nothing to the chain",
       {json_flag()},
       1,
       1,
       compute},
      {"proving recover-faults",
       "<faulty sectors>",
       "Manually recovers faulty sectors on chain",
       {confidence_flag(), json_flag()},
       1,
       1000,
       recover_faults},
  };
}

}  // namespace nelumbo::cli
