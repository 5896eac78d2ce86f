// lotus sync …
#include <algorithm>
#include <ostream>
#include <thread>

#include "lookup.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

constexpr auto kTick = std::chrono::milliseconds(250);

Result<> status(Context& context) {
  auto* node = TRY(context.node());
  auto state = TRY(node->call(full::SyncState));
  if (context.json()) {
    context.print("{}", pretty_json(value_json(full::SyncState, state)));
    return {};
  }
  context.print("sync status:");
  for (const auto& each : state.active_syncs) {
    auto base = each.base ? each.base->height() : 0;
    auto target = each.target ? each.target->height() : 0;
    context.print("worker {}:", each.worker_id);
    context.print("\tBase:\t{}", cid_list(each.base ? each.base->cids() : std::vector<Cid>()));
    context.print("\tTarget:\t{} ({})", cid_list(each.target ? each.target->cids() : std::vector<Cid>()), target);
    context.print("\tHeight diff:\t{}", each.target ? target - base : 0);
    context.print("\tStage: {}", rpc::sync_stage_name(each.stage));
    context.print("\tHeight: {}", each.height);
    if (each.stage == rpc::SyncStage::errored) context.print("\tError: {}", each.message);
  }
  return {};
}

/// The sync that works, else the one with the highest target.
const rpc::ActiveSync* working(const rpc::SyncState& state) {
  for (const auto& each : state.active_syncs) {
    if (each.stage != rpc::SyncStage::complete && each.stage != rpc::SyncStage::idle) return &each;
  }
  auto target = [](const rpc::ActiveSync& each) { return each.target ? each.target->height() : ChainEpoch{-1}; };
  auto highest = std::max_element(state.active_syncs.begin(), state.active_syncs.end(),
                                  [&](const auto& a, const auto& b) { return target(a) < target(b); });
  return highest == state.active_syncs.end() ? nullptr : &*highest;
}

Result<> wait(Context& context) {
  auto* node = TRY(context.node());
  std::string shown;
  while (!interrupted()) {
    auto state = TRY(node->call(full::SyncState));
    auto head = TRY(node->call(full::ChainHead));
    const auto* sync = working(state);
    auto target = sync != nullptr && sync->target ? sync->target->height() : head->height();
    auto height = sync != nullptr ? std::max(sync->height, head->height()) : head->height();
    auto line = fmt::format("Worker: {}; Base: {}; Target: {} (diff: {})\nState: {}; Current Epoch: {}; Todo: {}",
                            sync != nullptr ? sync->worker_id : 0, head->height(), target, target - head->height(),
                            rpc::sync_stage_name(sync != nullptr ? sync->stage : rpc::SyncStage::idle), height,
                            std::max<ChainEpoch>(0, target - height));
    if (line != shown) context.print("{}", line);
    context.out.flush();
    shown = line;
    if (!context.on("watch") && TRY(sync_is_done(*node))) {
      context.print("\nDone!");
      return {};
    }
    std::this_thread::sleep_for(kTick);
  }
  context.print("\nExit by user");
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
       {toggle("--watch", "don't exit after node is synced")},
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
       {},
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
