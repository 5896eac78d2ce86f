// lotus-miner sectors …: what the chain says of sectors, and messages that change it there.
#include <algorithm>
#include <fstream>
#include <ostream>

#include "actors/miner_params.hpp"
#include "actors/policy.hpp"
#include "lookup.hpp"
#include "miner_lookup.hpp"
#include "print.hpp"
#include "types/json.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;
namespace api = rpc::miner;

constexpr ChainEpoch kEpochsPerHour = kEpochsPerDay / 24;
using actors::kMaxSectorExpirationExtension, actors::kMaxSectorLifetime;
constexpr ChainEpoch kWinningLookback = 900;
constexpr MethodNum kExtendExpiration2 = 32, kCompactPartitions = 19;  ///< of the miner actor

/// The miner on the chain at one head.
struct View {
  rpc::Client* node = nullptr;
  Address actor;
  TipsetPtr head;
  TipsetKey key() const { return head->key(); }
};
Result<View> view_of(Context& context) {
  View out;
  out.node = TRY(context.node());
  out.actor = TRY(actor_of(context));
  out.head = TRY(out.node->call(full::ChainHead));
  return out;
}

/// The last epoch that a sector can be promised until.
ChainEpoch latest_expiration(const rpc::SectorOnChainInfo& sector, ChainEpoch now) {
  return std::min(now + kMaxSectorExpirationExtension, sector.activation + kMaxSectorLifetime);
}

Result<> send_or_print(Context& context, const View& view, MethodNum method, Bytes params, const JsonValue& shown) {
  if (!context.on("really-do-it")) {
    context.print("{}", shown.dump(2));
    context.err << "nothing was sent: pass --really-do-it\n";
    return {};
  }
  Message message;
  message.to = view.actor;
  message.from = TRY(view.node->call(full::StateMinerInfo, view.actor, view.key())).worker;
  message.method = method;
  message.params = std::move(params);
  rpc::MessageSendSpec spec;
  if (context.given("max-fee")) spec.max_fee = TRY_IN("--max-fee", parse_fil(context.text("max-fee")));
  auto sent = TRY(view.node->call(full::MpoolPushMessage, message, std::optional(spec)));
  context.print("{}", sent.cid().str());
  return {};
}

Result<> pre_commits(Context& context) {
  auto view = TRY(view_of(context));
  auto* miner = TRY(context.miner());
  JsonValue all = JsonValue::array();
  Table table({"ID", "Epoch", "Deposit", "Expiration"});
  for (auto number : TRY(miner->call(api::SectorsList))) {
    auto found = TRY(view.node->call(full::StateSectorPreCommitInfo, view.actor, number, view.key()));
    if (!found) continue;
    all.push_back(to_json(*found));
    table.add({{"ID", std::to_string(number)},
               {"Epoch", std::to_string(found->pre_commit_epoch)},
               {"Deposit", fil_short(found->pre_commit_deposit)},
               {"Expiration", std::to_string(found->info.expiration)}});
  }
  if (context.json()) {
    context.print("{}", all.dump(2));
  } else {
    table.print(context.out);
  }
  return {};
}

std::string at_text(ChainEpoch epoch, ChainEpoch now) {
  const auto days = static_cast<double>(epoch - now) / kEpochsPerDay;
  return fmt::format("{} ({:+.1f} days)", epoch, days);
}

