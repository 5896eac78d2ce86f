// Sectors…: the sectors of the miner process.

#include "miner_parts.hpp"

namespace nelumbo::node {

namespace {

Result<std::vector<SectorNumber>> sector_numbers(const MinerProcess& m) {
  auto sectors = TRY(m.daemon->call(rpc::full::StateMinerSectors, m.actor, std::nullopt, TipsetKey()));
  std::vector<SectorNumber> out;
  for (const auto& each : sectors) out.push_back(each.sector_number);
  return out;
}

}  // namespace

void bind_miner_sectors(rpc::Server& server, MinerProcess& m) {
  namespace methods = rpc::miner;
  // Every sector of this miner is on the chain: it makes none by itself yet.
  server.bind(methods::SectorsList, [&] { return sector_numbers(m); });
  server.bind(methods::SectorsSummary, [&]() -> Result<std::map<std::string, int64_t>> {
    auto sectors = TRY(sector_numbers(m));
    return std::map<std::string, int64_t>{{"Proving", static_cast<int64_t>(sectors.size())}};
  });
  server.bind(methods::SectorsListInStates,
              [&](const std::vector<std::string>& states) -> Result<std::vector<SectorNumber>> {
                for (const auto& state : states) {
                  if (state == "Proving") return sector_numbers(m);
                }
                return std::vector<SectorNumber>();
              });
}

}  // namespace nelumbo::node
