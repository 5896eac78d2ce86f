// lotus sync …
#include <algorithm>
#include <ctime>
#include <deque>
#include <ostream>
#include <thread>

#include "lookup.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

constexpr auto kTick = std::chrono::seconds(1);

bool runs(const rpc::ActiveSync& sync) {
  using enum rpc::SyncStage;
  return sync.stage != idle && sync.stage != complete && sync.stage != errored;
}

/// Unix seconds of a time as the API gives it; nullopt for "not yet".
std::optional<int64_t> unix_time(const std::string& text) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (end == nullptr || parts.tm_year <= 70) return std::nullopt;
  return timegm(&parts);
}

std::string time_left(const rpc::ActiveSync& sync, double epochs_per_second) {
  if (!sync.target || epochs_per_second <= 0) return "unknown";
  const auto epochs = static_cast<double>(std::max<ChainEpoch>(0, sync.target->height() - sync.height));
  return duration_string(std::chrono::seconds(static_cast<int64_t>(epochs / epochs_per_second)));
}

void print_sync(Context& context, const rpc::ActiveSync& sync) {
  auto cids = [](const TipsetPtr& tipset) { return cid_list(tipset ? tipset->cids() : std::vector<Cid>()); };
  const auto base = sync.base ? sync.base->height() : 0;
  const auto target = sync.target ? sync.target->height() : 0;
  context.print("worker {}:", sync.worker_id);
  context.print("\tBase:\t{}", cids(sync.base));
  context.print("\tTarget:\t{} ({})", cids(sync.target), target);
  context.print("\tHeight diff:\t{}", sync.target ? target - base : 0);
  context.print("\tStage: {}", rpc::sync_stage_name(sync.stage));
  context.print("\tHeight: {}", sync.height);
  if (const auto start = unix_time(sync.start)) {
    const auto elapsed = unix_time(sync.end).value_or(std::time(nullptr)) - *start;
    context.print("\tElapsed: {}", duration_string(std::chrono::seconds(elapsed)));
    if (sync.stage == rpc::SyncStage::messages && elapsed > 0) {
      const double rate = static_cast<double>(sync.height - base) / static_cast<double>(elapsed);
      context.print("\tRate: {:.1f} epochs/s", rate);
      context.print("\tTime left: {}", time_left(sync, rate));
    }
  }
  if (sync.stage == rpc::SyncStage::errored) context.print("\tError: {}", sync.message);
}

Result<> status(Context& context) {
  auto* node = TRY(context.node());
  auto state = TRY(node->call(full::SyncState));
  if (context.json()) {
    print_json(context, full::SyncState, state);
    return {};
  }
  context.print("sync status:");
  for (const auto& each : state.active_syncs) print_sync(context, each);
  return {};
}

/// The sync that works, else the one with the highest target.
const rpc::ActiveSync* working(const rpc::SyncState& state) {
  for (const auto& each : state.active_syncs) {
    if (runs(each)) return &each;
  }
  auto target = [](const rpc::ActiveSync& each) { return each.target ? each.target->height() : ChainEpoch{-1}; };
  auto highest = std::max_element(state.active_syncs.begin(), state.active_syncs.end(),
                                  [&](const auto& a, const auto& b) { return target(a) < target(b); });
  return highest == state.active_syncs.end() ? nullptr : &*highest;
}

/// How fast a sync went over the last polls. Headers come from above, states go up.
class Pace {
 public:
  void note(const rpc::ActiveSync& sync, uint64_t applied) {
    if (!polls_.empty() && (polls_.back().worker != sync.worker_id || polls_.back().stage != sync.stage))
      polls_.clear();
    polls_.push_back({std::chrono::steady_clock::now(), sync.worker_id, sync.stage, sync.height, applied});
    if (polls_.size() > kPolls) polls_.pop_front();
  }
  double epochs() const { return rate(static_cast<double>(std::abs(polls_.back().height - polls_.front().height))); }
  double messages() const { return rate(static_cast<double>(polls_.back().applied - polls_.front().applied)); }

 private:
  static constexpr size_t kPolls = 10;
  struct Poll {
    std::chrono::steady_clock::time_point time;
    uint64_t worker;
    rpc::SyncStage stage;
    ChainEpoch height;
    uint64_t applied;
  };
  double rate(double count) const {
    const auto seconds = std::chrono::duration<double>(polls_.back().time - polls_.front().time).count();
    return seconds > 0 ? count / seconds : 0;
  }
  std::deque<Poll> polls_;
};

