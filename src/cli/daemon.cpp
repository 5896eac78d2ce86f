// lotus daemon: a program that runs in the foreground.
#include "node/daemon.hpp"

#include <ostream>

#include "lookup.hpp"
#include "rate_progress.hpp"

namespace nelumbo::cli {
namespace {

/// Flags of lotus for what this build does not do are refused, not ignored.
Result<> refuse_unsupported(const Context& context) {
  for (const char* name : {"restore", "lite"}) {
    if (context.given(name) && context.text(name) != "false")
      return fail(ErrorCode::unsupported, "--{} is not supported by this build", name);
  }
  return {};
}

/// What --import-snapshot, --import-chain and their companions ask for.
Result<std::optional<node::ChainImport>> chain_import(Context& context) {
  node::ChainImport out;
  out.remove_existing = context.on("remove-existing-chain");
  out.halt = context.on("halt-after-import");
  if (context.given("import-snapshot") && context.given("import-chain"))
    return fail(ErrorCode::invalid, "cannot specify both 'import-snapshot' and 'import-chain'");
  out.execute = context.given("import-chain");
  if (context.given("import-snapshot")) out.from = context.text("import-snapshot");
  if (context.given("import-chain")) out.from = context.text("import-chain");
  if (out.from.empty() && !out.remove_existing) return std::optional<node::ChainImport>();
  auto bar = std::make_shared<RateProgress>(context.err);
  out.progress = [bar](std::string_view step, uint64_t done, uint64_t total) {
    const double part = total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 0;
    bar->show(step, part, step == "importing" ? done : 0);
  };
  return out;
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
  options.import = TRY(chain_import(context));
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
        text("--import-chain", "on first run, load chain from given file or url and execute all of it"),
        text("--import-snapshot", "import chain state from a given chain export file or url"),
        toggle("--remove-existing-chain", "remove the existing chain before an import"),
        toggle("--halt-after-import", "halt the process after importing chain from file"),
        toggle("--lite", "start lotus in lite mode"), text("--restore", "restore from backup file")},
       0,
       0,
       daemon},
      {"daemon stop", "", "Stop a running lotus daemon", {}, 0, 0, daemon_stop},
  };
}

}  // namespace nelumbo::cli
