// lotus-miner sectors …: what this miner knows of its sectors, and orders to its pipeline.
#include <algorithm>
#include <ostream>

#include "engine/proofs.hpp"
#include "lookup.hpp"
#include "miner_lookup.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;
namespace api = rpc::miner;

/// What the list shows of each sector on the chain.
struct OnChain {
  std::map<SectorNumber, rpc::SectorOnChainInfo> sectors;
  BitField active;
  ChainEpoch now = 0;
};

Result<OnChain> on_chain(Context& context, const Address& actor) {
  auto* node = TRY(context.node());
  auto head = TRY(node->call(full::ChainHead));
  OnChain out;
  out.now = head->height();
  for (auto& each : TRY(node->call(full::StateMinerSectors, actor, std::optional<BitField>(), head->key())))
    out.sectors[each.sector_number] = std::move(each);
  std::vector<uint64_t> active;
  for (const auto& each : TRY(node->call(full::StateMinerActiveSectors, actor, head->key())))
    active.push_back(each.sector_number);
  out.active = BitField::from_values(std::move(active));
  return out;
}

std::string expiration_text(ChainEpoch expiration, ChainEpoch now) {
  constexpr int64_t kEpochsPerDay = 2880;
  const auto left = expiration - now;
  if (left <= 0) return fmt::format("{} (expired)", expiration);
  return fmt::format("{} (in {} days)", expiration, left / kEpochsPerDay);
}

/// Another actor's sectors are known from the chain alone.
Result<std::vector<rpc::SectorInfo>> sectors_of(Context& context, const OnChain& chain) {
  std::vector<rpc::SectorInfo> out;
  if (context.given("actor")) {
    for (const auto& [number, sector] : chain.sectors) {
      rpc::SectorInfo info;
      info.sector_id = number;
      info.state = "Proving";
      info.comm_r = sector.sealed_cid;
      out.push_back(std::move(info));
    }
    return out;
  }
  auto* miner = TRY(context.miner());
  auto states = context.texts("states");
  auto numbers = TRY(states.empty() ? miner->call(api::SectorsList) : miner->call(api::SectorsListInStates, states));
  for (auto number : numbers) {
    auto info = miner->call(api::SectorsStatus, number, false);
    if (!info && info.error().code == ErrorCode::not_found) continue;  // gone since
    out.push_back(TRY(std::move(info)));
  }
  return out;
}

bool shown(const Context& context, const rpc::SectorInfo& sector) {
  if (sector.state == "Removed" && !context.on("show-removed")) return false;
  return !context.on("unproven") || sector.state != "Proving";
}

/// From the log: when the sector began, and when it was done.
std::string seal_time(const rpc::SectorInfo& sector) {
  if (sector.log.empty() || sector.state != "Proving") return "";
  return duration_string(std::chrono::seconds(sector.log.back().timestamp - sector.log.front().timestamp));
}

std::map<std::string, std::string> row_of(Context& context, const rpc::SectorInfo& sector, const OnChain& chain) {
  std::map<std::string, std::string> row{{"ID", std::to_string(sector.sector_id)}, {"State", sector.state}};
  if (!context.on("fast")) {
    auto it = chain.sectors.find(sector.sector_id);
    row["OnChain"] = it != chain.sectors.end() ? "YES" : "NO";
    row["Active"] = chain.active.contains(sector.sector_id) ? "YES" : "NO";
    if (it != chain.sectors.end()) {
      row["Expiration"] = expiration_text(it->second.expiration, chain.now);
      if (context.on("initial-pledge")) row["Pledge"] = fil_short(it->second.initial_pledge);
    }
  }
  if (context.on("events")) row["Events"] = std::to_string(sector.log.size());
  if (context.on("seal-time")) row["Seal Time"] = seal_time(sector);
  if (sector.comm_r) row["SealedCID"] = sector.comm_r->str();
  if (!sector.last_err.empty()) row["Error"] = sector.last_err;
  return row;
}

