// Sectors…, Sector… of one sector, PledgeSector.

#include <algorithm>
#include <set>

#include "base/log.hpp"
#include "miner_parts.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;
namespace methods = rpc::miner;
using sealing::SectorRecord;
using sealing::SectorState;

/// A sector that the chain has and this process never sealed: of a genesis, or of another process.
constexpr std::string_view kForeignState = "Proving";

/// Every sector and its state's name.
std::map<SectorNumber, std::string> states(MinerProcess& m) {
  std::map<SectorNumber, std::string> out;
  for (auto number : sectors_on_chain(m)) out[number] = kForeignState;
  for (const auto& record : m.pipeline->list()) out[record.number] = state_name(record.state);
  return out;
}

Result<std::vector<SectorNumber>> in_states(MinerProcess& m, const std::vector<std::string>& names) {
  for (const auto& name : names) TRY(sealing::parse_state(name));
  std::vector<SectorNumber> out;
  for (const auto& [number, state] : states(m)) {
    if (std::ranges::find(names, state) != names.end()) out.push_back(number);
  }
  return out;
}

rpc::SectorInfo api_sector(const SectorRecord& r) {
  rpc::SectorInfo out;
  out.sector_id = r.number;
  out.state = state_name(r.state);
  out.comm_d = r.unsealed_cid;
  out.comm_r = r.sealed_cid;
  out.proof = r.proof_bytes;
  for (const auto& piece : r.pieces) out.pieces.push_back({{piece.size, piece.piece_cid}, {}});
  if (r.ticket) out.ticket = {to_bytes(*r.ticket), r.ticket_epoch};
  if (r.seed) out.seed = {to_bytes(*r.seed), r.seed_epoch};
  if (r.pre_commit_message) out.pre_commit_msg = r.pre_commit_message->cid;
  if (r.commit_message) out.commit_msg = r.commit_message->cid;
  if (r.update_message) out.replica_update_message = r.update_message->cid;
  out.retries = r.tries;
  out.to_upgrade = r.upgrade;
  out.last_err = r.last_error;
  for (const auto& line : r.log)
    out.log.push_back({line.kind, static_cast<uint64_t>(line.time), line.trace, line.text});
  out.seal_proof = r.proof;
  return out;
}

void add_chain_part(rpc::SectorInfo& out, const rpc::SectorOnChainInfo& chain, const rpc::SectorExpiration& when) {
  out.seal_proof = chain.seal_proof;
  out.activation = chain.activation;
  out.expiration = chain.expiration;
  out.deal_weight = chain.deal_weight;
  out.verified_deal_weight = chain.verified_deal_weight;
  out.initial_pledge = chain.initial_pledge;
  out.on_time = when.on_time;
  out.early = when.early;
}

Result<rpc::SectorInfo> status(MinerProcess& m, SectorNumber number, bool with_chain) {
  auto record = m.pipeline->get(number);
  if (!record && record.error().code != ErrorCode::not_found) return std::unexpected(std::move(record).error());
  rpc::SectorInfo out;
  if (record) out = api_sector(*record);
  if (record && !with_chain) return out;
  auto chain = TRY(m.daemon->call(full::StateSectorGetInfo, m.actor, number, TipsetKey()));
  if (!record && !chain) return fail(ErrorCode::not_found, "miner {} has no sector {}", m.actor.str(), number);
  if (!record) {
    out.sector_id = number;
    out.state = kForeignState;
    out.comm_r = chain->sealed_cid;
    out.seal_proof = chain->seal_proof;
  }
  if (!chain || !with_chain) return out;
  auto expiration = m.daemon->call(full::StateSectorExpiration, m.actor, number, TipsetKey());
  // A sector that is terminated has no expiration any more.
  if (!expiration && expiration.error().code != ErrorCode::not_found)
    return std::unexpected(std::move(expiration).error());
  add_chain_part(out, *chain, expiration.value_or(rpc::SectorExpiration()));
  return out;
}

Result<std::vector<rpc::SectorWait>> waits(MinerProcess& m) {
  std::vector<rpc::SectorWait> out;
  for (const auto& record : m.pipeline->list()) {
    if (record.state == SectorState::Removed) continue;
    auto wait = m.pipeline->wait_of(record.number);
    if (!wait && wait.error().code == ErrorCode::not_found) continue;  // gone since
    auto found = TRY(std::move(wait));
    out.push_back({record.number, std::string(state_name(record.state)), std::move(found.reason),
                   found.in_state.count(), found.over_normal.count()});
  }
  return out;
}

Result<> update(MinerProcess& m, SectorNumber number, const std::string& state, bool force) {
  return m.pipeline->update_state(number, TRY(sealing::parse_state(state)), force);
}

