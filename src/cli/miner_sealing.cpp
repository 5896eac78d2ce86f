// lotus-miner sealing …
#include <ostream>

#include "lookup.hpp"
#include "miner_lookup.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace api = rpc::miner;

Result<> jobs(Context& context) {
  auto* miner = TRY(context.miner());
  auto all = TRY(miner->call(api::WorkerJobs));
  if (context.json()) {
    print_json(context, api::WorkerJobs, all);
    return {};
  }
  Table table({"ID", "Sector", "Worker", "Hostname", "Task", "State", "Since", "Done", "Step"});
  for (const auto& [worker, list] : all) {
    for (const auto& job : list) {
      table.add({{"ID", job.id.id},
                 {"Sector", std::to_string(job.sector.number)},
                 {"Worker", worker.substr(0, 8)},
                 {"Hostname", job.hostname},
                 {"Task", job.task},
                 {"State", job.run_wait == 0 ? "running" : fmt::format("assigned({})", job.run_wait)},
                 {"Since", job.start},
                 {"Done", fmt::format("{:.0f}%", job.part * 100)},
                 {"Step", job.step}});
    }
  }
  table.print(context.out);
  return {};
}

Result<> workers(Context& context) {
  auto* miner = TRY(context.miner());
  auto all = TRY(miner->call(api::WorkerStats));
  if (context.json()) {
    print_json(context, api::WorkerStats, all);
    return {};
  }
  for (const auto& [id, worker] : all) {
    const auto& r = worker.info.resources;
    context.print("Worker {}, host {}{}", id, worker.info.hostname, worker.enabled ? "" : " (disabled)");
    context.print("\tCPU:  {} cores", r.cpus);
    context.print("\tRAM:  {} of {}", byte_size(BigInt(r.mem_used)), byte_size(BigInt(r.mem_physical)));
    context.print("\tSWAP: {} of {}", byte_size(BigInt(r.mem_swap_used)), byte_size(BigInt(r.mem_swap)));
    for (const auto& [task, count] : worker.task_counts) context.print("\t{}: {}", task, count);
  }
  return {};
}

Result<> sched_diag(Context& context) {
  auto* miner = TRY(context.miner());
  auto dump = TRY(miner->call(api::SealingSchedDiag, context.on("force-sched")));
  context.print("{}", pretty_json(dump.text()));
  return {};
}

/// The job of an id, or of its first letters.
Result<rpc::CallId> find_job(rpc::Client& miner, const std::string& text) {
  std::optional<rpc::CallId> found;
  for (const auto& [worker, list] : TRY(miner.call(api::WorkerJobs))) {
    for (const auto& job : list) {
      if (!job.id.id.starts_with(text)) continue;
      if (found) return fail(ErrorCode::invalid, "several jobs begin with {}", text);
      found = job.id;
    }
  }
  if (!found) return fail(ErrorCode::not_found, "job {} not found", text);
  return *found;
}

Result<> abort_job(Context& context) {
  auto* miner = TRY(context.miner());
  if (context.on("sched")) return miner->call(api::SealingRemoveRequest, context.args[0]);
  auto job = TRY(find_job(*miner, context.args[0]));
  context.print("aborting job {} of sector {}", job.id, job.sector.number);
  return miner->call(api::SealingAbort, job);
}

}  // namespace

std::vector<Command> miner_sealing_commands() {
  auto json = toggle("--json", "print JSON");
  return {
      {"sealing jobs", "", "list running jobs", {json}, 0, 0, jobs},
      {"sealing workers", "", "list workers", {json}, 0, 0, workers},
      {"sealing sched-diag",
       "",
       "Dump internal scheduler state",
       {toggle("--force-sched", "accepted for compatibility")},
       0,
       0,
       sched_diag},
      {"sealing abort",
       "[callid]",
       "Abort a running job",
       {toggle("--sched", "Specifies that the argument is UUID of the request to be removed from scheduler")},
       1,
       1,
       abort_job},
  };
}

}  // namespace nelumbo::cli