Result<> sectors_list(Context& context) {
  OnChain chain;
  if (!context.on("fast") || context.given("actor")) {
    auto actor = TRY(actor_of(context));
    chain = TRY(on_chain(context, actor));
  }
  auto sectors = TRY(sectors_of(context, chain));
  std::erase_if(sectors, [&](const auto& each) { return !shown(context, each); });
  if (context.json()) {
    std::string out;
    for (const auto& each : sectors) out += (out.empty() ? "" : ",") + value_json(api::SectorsStatus, each);
    context.print("{}", pretty_json("[" + out + "]"));
    return {};
  }
  Table table(
      {"ID", "State", "OnChain", "Active", "Expiration", "Pledge", "Seal Time", "Events", "SealedCID", "Error"});
  for (const auto& each : sectors) table.add(row_of(context, each, chain));
  table.print(context.out);
  return {};
}

Result<std::optional<rpc::SectorWait>> wait_of(rpc::Client& miner, SectorNumber number) {
  for (auto& wait : TRY(miner.call(api::SectorsWaits))) {
    if (wait.sector == number) return std::optional(std::move(wait));
  }
  return std::optional<rpc::SectorWait>();
}

std::string cid_text(const std::optional<Cid>& cid) { return cid ? cid->str() : "<nil>"; }

void print_log(Context& context, const rpc::SectorInfo& sector) {
  context.print("--------\nEvent Log:");
  for (size_t i = 0; i < sector.log.size(); ++i) {
    const auto& line = sector.log[i];
    context.print("{}.\t{}:\t[{}]\t{}", i, stamp(line.timestamp), line.kind, line.message);
    if (!line.trace.empty()) context.print("\t{}", line.trace);
  }
}

void print_chain_part(Context& context, const rpc::SectorInfo& sector) {
  context.print("\nSector On Chain Info");
  context.print("SealProof:\t\t{}", static_cast<int64_t>(sector.seal_proof));
  context.print("Activation:\t\t{}", sector.activation);
  context.print("Expiration:\t\t{}", sector.expiration);
  context.print("DealWeight:\t\t{}", sector.deal_weight.str());
  context.print("VerifiedDealWeight:\t{}", sector.verified_deal_weight.str());
  context.print("InitialPledge:\t\t{}", fil_string(sector.initial_pledge));
  context.print("\nExpiration Info");
  context.print("OnTime:\t\t{}", sector.on_time);
  context.print("Early:\t\t{}", sector.early);
}

Result<> print_partition(Context& context, SectorNumber number) {
  auto* node = TRY(context.node());
  auto actor = TRY(actor_of(context));
  auto where = TRY(node->call(full::StateSectorPartition, actor, number, TipsetKey()));
  auto partitions = TRY(node->call(full::StateMinerPartitions, actor, where.deadline, TipsetKey()));
  context.print("\nSector Partition Info\nDeadline:\t{}\nPartition:\t{}", where.deadline, where.partition);
  if (where.partition >= partitions.size()) return {};
  const auto& partition = partitions[where.partition];
  context.print("Faulty:\t\t{}\nRecovering:\t{}\nLive:\t\t{}\nActive:\t\t{}", partition.faulty_sectors.contains(number),
                partition.recovering_sectors.contains(number), partition.live_sectors.contains(number),
                partition.active_sectors.contains(number));
  return {};
}

Result<> sectors_status(Context& context) {
  auto number = TRY(number_argument(context, 0, "sector number"));
  auto* miner = TRY(context.miner());
  auto sector = TRY(miner->call(api::SectorsStatus, number, context.on("on-chain-info")));
  if (context.json()) {
    print_json(context, api::SectorsStatus, sector);
    return {};
  }
  context.print("SectorID:\t{}", sector.sector_id);
  context.print("Status:\t\t{}", sector.state);
  context.print("CIDcommD:\t{}", cid_text(sector.comm_d));
  context.print("CIDcommR:\t{}", cid_text(sector.comm_r));
  context.print("Ticket:\t\t{}", to_hex(sector.ticket.value));
  context.print("TicketH:\t{}", sector.ticket.epoch);
  context.print("Seed:\t\t{}", to_hex(sector.seed.value));
  context.print("SeedH:\t\t{}", sector.seed.epoch);
  context.print("Precommit:\t{}", cid_text(sector.pre_commit_msg));
  context.print("Commit:\t\t{}", cid_text(sector.commit_msg));
  if (context.on("proof")) context.print("Proof:\t\t{}", to_hex(sector.proof));
  context.print("Retries:\t{}", sector.retries);
  if (!sector.last_err.empty()) context.print("Last Error:\t{}", sector.last_err);
  if (auto wait = TRY(wait_of(*miner, number))) {
    context.print("Waits:\t\t{} (in {} for {})", wait->reason.empty() ? "nothing" : wait->reason, wait->state,
                  duration_string(std::chrono::seconds(wait->in_state)));
  }
  if (context.on("on-chain-info")) print_chain_part(context, sector);
  if (context.on("partition-info")) TRY(print_partition(context, number));
  if (context.on("log")) print_log(context, sector);
  return {};
}