Result<> start_sealing(MinerProcess& m, SectorNumber number) {
  auto record = TRY(m.pipeline->get(number));
  if (record.state != SectorState::Empty && record.state != SectorState::WaitDeals) {
    return fail(ErrorCode::invalid, "sector {} is in {}: only one that waits for deals can be started", number,
                state_name(record.state));
  }
  return m.pipeline->update_state(number, SectorState::Packing, false);
}

void bind_lists(rpc::Server& server, MinerProcess& m) {
  server.bind(methods::SectorsList, [&m]() -> Result<std::vector<SectorNumber>> {
    std::vector<SectorNumber> out;
    for (const auto& [number, state] : states(m)) out.push_back(number);
    return out;
  });
  server.bind(methods::SectorsSummary, [&m]() -> Result<std::map<std::string, int64_t>> {
    std::map<std::string, int64_t> out;
    for (const auto& [number, state] : states(m)) ++out[state];
    return out;
  });
  server.bind(methods::SectorsListInStates,
              [&m](const std::vector<std::string>& names) { return in_states(m, names); });
  // Sectors of this process hold no deals.
  server.bind(methods::SectorsRefs, []() -> Result<std::map<std::string, std::vector<rpc::SealedRef>>> {
    return std::map<std::string, std::vector<rpc::SealedRef>>();
  });
  server.bind(methods::SectorsStatus,
              [&m](SectorNumber number, bool with_chain) { return status(m, number, with_chain); });
  server.bind(methods::SectorsWaits, [&m] { return waits(m); });
}

/// A duration in nanoseconds that stays over a restart.
void bind_duration(rpc::Server& server, const std::shared_ptr<KvStore>& kv, const auto& set, const auto& get,
                   std::string key, Seconds otherwise) {
  server.bind(set, [kv, key](int64_t nanoseconds) -> Result<> {
    if (nanoseconds < 0) return fail(ErrorCode::invalid, "a duration must not be negative");
    return store_number(*kv, key, nanoseconds);
  });
  server.bind(get, [kv, key, otherwise]() -> Result<int64_t> {
    return TRY(stored_number(*kv, key)).value_or(std::chrono::nanoseconds(otherwise).count());
  });
}

}  // namespace

std::vector<SectorNumber> sectors_on_chain(MinerProcess& m) {
  auto sectors = m.daemon->call(rpc::full::StateMinerSectors, m.actor, std::nullopt, TipsetKey());
  std::lock_guard lock(m.seen_mutex);
  if (!sectors) {
    log_warn("miner", "sectors on the chain, as last seen: {}", sectors.error().message);
    return m.seen_on_chain;
  }
  m.seen_on_chain.clear();
  for (const auto& each : *sectors) m.seen_on_chain.push_back(each.sector_number);
  return m.seen_on_chain;
}

void bind_miner_sectors(rpc::Server& server, MinerProcess& m) {
  bind_lists(server, m);
  bind_duration(server, m.kv, methods::SectorSetSealDelay, methods::SectorGetSealDelay, "seal-delay",
                m.config.wait_deals_delay);
  bind_duration(server, m.kv, methods::SectorSetExpectedSealDuration, methods::SectorGetExpectedSealDuration,
                "expected-seal-duration", m.config.expected_seal_duration);
  server.bind(methods::PledgeSector, [&m]() -> Result<rpc::SectorId> {
    ActorId miner = TRY(m.actor.id());
    SectorNumber number = TRY(m.pipeline->pledge());
    return rpc::SectorId{miner, number};
  });
  server.bind(methods::SectorsUpdate,
              [&m](SectorNumber number, const std::string& state) { return update(m, number, state, false); });
  server.bind(methods::SectorsForce,
              [&m](SectorNumber number, const std::string& state) { return update(m, number, state, true); });
  // Pieces come with deals, which this process does not take yet: none waits for a sector.
  server.bind(methods::SectorMatchPendingPiecesToOpenSectors, []() -> Result<> { return {}; });
  server.bind(methods::SectorStartSealing, [&m](SectorNumber number) { return start_sealing(m, number); });
  server.bind(methods::SectorRemove, [&m](SectorNumber number) { return m.pipeline->remove(number); });
  server.bind(methods::SectorTerminate, [&m](SectorNumber number) { return m.pipeline->terminate(number); });
  server.bind(methods::SectorMarkForUpgrade, [&m](SectorNumber number, bool snap) -> Result<> {
    if (!snap) return fail(ErrorCode::invalid, "only snap deals upgrades are supported");
    return m.pipeline->mark_for_upgrade(number);
  });
  server.bind(methods::SectorAbortUpgrade, [&m](SectorNumber number) { return m.pipeline->abort_upgrade(number); });
}

}  // namespace nelumbo::node