Result<> check_expire(Context& context) {
  auto view = TRY(view_of(context));
  const auto cutoff = TRY(context.number("cutoff"));
  const auto now = view.head->height();
  auto sectors = TRY(view.node->call(full::StateMinerActiveSectors, view.actor, view.key()));
  std::erase_if(sectors, [&](const auto& each) { return each.expiration > now + cutoff; });
  std::ranges::sort(sectors, {}, &rpc::SectorOnChainInfo::expiration);
  if (context.json()) {
    context.print("{}", to_json(sectors).dump(2));
    return {};
  }
  Table table({"ID", "SealProof", "InitialPledge", "Activation", "Expiration", "MaxExpiration", "MaxExtendNow"});
  for (const auto& each : sectors) {
    table.add({{"ID", std::to_string(each.sector_number)},
               {"SealProof", std::to_string(static_cast<int64_t>(each.seal_proof))},
               {"InitialPledge", fil_short(each.initial_pledge)},
               {"Activation", at_text(each.activation, now)},
               {"Expiration", at_text(each.expiration, now)},
               {"MaxExpiration", at_text(each.activation + kMaxSectorLifetime, now)},
               {"MaxExtendNow", at_text(latest_expiration(each, now), now)}});
  }
  table.print(context.out);
  return {};
}

/// Those that are in a partition and neither terminated nor expired: the chain's list of sectors keeps these until
/// their partition is compacted.
Result<BitField> live_sectors(const View& view, const TipsetKey& at) {
  BitField out;
  for (uint64_t deadline = 0; deadline < actors::kDeadlines; ++deadline) {
    for (const auto& partition : TRY(view.node->call(full::StateMinerPartitions, view.actor, deadline, at)))
      out = out | partition.live_sectors;
  }
  return out;
}

/// Sectors that this miner holds and that the chain had no more already when winning PoSt looks back.
Result<> expired(Context& context) {
  auto view = TRY(view_of(context));
  auto* miner = TRY(context.miner());
  const auto height = context.given("expired-epoch") ? TRY(context.number("expired-epoch"))
                                                     : std::max<ChainEpoch>(0, view.head->height() - kWinningLookback);
  if (height < 0 || height > view.head->height())
    return fail(ErrorCode::invalid, "--expired-epoch {} is not between 0 and the head, {}", height,
                view.head->height());
  auto then = TRY(view.node->call(full::ChainGetTipSetByHeight, height, view.key()));
  const auto alive = TRY(live_sectors(view, view.key())) | TRY(live_sectors(view, then->key()));
  std::vector<std::pair<SectorNumber, std::string>> gone;
  for (auto number : TRY(miner->call(api::SectorsList))) {
    if (alive.contains(number)) continue;
    auto sector = TRY(miner->call(api::SectorsStatus, number, false));
    if (sector.state == "Removed" && !context.on("show-removed")) continue;
    // One that has never been on the chain is being sealed.
    if (!sector.commit_msg) continue;
    gone.emplace_back(number, sector.state);
  }
  JsonValue all = JsonValue::array();
  for (const auto& [number, state] : gone) {
    const bool remove = context.on("remove-expired") && state != "Removed";
    all.push_back({{"Sector", number}, {"State", state}, {"Removing", remove}});
    if (!context.json()) context.print("{}\t{}", number, state);
    if (remove) TRY(miner->call(api::SectorRemove, number));
  }
  if (context.json()) context.print("{}", all.dump(2));
  return {};
}

Result<> cc_collateral(Context& context) {
  auto view = TRY(view_of(context));
  const auto expiration = context.given("expiration") ? TRY(context.number("expiration"))
                                                      : view.head->height() + kMaxSectorExpirationExtension;
  const auto duration = expiration - view.head->height();
  if (duration <= 0) return fail(ErrorCode::invalid, "the epoch {} is not after the head's", expiration);
  auto info = TRY(view.node->call(full::StateMinerInfo, view.actor, view.key()));
  rpc::SectorPreCommitInfo sector;
  sector.seal_proof = TRY(seal_proof_for_size(info.sector_size));
  sector.expiration = expiration;
  auto deposit = TRY(view.node->call(full::StateMinerPreCommitDepositForPower, view.actor, sector, view.key()));
  auto pledge =
      TRY(view.node->call(full::StateMinerInitialPledgeForSector, duration, info.sector_size, uint64_t{0}, view.key()));
  if (context.json()) {
    context.print(
        "{}",
        JsonValue{{"Expiration", expiration}, {"PreCommitDeposit", deposit.str()}, {"InitialPledge", pledge.str()}}
            .dump(2));
    return {};
  }
  context.print("Estimated collateral: {}", fil_string(std::max(deposit, pledge)));
  context.print("\tof it the deposit of the pre-commitment: {}", fil_string(deposit));
  return {};
}

