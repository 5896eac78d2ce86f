// lotus-miner sectors batching, terminate flush|pending, numbers: what goes out together, who may use which numbers.
#include <charconv>
#include <ostream>

#include "lookup.hpp"
#include "miner_lookup.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace api = rpc::miner;

void print_sectors(Context& context, const std::vector<rpc::SectorId>& sectors) {
  for (const auto& each : sectors) context.print("{}", each.number);
}

/// Lists what waits for a batch, or sends it.
template <class Pending, class Flush>
Result<> batch(Context& context, const Pending& pending, const Flush& flush) {
  auto* miner = TRY(context.miner());
  if (!context.on("publish-now")) {
    auto sectors = TRY(miner->call(pending));
    if (context.json()) {
      context.print("{}", pretty_json(value_json(pending, sectors)));
    } else {
      print_sectors(context, sectors);
    }
    return {};
  }
  auto results = TRY(miner->call(flush));
  if (context.json()) {
    context.print("{}", pretty_json(value_json(flush, results)));
    return {};
  }
  if (results.empty()) return fail(ErrorCode::not_found, "no sectors to publish");
  for (size_t i = 0; i < results.size(); ++i) {
    const auto& result = results[i];
    context.print("Batch {}:", i);
    if (result.error.empty()) {
      context.print("\tMessage: {}", result.msg ? result.msg->str() : "<nil>");
    } else {
      context.print("\tError: {}", result.error);
    }
    context.print("\tSectors:");
    for (auto number : result.sectors) {
      std::string state = "OK";
      if constexpr (requires { result.failed_sectors; }) {
        auto it = result.failed_sectors.find(std::to_string(number));
        if (it != result.failed_sectors.end()) state = "ERROR " + it->second;
      }
      context.print("\t\t{}\t{}", number, state);
    }
  }
  return {};
}

Result<> pre_commits(Context& context) {
  return batch(context, api::SectorPreCommitPending, api::SectorPreCommitFlush);
}
Result<> commits(Context& context) { return batch(context, api::SectorCommitPending, api::SectorCommitFlush); }

Result<> terminate_flush(Context& context) {
  auto* miner = TRY(context.miner());
  auto sent = TRY(miner->call(api::SectorTerminateFlush));
  if (!sent) return fail(ErrorCode::not_found, "no sectors were queued for termination");
  context.print("terminate message: {}", sent->str());
  return {};
}

Result<> terminate_pending(Context& context) {
  auto* miner = TRY(context.miner());
  auto sectors = TRY(miner->call(api::SectorTerminatePending));
  if (context.json()) {
    print_json(context, api::SectorTerminatePending, sectors);
  } else {
    print_sectors(context, sectors);
  }
  return {};
}

std::string ranges_text(const BitField& numbers) {
  std::string out;
  for (const auto& range : numbers.ranges()) {
    out += out.empty() ? "" : ",";
    out +=
        range.end - range.begin == 1 ? std::to_string(range.begin) : fmt::format("{}-{}", range.begin, range.end - 1);
  }
  return out;
}

Result<uint64_t> parse_number(std::string_view text) {
  uint64_t out = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc() && end == text.data() + text.size() && out < INT64_MAX) return out;
  return fail(ErrorCode::invalid, "'{}' is no sector number", text);
}

/// "1,5-10,12".
Result<BitField> parse_ranges(std::string_view text) {
  std::vector<BitField::Range> out;
  while (!text.empty()) {
    auto end = std::min(text.find(','), text.size());
    auto each = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    auto dash = each.find('-');
    auto first = TRY(parse_number(each.substr(0, dash)));
    auto last = dash == each.npos ? first : TRY(parse_number(each.substr(dash + 1)));
    if (last < first) return fail(ErrorCode::invalid, "the range '{}' goes backwards", each);
    out.push_back({first, last + 1});
  }
  if (out.empty()) return fail(ErrorCode::invalid, "no sector numbers given");
  return BitField::from_ranges(std::move(out));
}

Result<> numbers_info(Context& context) {
  auto* miner = TRY(context.miner());
  auto meta = TRY(miner->call(api::SectorNumAssignerMeta));
  if (context.json()) {
    print_json(context, api::SectorNumAssignerMeta, meta);
    return {};
  }
  context.print("Next free: {}", meta.next);
  context.print("Allocated: {}", ranges_text(meta.allocated));
  context.print("Reserved: {}", ranges_text(meta.reserved));
  context.print("In use: {}", ranges_text(meta.in_use));
  return {};
}

Result<> reservations(Context& context) {
  auto* miner = TRY(context.miner());
  auto all = TRY(miner->call(api::SectorNumReservations));
  if (context.json()) {
    print_json(context, api::SectorNumReservations, all);
    return {};
  }
  for (const auto& [name, numbers] : all)
    context.print("{}: {} ({} numbers)", name, ranges_text(numbers), numbers.count());
  return {};
}

Result<> reserve(Context& context) {
  auto numbers = TRY(parse_ranges(context.args[1]));
  auto* miner = TRY(context.miner());
  return miner->call(api::SectorNumReserve, context.args[0], numbers, context.on("force"));
}

Result<> free_numbers(Context& context) {
  auto* miner = TRY(context.miner());
  return miner->call(api::SectorNumFree, context.args[0]);
}

}  // namespace

std::vector<Command> miner_sectors_batch_commands() {
  auto json = toggle("--json", "print JSON");
  auto publish = toggle("--publish-now", "send a batch now");
  return {
      {"sectors batching commit", "", "list sectors waiting in commit batch queue", {publish, json}, 0, 0, commits},
      {"sectors batching precommit",
       "",
       "list sectors waiting in precommit batch queue",
       {publish, json},
       0,
       0,
       pre_commits},
      {"sectors terminate flush",
       "",
       "Send a terminate message if there are sectors queued for termination",
       {},
       0,
       0,
       terminate_flush},
      {"sectors terminate pending",
       "",
       "List sector numbers of sectors pending termination",
       {json},
       0,
       0,
       terminate_pending},
      {"sectors numbers info", "", "view sector assigner state", {json}, 0, 0, numbers_info},
      {"sectors numbers reservations", "", "list sector number reservations", {json}, 0, 0, reservations},
      {"sectors numbers reserve",
       "[reservation name] [reserved ranges]",
       "create sector number reservations",
       {toggle("--force", "skip duplicate reservation checks (note: can lead to damaging other reservations on free)")},
       2,
       2,
       reserve},
      {"sectors numbers free", "[reservation name]", "remove sector number reservations", {}, 1, 1, free_numbers},
  };
}

}  // namespace nelumbo::cli
