// lotus chain prune …
#include <ostream>
#include <thread>

#include "lookup.hpp"
#include "rate_progress.hpp"

namespace nelumbo::cli {
namespace {

namespace full = rpc::full;

constexpr auto kAskEvery = std::chrono::milliseconds(500);

/// Shows how far the daemon's prune is until it has ended.
Result<rpc::ChainJobStatus> follow(Context& context, rpc::Client& node) {
  RateProgress progress(context.err);
  while (true) {
    auto status = TRY(node.call(full::ChainPruneStatus));
    progress.show(status.step, status.part, 0);
    if (!status.running) {
      if (!status.error.empty()) return fail(ErrorCode::failed, "{}", status.error);
      return status;
    }
    if (interrupted()) return fail(ErrorCode::cancelled, "interrupted; the daemon goes on with the prune");
    std::this_thread::sleep_for(kAskEvery);  // the daemon tells nobody of its own accord
  }
}

Result<> compact_cold(Context& context) {
  rpc::PruneOpts options;
  options.moving_gc = context.on("moving-gc") && !context.on("online-gc");
  options.retain_state = TRY(context.number("retention"));
  auto* node = TRY(context.node());
  TRY(node->call(full::ChainPrune, options));
  auto status = TRY(follow(context, *node));
  context.print("{} blocks removed, {} on disk", status.blocks, byte_size(status.bytes));
  return {};
}

Result<> hot(Context& context, rpc::HotGCOpts options) {
  auto* node = TRY(context.node());
  const auto begun = std::chrono::steady_clock::now();
  TRY(node->call(full::ChainHotGC, options));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  context.print("{} GC took {:.1f}s", options.moving ? "Moving" : "Online", took.count());
  return {};
}

Result<> hot_online(Context& context) {
  rpc::HotGCOpts options;
  const auto text = context.text("threshold");
  char* end = nullptr;
  options.threshold = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(options.threshold >= 0 && options.threshold <= 1))
    return fail(ErrorCode::invalid, "--threshold: '{}' is no share from 0 to 1", text);
  options.periodic = context.on("periodic");
  return hot(context, options);
}

Result<> hot_moving(Context& context) { return hot(context, {.moving = true}); }

}  // namespace

std::vector<Command> chain_prune_commands() {
  return {
      {"chain prune compact-cold",
       "",
       "remove the blocks that the chain no longer needs: keeps all headers, the states of 2000 recent epochs, and "
       "what "
       "[Chainstore.Splitstore] says",
       {number("--retention", "keep the states of so many finalities more; -1 for all of the chain", "0"),
        toggle("--online-gc", "give back only the room of what was removed (the default)"),
        toggle("--moving-gc", "rewrite the whole store afterwards")},
       0,
       0,
       compact_cold},
      {"chain prune hot|hot-gc",
       "",
       "give the room of removed blocks back to the disk",
       {text("--threshold", "share of removed entries from which on it is done", "0.01"),
        toggle("--periodic", "again until the share is below the threshold")},
       0,
       0,
       hot_online},
      {"chain prune hot-moving", "", "rewrite the whole store", {}, 0, 0, hot_moving},
  };
}

}  // namespace nelumbo::cli