/// One sector number in each line.
Result<BitField> read_numbers(const std::string& file) {
  auto text = TRY(read_text_file(expand_home(file)));
  BitField out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    char* end = nullptr;
    const auto number = std::strtoull(line.c_str(), &end, 10);
    if (end == line.c_str() || *end != '\0')
      return fail(ErrorCode::invalid, "{}: '{}' is no sector number", file, line);
    out.set(number);
  }
  return out;
}

/// What `sectors extend` was asked for.
struct Wanted {
  ChainEpoch from = 0, to = 0, extension = 0, new_expiration = 0, tolerance = 0;
  std::optional<BitField> only;
  BitField exclude;
};
Result<Wanted> wanted(Context& context, ChainEpoch now) {
  Wanted out;
  out.from = context.given("from") ? TRY(context.number("from")) : now + kEpochsPerHour;
  out.to = context.given("to") ? TRY(context.number("to")) : now + 32 * kEpochsPerDay;
  out.extension = TRY(context.number("extension"));
  out.new_expiration = TRY(context.number("new-expiration"));
  out.tolerance = TRY(context.number("tolerance"));
  if (context.given("sector-file")) out.only = TRY(read_numbers(context.text("sector-file")));
  for (size_t i = 0; i < context.args.size(); ++i) {
    if (!out.only) out.only.emplace();
    out.only->set(TRY(number_argument(context, i, "sector number")));
  }
  if (context.given("exclude")) out.exclude = TRY(read_numbers(context.text("exclude")));
  return out;
}

/// The new expiration of a sector; nullopt when it is not to be extended.
std::optional<ChainEpoch> extended(const Wanted& w, const rpc::SectorOnChainInfo& sector, ChainEpoch now) {
  if (w.exclude.contains(sector.sector_number)) return std::nullopt;
  if (w.only ? !w.only->contains(sector.sector_number) : sector.expiration < w.from || sector.expiration > w.to)
    return std::nullopt;
  auto wish = w.new_expiration > 0 ? w.new_expiration : sector.expiration + w.extension;
  wish = std::min(wish, latest_expiration(sector, now));
  if (wish <= sector.expiration + w.tolerance) return std::nullopt;
  return wish;
}

Result<> extend(Context& context) {
  auto view = TRY(view_of(context));
  const auto now = view.head->height();
  auto w = TRY(wanted(context, now));
  const auto most = TRY(context.number("max-sectors"));
  if (most < 1) return fail(ErrorCode::invalid, "--max-sectors must be positive");
  struct Place {
    uint64_t deadline, partition;
    ChainEpoch expiration;
    auto operator<=>(const Place&) const = default;
  };
  std::map<Place, std::vector<uint64_t>> groups;
  for (const auto& sector : TRY(view.node->call(full::StateMinerActiveSectors, view.actor, view.key()))) {
    auto expiration = extended(w, sector, now);
    if (!expiration) continue;
    if (sector.verified_deal_weight > 0) {
      context.err << fmt::format(
          "sector {} has verified deals, whose claims must be kept or dropped one by one: left "
          "out\n",
          sector.sector_number);
      continue;
    }
    auto where = TRY(view.node->call(full::StateSectorPartition, view.actor, sector.sector_number, view.key()));
    groups[{where.deadline, where.partition, *expiration}].push_back(sector.sector_number);
  }
  if (groups.empty()) {
    context.print("nothing to extend");
    return {};
  }
  actors::ExtendSectorExpiration2Params params;
  int64_t in_message = 0;
  auto send = [&]() -> Result<> {
    if (params.extensions.empty()) return {};
    auto shown = to_json(params);
    auto encoded = to_cbor(params);
    params.extensions.clear();
    in_message = 0;
    return send_or_print(context, view, kExtendExpiration2, std::move(encoded), shown);
  };
  for (auto& [place, numbers] : groups) {
    for (size_t i = 0; i < numbers.size();) {
      const auto count = std::min(numbers.size() - i, static_cast<size_t>(most - in_message));
      std::vector<uint64_t> part(numbers.begin() + static_cast<ptrdiff_t>(i),
                                 numbers.begin() + static_cast<ptrdiff_t>(i + count));
      params.extensions.push_back(
          {place.deadline, place.partition, BitField::from_values(std::move(part)), {}, place.expiration});
      in_message += static_cast<int64_t>(count);
      i += count;
      if (in_message == most) TRY(send());
    }
  }
  return send();
}

