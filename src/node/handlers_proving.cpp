// CheckProvable, ComputeWindowPoSt, RecoverFault: window PoSt by hand.

#include <set>

#include "miner_parts.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;
namespace methods = rpc::miner;

/// Empty: the head.
Result<TipsetPtr> tipset_of(const MinerProcess& m, const TipsetKey& key) {
  return key.cids.empty() ? m.daemon->call(full::ChainHead) : m.daemon->call(full::ChainGetTipSet, key);
}

Result<std::map<std::string, std::string>> check_provable(const MinerProcess& m,
                                                          const std::vector<rpc::SectorRef>& sectors) {
  const auto own = TRY(m.actor.id());
  std::map<std::string, std::string> bad;
  BitField wanted;
  for (const auto& sector : sectors) {
    if (sector.id.miner == own) {
      wanted.set(sector.id.number);
    } else {
      bad[std::to_string(sector.id.number)] = "it is a sector of another miner";
    }
  }
  std::vector<mining::ProvenSector> known;
  for (const auto& each : TRY(m.daemon->call(full::StateMinerSectors, m.actor, std::optional(wanted), TipsetKey()))) {
    wanted.unset(each.sector_number);
    known.push_back(mining::proven_sector(each));
  }
  for (auto number : TRY(wanted.values())) bad[std::to_string(number)] = "it is not on the chain";
  for (auto& [number, reason] : m.poster->check(known).bad) bad[std::to_string(number)] = std::move(reason);
  return bad;
}

}  // namespace

void bind_miner_proving(rpc::Server& server, MinerProcess& m) {
  server.bind(methods::CheckProvable,
              [&](PoStType, const std::vector<rpc::SectorRef>& sectors) { return check_provable(m, sectors); });
  server.bind(methods::ComputeWindowPoSt,
              [&](uint64_t deadline, const TipsetKey& key) -> Result<std::vector<rpc::SubmitWindowedPoStParams>> {
                return m.poster->compute(deadline, TRY(tipset_of(m, key)));
              });
  server.bind(methods::RecoverFault, [&](const std::vector<SectorNumber>& sectors) -> Result<std::vector<Cid>> {
    if (sectors.empty()) return fail(ErrorCode::invalid, "no sectors are named");
    return m.poster->recover(sectors, TRY(tipset_of(m, {})));
  });
  server.bind(methods::ProvingOverview, [&] { return proving_overview(m); });
}

}  // namespace nelumbo::node
