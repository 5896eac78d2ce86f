// lotus daemon, lotus devnet: programs that run in the foreground.
#include "node/daemon.hpp"

#include <ostream>

#include "lookup.hpp"
#include "node/devnet.hpp"
#include "node/repo.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

Result<std::optional<uint16_t>> port_flag(const Context& context, const std::string& name) {
  if (!context.given(name)) return std::optional<uint16_t>();
  auto port = TRY(context.number(name));
  if (port < 0 || port > 65535) return fail(ErrorCode::invalid, "--{}: {} is no port", name, port);
  return static_cast<uint16_t>(port);
}

std::optional<fs::path> path_flag(const Context& context, const std::string& name) {
  if (!context.given(name)) return std::nullopt;
  return expand_home(context.text(name));
}

/// Flags of lotus for what this build does not do are refused, not ignored.
Result<> refuse_unsupported(const Context& context) {
  for (const char* name : {"import-chain", "import-snapshot", "restore", "lite"}) {
    if (context.given(name) && context.text(name) != "false")
      return fail(ErrorCode::unsupported, "--{} is not supported by this build", name);
  }
  return {};
}

Result<> daemon(Context& context) {
  TRY(refuse_unsupported(context));
  node::DaemonOptions options;
  options.repository = context.repository;
  options.network = context.text("network");
  options.network_file = path_flag(context, "network-file");
  options.genesis = path_flag(context, "genesis");
  options.config = path_flag(context, "config");
  options.api_port = TRY(port_flag(context, "api"));
  options.bundle = path_flag(context, "actors-bundle");
  return node::run_daemon(options);
}

Result<> daemon_stop(Context& context) {
  auto* client = TRY(context.node());
  return client->call(rpc::common::Shutdown);
}

fs::path devnet_folder(const Context& context) {
  return path_flag(context, "dir").value_or(node::default_devnet_folder());
}

Result<> devnet(Context& context) {
  node::DevnetOptions options;
  options.folder = devnet_folder(context);
  options.fresh = context.on("fresh");
  auto proofs = context.text("proofs");
  if (proofs != "real" && proofs != "mock")
    return fail(ErrorCode::invalid, "--proofs is real or mock, not '{}'", proofs);
  options.mock_proofs = proofs == "mock";
  if (context.given("epoch-seconds")) {
    auto seconds = TRY(context.number("epoch-seconds"));
    if (seconds < 1) return fail(ErrorCode::invalid, "--epoch-seconds must be at least 1");
    options.epoch_seconds = static_cast<uint64_t>(seconds);
  }
  options.warp = TRY(context.number("warp"));
  if (options.warp < 0) return fail(ErrorCode::invalid, "--warp must not be negative");
  if (context.given("sparse")) {
    options.sparse = TRY(context.number("sparse"));
    if (*options.sparse < 1 || *options.sparse > kMaxNullRounds)
      return fail(ErrorCode::invalid, "--sparse must be from 1 to {}", kMaxNullRounds);
  }
  options.api_port = TRY(port_flag(context, "api-port"));
  options.miner_port = TRY(port_flag(context, "miner-port"));
  options.beacon_port = TRY(port_flag(context, "beacon-port"));
  options.bundle = path_flag(context, "actors-bundle");
  options.porep_params = context.on("porep-params");
  options.json_events = context.on("json-events");
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

std::vector<Command> daemon_commands() {
  return {
      {"daemon",
       "",
       "Start a lotus daemon process",
       {text("--network", "mainnet or calibration", "mainnet"),
        text("--network-file", "parameters of a test network (as a devnet writes them)"),
        text("--genesis", "genesis file to use for first node run"),
        text("--config", "specify path of config file to use"),
        number("--api", "port of the API (default: of the configuration, 1234)"),
        text("--actors-bundle", "CAR of built-in actors to use instead of the network's newest"),
        toggle("--bootstrap", "connect to the network's bootstrap peers", true),
        text("--import-chain", "load a chain from a CAR file"),
        text("--import-snapshot", "import chain state from a given chain export file or url"),
        toggle("--lite", "start lotus in lite mode"), text("--restore", "restore from backup file")},
       0,
       0,
       daemon},
      {"daemon stop", "", "Stop a running lotus daemon", {}, 0, 0, daemon_stop},
  };
}

std::vector<Command> devnet_commands() {
  auto dir = text("--dir", "folder of the devnet (default ~/.nelumbo-devnet)");
  std::vector<Flag> run{
      dir,
      toggle("--fresh", "begin a new chain, removing the old one"),
      text("--proofs", "real, or mock for long runs", "real"),
      number("--epoch-seconds", "length of an epoch (default: calibrated from a winning PoSt; mock: 1)"),
      number("--warp", "date the genesis so many epochs back and catch up at full speed", "0"),
      number("--sparse", "while catching up, one block every so many epochs"),
      number("--api-port", "of the daemon (0: any free one)"),
      number("--miner-port", "of the miner (0: any free one)"),
      number("--beacon-port", "of the beacon (0: any free one)"),
      text("--actors-bundle", "another bundle of the built-in actors"),
      toggle("--porep-params", "also make the PoRep parameters, in the background"),
      toggle("--json-events", "one JSON object per line on standard output")};
  return {
      {"devnet", "", "Run a Filecoin network of your own: daemon, miner, beacon", run, 0, 0, devnet},
      {"devnet run", "", "The same", run, 0, 0, devnet},
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