std::string progress(const rpc::SyncState& state, const TipsetPtr& head, Pace& pace) {
  const auto* sync = working(state);
  const auto target = sync != nullptr && sync->target ? sync->target->height() : head->height();
  const auto height = sync != nullptr ? std::max(sync->height, head->height()) : head->height();
  auto line = fmt::format("Worker: {}; Base: {}; Target: {} (diff: {})\nState: {}; Current Epoch: {}; Todo: {}",
                          sync != nullptr ? sync->worker_id : 0, head->height(), target, target - head->height(),
                          rpc::sync_stage_name(sync != nullptr ? sync->stage : rpc::SyncStage::idle), height,
                          std::max<ChainEpoch>(0, target - height));
  if (sync == nullptr || !runs(*sync)) return line;
  pace.note(*sync, state.vm_applied);
  if (pace.epochs() <= 0) return line;
  line += fmt::format("\nRate: {:.1f} epochs/s", pace.epochs());
  if (sync->stage == rpc::SyncStage::messages) {
    line += fmt::format(", {:.0f} messages/s; Time left: {}", pace.messages(), time_left(*sync, pace.epochs()));
  }
  return line;
}

Result<> wait(Context& context) {
  auto* node = TRY(context.node());
  std::string shown;
  Pace pace;
  while (!interrupted()) {
    auto state = TRY(node->call(full::SyncState));
    auto head = TRY(node->call(full::ChainHead));
    auto line = progress(state, head, pace);
    if (context.json()) line = value_json(full::SyncState, state);
    if (line != shown) context.print("{}", line);
    context.out.flush();
    shown = line;
    if (!context.on("watch") && TRY(sync_is_done(*node))) {
      if (!context.json()) context.print("\nDone!");
      return {};
    }
    std::this_thread::sleep_for(kTick);
  }
  if (!context.json()) context.print("\nExit by user");
  return {};
}

Result<> mark_bad(Context& context) {
  auto cid = TRY(cid_argument(context, 0));
  auto* node = TRY(context.node());
  return node->call(full::SyncMarkBad, cid);
}

Result<> unmark_bad(Context& context) {
  auto* node = TRY(context.node());
  if (context.on("all")) return node->call(full::SyncUnmarkAllBad);
  if (context.args.empty()) return fail(ErrorCode::invalid, "must specify block cid to unmark");
  return node->call(full::SyncUnmarkBad, TRY(cid_argument(context, 0)));
}

Result<> check_bad(Context& context) {
  auto cid = TRY(cid_argument(context, 0));
  auto* node = TRY(context.node());
  auto reason = TRY(node->call(full::SyncCheckBad, cid));
  if (context.json()) {
    context.print("{{\"Bad\": {}, \"Reason\": {}}}", !reason.empty(), json_string(reason));
    return {};
  }
  context.print("{}", reason.empty() ? "block was not marked as bad" : reason);
  return {};
}

Result<> checkpoint(Context& context) {
  auto* node = TRY(context.node());
  TipsetKey key;
  if (context.given("epoch")) {
    key = TRY(node->call(full::ChainGetTipSetByHeight, TRY(context.number("epoch")), TipsetKey()))->key();
  } else {
    for (size_t i = 0; i < context.args.size(); ++i) key.cids.push_back(TRY(cid_argument(context, i)));
  }
  if (key.empty()) return fail(ErrorCode::invalid, "must pass cids for tipset to set as head, or specify epoch flag");
  return node->call(full::SyncCheckpoint, key);
}

}  // namespace

std::vector<Command> sync_commands() {
  return {
      {"sync status", "", "check sync status", {toggle("--json", "print JSON")}, 0, 0, status},
      {"sync wait",
       "",
       "Wait for sync to be complete",
       {toggle("--watch", "don't exit after node is synced"),
        toggle("--json", "print the node's SyncState at every change, one JSON object a line")},
       0,
       0,
       wait},
      {"sync mark-bad",
       "<blockCid>",
       "Mark the given block as bad, will prevent syncing to a chain that contains it",
       {},
       1,
       1,
       mark_bad},
      {"sync unmark-bad",
       "[blockCid]",
       "Unmark the given block as bad, makes it possible to sync to a chain containing it",
       {toggle("--all", "drop the entire bad block cache")},
       0,
       1,
       unmark_bad},
      {"sync check-bad",
       "<blockCid>",
       "check if the given block was marked bad, and for what reason",
       {toggle("--json", "print JSON")},
       1,
       1,
       check_bad},
      {"sync checkpoint",
       "[tipsetKey]",
       "mark a certain tipset as checkpointed; the node will never fork away from this tipset",
       {number("--epoch", "checkpoint the tipset at given epoch")},
       0,
       16,
       checkpoint},
  };
}

}  // namespace nelumbo::cli
