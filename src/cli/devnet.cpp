// lotus devnet …: a Filecoin network of one's own.
#include "node/devnet.hpp"

#include <ostream>

#include "lookup.hpp"
#include "types/network.hpp"

namespace nelumbo::cli {
namespace {

constexpr int64_t kMostMiners = 16, kMostNodes = 16;

fs::path devnet_folder(const Context& context) {
  return path_flag(context, "dir").value_or(node::default_devnet_folder());
}

/// A flag's whole number in its bounds; nullopt when not given.
Result<std::optional<uint64_t>> count_flag(const Context& context, const std::string& name, int64_t most) {
  if (!context.given(name)) return std::optional<uint64_t>();
  auto count = TRY(context.number(name));
  if (count < 1 || count > most) return fail(ErrorCode::invalid, "--{} must be from 1 to {}", name, most);
  return static_cast<uint64_t>(count);
}

/// What a devnet and a node that joins one have in common.
Result<node::DevnetOptions> common_options(const Context& context) {
  node::DevnetOptions options;
  options.folder = devnet_folder(context);
  options.fresh = context.on("fresh");
  options.api_port = TRY(port_flag(context, "api-port"));
  options.miner_port = TRY(port_flag(context, "miner-port"));
  options.json_events = context.on("json-events");
  if (context.given("p2p-listen")) options.p2p_listen = context.text("p2p-listen");
  return options;
}

Result<> devnet(Context& context) {
  auto options = TRY(common_options(context));
  auto proofs = context.text("proofs");
  if (proofs != "real" && proofs != "mock")
    return fail(ErrorCode::invalid, "--proofs is real or mock, not '{}'", proofs);
  options.mock_proofs = proofs == "mock";
  options.miners = TRY(count_flag(context, "miners", kMostMiners));
  options.nodes = TRY(count_flag(context, "nodes", kMostNodes));
  options.epoch_seconds = TRY(count_flag(context, "epoch-seconds", std::numeric_limits<int32_t>::max()));
  options.warp = TRY(context.number("warp"));
  if (options.warp < 0) return fail(ErrorCode::invalid, "--warp must not be negative");
  if (auto sparse = TRY(count_flag(context, "sparse", kMaxNullRounds))) options.sparse = static_cast<int64_t>(*sparse);
  options.beacon_port = TRY(port_flag(context, "beacon-port"));
  if (context.given("beacon-listen")) options.beacon_listen = context.text("beacon-listen");
  options.bundle = path_flag(context, "actors-bundle");
  options.porep_params = !context.on("no-porep-params");
  options.message = !context.on("no-message");
  options.message_port = TRY(port_flag(context, "message-port"));
  return node::run_devnet(options);
}

Result<> devnet_join(Context& context) {
  if (!context.given("dir")) return fail(ErrorCode::invalid, "a node that joins needs a folder of its own: give --dir");
  auto options = TRY(common_options(context));
  options.join = node::DevnetJoin{.addresses = context.args, .from = path_flag(context, "from"), .miner = {}};
  if (context.given("miner")) options.join->miner = context.text("miner");
  return node::run_devnet(options);
}

Result<> devnet_info(Context& context) {
  auto folder = devnet_folder(context);
  auto found = TRY(context.json() ? node::devnet_info_json(folder) : node::devnet_info_text(folder));
  while (found.ends_with('\n')) found.pop_back();
  context.print("{}", found);
  return {};
}

Result<> devnet_stop(Context& context) { return node::stop_devnet(devnet_folder(context)); }

}  // namespace

std::vector<Command> devnet_commands() {
  auto dir = text("--dir", "folder of the devnet (default ~/.nelumbo-devnet)");
  const std::vector<Flag> common{
      dir, number("--api-port", "of the (first) daemon (0: any free one)"),
      number("--miner-port", "of the (first) miner (0: any free one)"),
      text("--p2p-listen", "IPv4 address on which the daemons listen for peers", "127.0.0.1"),
      toggle("--json-events", "one JSON object per line on standard output")};
  std::vector<Flag> run{
      toggle("--fresh", "begin a new chain, removing the old one"),
      text("--proofs", "real, or mock for long runs", "real"),
      number("--miners", "miners that begin with the genesis (default 1)"),
      number("--nodes",
             "daemons to run, each miner on one of its own; further miners wait for `devnet join --miner` "
             "(default: one for each miner)"),
      number("--epoch-seconds", "length of an epoch (default: calibrated from a winning PoSt; mock: 1)"),
      number("--warp", "date the genesis so many epochs back and catch up at full speed", "0"),
      number("--sparse", "while catching up, one block every so many epochs"),
      number("--beacon-port", "of the beacon (0: any free one)"),
      text("--beacon-listen", "IPv4 address for the beacon and for what `devnet join` fetches", "127.0.0.1"),
      text("--actors-bundle", "another bundle of the built-in actors"),
      toggle("--no-message", "without a message server (lotus-message)"),
      number("--message-port", "of the message server (default: any free one, kept)"),
      toggle("--no-porep-params", "do not make the PoRep parameters (which new sectors need) in the background")};
  std::vector<Flag> join{toggle("--fresh", "forget what the folder holds"),
                         text("--from", "folder of the devnet, instead of its beacon's URL and for --miner"),
                         text("--miner", "mine for this miner of the genesis, which has no node yet")};
  run.insert(run.begin(), common.begin(), common.end());
  join.insert(join.begin(), common.begin(), common.end());
  return {
      {"devnet", "", "Run a Filecoin network of your own: daemons, miners, message server, beacon", run, 0, 0, devnet},
      {"devnet run", "", "The same", run, 0, 0, devnet},
      {"devnet join", "[beaconURL] [peerMultiaddr...]",
       "Run a node of a devnet that another process or host runs: fetches network, genesis and peers", join, 0, 64,
       devnet_join},
      {"devnet info",
       "",
       "Print what a script or another node needs to know",
       {dir, toggle("--json", "print JSON")},
       0,
       0,
       devnet_info},
      {"devnet stop", "", "Stop the running devnet", {dir}, 0, 0, devnet_stop},
  };
}

}  // namespace nelumbo::cli
