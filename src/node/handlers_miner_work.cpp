// Worker…, Sealing…, ComputeProof: what is worked on, and by whom. This process's own worker is the only one.

#include <sys/sysinfo.h>
#include <unistd.h>

#include "miner_parts.hpp"
#include "process_api.hpp"
#include "types/json.hpp"

namespace nelumbo::node {

namespace {

namespace methods = rpc::miner;

/// Short name and lotus's name of each task.
constexpr std::pair<std::string_view, std::string_view> kTaskNames[] = {{"AP", "seal/v0/addpiece"},
                                                                        {"PC1", "seal/v0/precommit/1"},
                                                                        {"PC2", "seal/v0/precommit/2"},
                                                                        {"C1", "seal/v0/commit/1"},
                                                                        {"C2", "seal/v0/commit/2"},
                                                                        {"FIN", "seal/v0/finalize"},
                                                                        {"DC", "seal/v0/datacid"},
                                                                        {"RU", "seal/v0/replicaupdate"},
                                                                        {"PR1", "seal/v0/provereplicaupdate/1"},
                                                                        {"PR2", "seal/v0/provereplicaupdate/2"},
                                                                        {"FRU", "seal/v0/finalize/replicaupdate"}};

std::string task_name(const std::string& task) {
  for (auto [brief, name] : kTaskNames) {
    if (task == brief) return std::string(name);
  }
  return task;
}

std::string host_name(const MinerProcess& m) {
  if (!m.config.local_worker_name.empty()) return m.config.local_worker_name;
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

std::map<std::string, std::vector<rpc::WorkerJob>> jobs(const MinerProcess& m) {
  std::map<std::string, std::vector<rpc::WorkerJob>> out;
  int64_t waiting = 0;
  for (const auto& job : m.sealer->jobs()) {
    rpc::SectorId sector{job.sector.miner, job.sector.number};
    out[m.worker_session].push_back({.id = {sector, job.id},
                                     .sector = sector,
                                     .task = task_name(job.task),
                                     .run_wait = job.running ? 0 : ++waiting,
                                     .start = rfc3339(job.since),
                                     .hostname = host_name(m),
                                     .step = job.step,
                                     .part = job.part});
  }
  return out;
}

rpc::WorkerStats worker(const MinerProcess& m) {
  rpc::WorkerStats out;
  out.info.hostname = host_name(m);
  struct sysinfo system {};
  if (::sysinfo(&system) == 0) {
    auto& r = out.info.resources;
    r.mem_physical = uint64_t{system.totalram} * system.mem_unit;
    r.mem_used = r.mem_physical - uint64_t{system.freeram + system.bufferram} * system.mem_unit;
    r.mem_swap = uint64_t{system.totalswap} * system.mem_unit;
    r.mem_swap_used = r.mem_swap - uint64_t{system.freeswap} * system.mem_unit;
  }
  out.info.resources.cpus = std::thread::hardware_concurrency();
  out.enabled = m.config.enable_sealing;
  for (auto [brief, name] : kTaskNames) out.tasks.emplace_back(name);
  for (const auto& job : m.sealer->jobs()) {
    if (job.running) ++out.task_counts[task_name(job.task)];
  }
  return out;
}

/// What runs and what waits, as lotus's dump of its scheduler names it.
struct SchedRequest {
  rpc::SectorId sector;
  std::string task_type, sched_id, step;
  static constexpr auto fields =
      nelumbo::fields(field("Sector", &SchedRequest::sector), field("TaskType", &SchedRequest::task_type),
                      field("SchedId", &SchedRequest::sched_id), field("Step", &SchedRequest::step));
};
struct SchedInfo {
  std::vector<SchedRequest> requests, running;
  std::vector<std::string> open_windows;
  static constexpr auto fields =
      nelumbo::fields(field("Requests", &SchedInfo::requests), field("Running", &SchedInfo::running),
                      field("OpenWindows", &SchedInfo::open_windows));
};
rpc::RawJson scheduler(const MinerProcess& m) {
  SchedInfo info;
  for (const auto& job : m.sealer->jobs()) {
    auto& list = job.running ? info.running : info.requests;
    list.push_back({{job.sector.miner, job.sector.number}, task_name(job.task), job.id, job.step});
  }
  if (m.config.enable_sealing) info.open_windows.push_back(m.worker_session);
  return rpc::RawJson(JsonValue{{"CallToWork", JsonValue::object()}, {"SchedInfo", to_json(info)}}.dump());
}

Result<std::vector<PoStProof>> winning_post(MinerProcess& m, const std::vector<rpc::ExtendedSectorInfo>& sectors,
                                            const Bytes& randomness) {
  if (randomness.size() != 32) return fail(ErrorCode::invalid, "randomness has 32 bytes, got {}", randomness.size());
  if (sectors.empty()) return fail(ErrorCode::invalid, "no sectors to prove");
  Hash256 seed{};
  std::ranges::copy(randomness, seed.begin());
  ActorId miner = TRY(m.actor.id());
  std::vector<PrivateSectorInfo> files;
  PoStType type{};
  for (const auto& each : sectors) {
    auto proof = TRY(seal_proof_info(each.seal_proof));
    type = proof.winning_post;
    const bool updated = each.sector_key.has_value();
    auto sealed = TRY(
        m.storage->find(miner, each.sector_number, updated ? sealing::FileType::update : sealing::FileType::sealed));
    auto cache = TRY(m.storage->find(miner, each.sector_number,
                                     updated ? sealing::FileType::update_cache : sealing::FileType::cache));
    files.push_back({{each.seal_proof, each.sector_number, each.sealed_cid}, cache, sealed});
  }
  return m.prover->prove_winning_post(type, miner, seed, files);
}

}  // namespace

void bind_miner_work(rpc::Server& server, MinerProcess& m) {
  using Jobs = std::map<std::string, std::vector<rpc::WorkerJob>>;
  using Workers = std::map<std::string, rpc::WorkerStats>;
  server.bind(methods::WorkerJobs, [&m]() -> Result<Jobs> { return jobs(m); });
  server.bind(methods::WorkerStats, [&m]() -> Result<Workers> { return Workers{{m.worker_session, worker(m)}}; });
  server.bind(methods::SealingSchedDiag, [&m](bool) -> Result<rpc::RawJson> { return scheduler(m); });
  server.bind(methods::SealingAbort, [&m](const rpc::CallId& call) { return m.sealer->abort(call.id); });
  server.bind(methods::SealingRemoveRequest, [&m](const std::string& id) { return m.sealer->abort(id); });
  server.bind(methods::ComputeProof, [&m](const std::vector<rpc::ExtendedSectorInfo>& sectors, const Bytes& randomness,
                                          ChainEpoch, uint32_t) { return winning_post(m, sectors, randomness); });
}

}  // namespace nelumbo::node