Result<> sectors_stuck(Context& context) {
  auto* miner = TRY(context.miner());
  auto waits = TRY(miner->call(api::SectorsWaits));
  if (!context.on("all")) std::erase_if(waits, [](const auto& each) { return each.over_normal <= 0; });
  if (context.json()) {
    print_json(context, api::SectorsWaits, waits);
    return {};
  }
  Table table({"ID", "State", "For", "Over", "Waits for"});
  for (const auto& wait : waits) {
    table.add({{"ID", std::to_string(wait.sector)},
               {"State", wait.state},
               {"For", duration_string(std::chrono::seconds(wait.in_state))},
               {"Over", wait.over_normal > 0 ? duration_string(std::chrono::seconds(wait.over_normal)) : ""},
               {"Waits for", wait.reason}});
  }
  table.print(context.out);
  return {};
}

Result<> sectors_refs(Context& context) {
  auto* miner = TRY(context.miner());
  auto refs = TRY(miner->call(api::SectorsRefs));
  if (context.json()) {
    print_json(context, api::SectorsRefs, refs);
    return {};
  }
  for (const auto& [name, places] : refs) {
    context.print("Block {}:", name);
    for (const auto& place : places) context.print("\t{}+{} {} bytes", place.sector_id, place.offset, place.size);
  }
  return {};
}

/// What a new sector will wait for later, as far as it is known now.
Result<> print_prospects(Context& context, rpc::Client& miner, SectorNumber number) {
  if (auto wait = TRY(wait_of(miner, number)); wait && !wait->reason.empty())
    context.print("{}: {}", wait->state, wait->reason);
  auto actor = TRY(miner.call(api::ActorAddress));
  auto size = TRY(miner.call(api::ActorSectorSize, actor));
  if (!TRY(parameters::present(parameters::Kind::porep, size))) {
    context.print(
        "The PoRep parameters of {} sectors are not in this machine's {}: a sector with real proofs waits for them at "
        "Committing (`lotus-miner fetch-params {}`)",
        size_string(size), parameter_cache_folder().string(), size_string(size));
  }
  return {};
}

Result<> sectors_pledge(Context& context) {
  auto* miner = TRY(context.miner());
  auto made = TRY(miner->call(api::PledgeSector));
  if (context.json()) {
    print_json(context, api::PledgeSector, made);
    return {};
  }
  context.print("Created CC sector:  {}", made.number);
  return print_prospects(context, *miner, made.number);
}

Result<> need_really(const Context& context, std::string_view what) {
  if (context.on("really-do-it")) return {};
  return fail(ErrorCode::invalid, "{}: pass --really-do-it to execute it", what);
}

Result<> update_state(Context& context) {
  auto number = TRY(number_argument(context, 0, "sector number"));
  TRY(need_really(context, "this is an advanced command that can lose a sector"));
  auto* miner = TRY(context.miner());
  if (context.on("force")) return miner->call(api::SectorsForce, number, context.args[1]);
  return miner->call(api::SectorsUpdate, number, context.args[1]);
}

Result<> sectors_remove(Context& context) {
  auto number = TRY(number_argument(context, 0, "sector number"));
  TRY(need_really(context, "removing a sector that is proven costs its power and collateral"));
  auto* miner = TRY(context.miner());
  return miner->call(api::SectorRemove, number);
}

/// A method of the miner that takes a sector's number and gives nothing.
template <class M>
std::function<Result<>(Context&)> with_number(const M& method, std::string_view needs = "") {
  return [&method, needs](Context& context) -> Result<> {
    auto number = TRY(number_argument(context, 0, "sector number"));
    if (!needs.empty()) TRY(need_really(context, needs));
    auto* miner = TRY(context.miner());
    return miner->call(method, number);
  };
}

Result<> snap_up(Context& context) {
  auto number = TRY(number_argument(context, 0, "sector number"));
  auto* miner = TRY(context.miner());
  return miner->call(api::SectorMarkForUpgrade, number, true);
}

