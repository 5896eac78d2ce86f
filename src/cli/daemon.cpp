// lotus daemon: a program that runs in the foreground.
#include "node/daemon.hpp"

#include <ostream>

#include "lookup.hpp"

namespace nelumbo::cli {
namespace {

/// Flags of lotus for what this build does not do are refused, not ignored.
Result<> refuse_unsupported(const Context& context) {
  for (const char* name : {"import-chain", "import-snapshot", "restore"}) {
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
  options.lite = context.on("lite");
  options.bootstrap = context.on("bootstrap");
  options.only_white_peer = context.on("only-white-peer");
  return node::run_daemon(options);
}

Result<> daemon_stop(Context& context) {
  auto* client = TRY(context.node());
  return client->call(rpc::common::Shutdown);
}

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
        toggle("--only-white-peer", "take chain data from Libp2p.WhitelistPeers alone, and give it to them alone"),
        text("--import-chain", "load a chain from a CAR file"),
        text("--import-snapshot", "import chain state from a given chain export file or url"),
        toggle("--lite", "keep keys only; read and send through the full node of FULLNODE_API_INFO"),
        text("--restore", "restore from backup file")},
       0,
       0,
       daemon},
      {"daemon stop", "", "Stop a running lotus daemon", {}, 0, 0, daemon_stop},
  };
}

}  // namespace nelumbo::cli
