// SectorPreCommit…, SectorCommit…, SectorTerminate… of batches, and SectorNum…: who may use which numbers.

#include "miner_parts.hpp"

namespace nelumbo::node {

namespace {

namespace methods = rpc::miner;

Result<std::vector<rpc::SectorId>> pending(const MinerProcess& m, sealing::Batch batch) {
  ActorId miner = TRY(m.actor.id());
  std::vector<rpc::SectorId> out;
  for (auto number : m.pipeline->pending(batch)) out.push_back({miner, number});
  return out;
}

Result<std::vector<rpc::CommitBatchResult>> flush_commits(const MinerProcess& m) {
  std::vector<rpc::CommitBatchResult> out;
  for (const auto& each : m.pipeline->flush(sealing::Batch::commit)) {
    rpc::CommitBatchResult result{.sectors = each.sectors, .msg = each.message, .error = each.error};
    for (const auto& [number, why] : each.failed) result.failed_sectors[std::to_string(number)] = why;
    out.push_back(std::move(result));
  }
  return out;
}

Result<std::vector<rpc::PreCommitBatchResult>> flush_pre_commits(const MinerProcess& m) {
  std::vector<rpc::PreCommitBatchResult> out;
  for (const auto& each : m.pipeline->flush(sealing::Batch::pre_commit))
    out.push_back({each.sectors, each.message, each.error});
  return out;
}

/// The message of the last batch; an error that no batch got past is the answer's.
Result<std::optional<Cid>> flush_terminations(const MinerProcess& m) {
  std::optional<Cid> sent;
  std::string error;
  for (const auto& each : m.pipeline->flush(sealing::Batch::terminate)) {
    if (each.message) sent = each.message;
    if (!each.error.empty()) error = each.error;
  }
  if (!sent && !error.empty()) return fail(ErrorCode::failed, "{}", error);
  return sent;
}

Result<rpc::NumAssignerMeta> numbers(MinerProcess& m) {
  rpc::NumAssignerMeta out;
  for (const auto& [name, reserved] : TRY(m.pipeline->reservations())) out.reserved = out.reserved | reserved;
  std::vector<uint64_t> own;
  for (const auto& record : m.pipeline->list()) own.push_back(record.number);
  out.allocated = BitField::from_values(std::move(own));
  auto chain = TRY(m.chain->allocated(m.actor, TipsetKey()));
  out.in_use = chain | out.reserved | out.allocated;
  const auto& used = out.in_use.ranges();
  out.next = !used.empty() && used.front().begin == 0 ? used.front().end : 0;
  return out;
}

}  // namespace

void bind_miner_batches(rpc::Server& server, MinerProcess& m) {
  using sealing::Batch;
  server.bind(methods::SectorPreCommitFlush, [&m] { return flush_pre_commits(m); });
  server.bind(methods::SectorPreCommitPending, [&m] { return pending(m, Batch::pre_commit); });
  server.bind(methods::SectorCommitFlush, [&m] { return flush_commits(m); });
  server.bind(methods::SectorCommitPending, [&m] { return pending(m, Batch::commit); });
  server.bind(methods::SectorTerminateFlush, [&m] { return flush_terminations(m); });
  server.bind(methods::SectorTerminatePending, [&m] { return pending(m, Batch::terminate); });

  server.bind(methods::SectorNumAssignerMeta, [&m] { return numbers(m); });
  server.bind(methods::SectorNumReservations, [&m] { return m.pipeline->reservations(); });
  server.bind(methods::SectorNumReserve, [&m](const std::string& name, const BitField& sectors, bool force) {
    return m.pipeline->reserve(name, sectors, force);
  });
  server.bind(methods::SectorNumReserveCount,
              [&m](const std::string& name, uint64_t count) { return m.pipeline->reserve_count(name, count); });
  server.bind(methods::SectorNumFree, [&m](const std::string& name) { return m.pipeline->free_reservation(name); });
}

}  // namespace nelumbo::node