Result<> set_seal_delay(Context& context) {
  auto amount = TRY(number_argument(context, 0, "time"));
  constexpr uint64_t kMost = 1'000'000'000;
  if (amount > kMost) return fail(ErrorCode::invalid, "a delay of {} is too long", amount);
  const auto seconds = static_cast<int64_t>(amount) * (context.on("seconds") ? 1 : 60);
  auto* miner = TRY(context.miner());
  return miner->call(api::SectorSetSealDelay, std::chrono::nanoseconds(std::chrono::seconds(seconds)).count());
}

Result<> match_pending_pieces(Context& context) {
  auto* miner = TRY(context.miner());
  TRY(miner->call(api::SectorMatchPendingPiecesToOpenSectors));
  context.err << "no piece waits for a sector: lotus-miner takes no deals yet\n";
  return {};
}

}  // namespace

std::vector<Command> miner_sectors_commands() {
  auto json = toggle("--json", "print JSON");
  auto really = toggle("--really-do-it", "pass this flag if you know what you are doing");
  return {
      {"sectors list",
       "",
       "List sectors",
       {toggle("--show-removed,-r", "show removed sectors"),
        toggle("--fast,-f", "don't show on-chain info for better performance"),
        toggle("--events,-e", "display number of events the sector has received"),
        toggle("--initial-pledge,-p", "display initial pledge"),
        toggle("--seal-time,-t", "display how long it took for the sector to be sealed"),
        text("--states", "filter sectors by a comma-separated list of states"),
        toggle("--unproven,-u", "only show sectors which aren't in the 'Proving' state"), json},
       0,
       0,
       sectors_list},
      {"sectors status",
       "<sectorNum>",
       "Get the seal status of a sector by its number",
       {toggle("--log,-l", "display event log"), toggle("--on-chain-info,-c", "show sector on chain info"),
        toggle("--partition-info,-p", "show partition related info"),
        toggle("--proof", "print snark proof bytes as hex"), json},
       1,
       1,
       sectors_status},
      {"sectors stuck",
       "",
       "List sectors that are in a state for longer than is normal, and what they wait for",
       {toggle("--all", "what every sector waits for"), json},
       0,
       0,
       sectors_stuck},
      {"sectors refs", "", "List References to sectors", {json}, 0, 0, sectors_refs},
      {"sectors pledge", "", "store random data in a sector", {json}, 0, 0, sectors_pledge},
      {"sectors update-state",
       "<sectorNum> <newState>",
       "ADVANCED: manually update the state of a sector, this may aid in error recovery",
       {really, toggle("--force", "also a state from which the sector would be sealed or paid for twice")},
       2,
       2,
       update_state},
      {"sectors remove",
       "<sectorNum>",
       "Forcefully remove a sector (WARNING: This means losing power and collateral for the removed sector (use "
       "'terminate' for lower penalty))",
       {really},
       1,
       1,
       sectors_remove},
      {"sectors terminate",
       "<sectorNum>",
       "Terminate sector on-chain then remove (WARNING: This means losing power and collateral for the removed sector)",
       {really},
       1,
       1,
       with_number(api::SectorTerminate, "terminating a sector costs its power and a fee")},
      {"sectors seal",
       "<sectorNum>",
       "Manually start sealing a sector (filling any unused space with junk)",
       {},
       1,
       1,
       with_number(api::SectorStartSealing)},
      {"sectors match-pending-pieces",
       "",
       "Match pieces that wait to sectors that are open, without waiting for more deals",
       {},
       0,
       0,
       match_pending_pieces},
      {"sectors snap-up", "<sectorNum>", "Mark a committed capacity sector to be filled with deals", {}, 1, 1, snap_up},
      {"sectors abort-upgrade",
       "<sectorNum>",
       "Abort the attempted (SnapDeals) upgrade of a CC sector, reverting it to as before",
       {really},
       1,
       1,
       with_number(api::SectorAbortUpgrade, "the upgrade's work is lost")},
      {"sectors set-seal-delay",
       "<time>",
       "Set the time (in minutes) that a new sector waits for deals before sealing starts",
       {toggle("--seconds", "Specifies that the time argument should be in seconds")},
       1,
       1,
       set_seal_delay},
  };
}

}  // namespace nelumbo::cli