Result<> compact(Context& context) {
  auto view = TRY(view_of(context));
  if (!context.given("deadline")) return fail(ErrorCode::invalid, "--deadline must be given");
  const auto deadline = TRY(context.number("deadline"));
  if (deadline < 0 || deadline >= 48) return fail(ErrorCode::invalid, "--deadline must be from 0 to 47");
  std::vector<uint64_t> partitions;
  for (const auto& each : context.texts("partitions")) {
    char* end = nullptr;
    partitions.push_back(std::strtoull(each.c_str(), &end, 10));
    if (*end != '\0') return fail(ErrorCode::invalid, "--partitions: '{}' is no partition's number", each);
  }
  if (partitions.empty()) return fail(ErrorCode::invalid, "--partitions must name at least one");
  actors::CompactPartitionsParams params{static_cast<uint64_t>(deadline), BitField::from_values(std::move(partitions))};
  return send_or_print(context, view, kCompactPartitions, to_cbor(params), to_json(params));
}

}  // namespace

std::vector<Command> miner_sectors_chain_commands() {
  auto json = toggle("--json", "print JSON");
  auto really = toggle("--really-do-it", "Actually send transaction performing the action");
  return {
      {"sectors precommits", "", "Print on-chain precommit info", {json}, 0, 0, pre_commits},
      {"sectors check-expire",
       "",
       "Inspect expiring sectors",
       {number("--cutoff", "skip sectors whose current expiration is more than <cutoff> epochs from now", "172800"),
        json},
       0,
       0,
       check_expire},
      {"sectors expired",
       "",
       "Get or cleanup expired sectors",
       {toggle("--show-removed", "show removed sectors"), toggle("--remove-expired", "remove expired sectors"),
        number("--expired-epoch", "epoch at which to check sector expirations (default: WinningPoSt lookback epoch)"),
        json},
       0,
       0,
       expired},
      {"sectors get-cc-collateral",
       "",
       "Get the collateral required to pledge a committed capacity sector",
       {number("--expiration", "the epoch when the sector will expire"), json},
       0,
       0,
       cc_collateral},
      {"sectors extend",
       "<sectorNumbers...(optional)>",
       "Extend expiring sectors while not exceeding each sector's max life",
       {number("--from", "only consider sectors whose expiration epoch is from this on (default: now + 120)"),
        number("--to", "only consider sectors whose expiration epoch is up to this (default: now + 92160)"),
        text("--sector-file", "a file with one sector number in each line, ignoring above selecting criteria"),
        text("--exclude", "a file with excluded sectors"),
        number("--extension", "try to extend selected sectors by this number of epochs", "1555200"),
        number("--new-expiration", "try to extend selected sectors to this epoch, ignoring extension"),
        number("--tolerance", "don't try to extend sectors by fewer than this number of epochs", "20160"),
        text("--max-fee", "use up to this amount of FIL for one message"),
        number("--max-sectors", "the maximum number of sectors contained in each message", "200"), really},
       0,
       1000,
       extend},
      {"sectors compact-partitions",
       "",
       "removes dead sectors from partitions and reduces the number of partitions used if possible",
       {number("--deadline", "the deadline to compact the partitions in"),
        many("--partitions", "partitions to compact sectors in"), really},
       0,
       0,
       compact},
  };
}

}  // namespace nelumbo::cli
