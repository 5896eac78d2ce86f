// lotus-miner run, init, stop, backup, config.
#include <iostream>
#include <ostream>

#include "lookup.hpp"
#include "miner_lookup.hpp"
#include "node/config.hpp"
#include "node/miner_process.hpp"
#include "print.hpp"

namespace nelumbo::cli {
namespace {

std::optional<std::string> daemon_api() {
  const char* info = std::getenv("FULLNODE_API_INFO");
  if (info == nullptr || *info == '\0') return std::nullopt;
  return info;
}

/// The environment's `name` off: an option of the configuration for this run.
void set_option(const char* name, bool value) { setenv(name, value ? "true" : "false", 1); }

Result<> run(Context& context) {
  node::MinerOptions options;
  options.repository = context.miner_repository;
  options.daemon_repository = context.repository;
  options.daemon_api = daemon_api();
  options.api_port = TRY(port_flag(context, "miner-api"));
  options.network_file = path_flag(context, "network-file");
  if (context.given("enable-gpu-proving")) options.gpu = context.on("enable-gpu-proving");
  options.catch_up = context.on("catch-up");
  options.sparse = TRY(context.number("sparse", 1));
  if (options.sparse < 0 || options.sparse > kMaxNullRounds)
    return fail(ErrorCode::invalid, "--sparse must be from 0 (as it takes about a minute) to {}", kMaxNullRounds);
  if (context.given("enable-mining")) set_option("LOTUS_SUBSYSTEMS_ENABLEMINING", context.on("enable-mining"));
  if (context.given("enable-sealing")) set_option("LOTUS_SUBSYSTEMS_ENABLESEALING", context.on("enable-sealing"));
  if (context.given("enable-window-post"))
    set_option("LOTUS_SUBSYSTEMS_DISABLEWINDOWPOST", !context.on("enable-window-post"));
  return node::run_miner(options);
}

/// Each step as it begins, on stderr: the address alone goes to stdout.
std::function<void(const std::string&)> teller(Context& context) {
  return [&context](const std::string& line) { context.err << line << std::endl; };
}

Result<> init_genesis(Context& context) {
  if (!context.given("actor")) return fail(ErrorCode::invalid, "--genesis-miner needs --actor");
  auto folders = context.texts("pre-sealed-sectors");
  if (folders.size() > 1) return fail(ErrorCode::invalid, "a genesis miner has one folder of pre-sealed sectors");
  std::optional<fs::path> pre_sealed;
  if (!folders.empty()) pre_sealed = expand_home(folders.front());
  return node::init_genesis_miner(
      {context.miner_repository, context.text("actor"), pre_sealed, path_flag(context, "pre-sealed-metadata")});
}

Result<> init(Context& context) {
  if (context.on("genesis-miner")) return init_genesis(context);
  node::MinerInitOptions options;
  options.repository = context.miner_repository;
  options.daemon_repository = context.repository;
  options.daemon_api = daemon_api();
  options.network_file = path_flag(context, "network-file");
  options.actor = context.text("actor");
  options.owner = context.text("owner");
  options.worker = context.text("worker");
  options.from = context.text("from");
  options.create_worker_key = context.on("create-worker-key");
  options.nosync = context.on("nosync");
  options.no_local_storage = context.on("no-local-storage");
  if (context.given("sector-size"))
    options.sector_size = TRY_IN("--sector-size", parse_size(context.text("sector-size")));
  for (const auto& folder : context.texts("pre-sealed-sectors")) options.pre_sealed.push_back(expand_home(folder));
  options.metadata = path_flag(context, "pre-sealed-metadata");
  options.gas_premium = TRY_IN("--gas-premium", parse_bigint(context.text("gas-premium")));
  if (options.gas_premium < 0) return fail(ErrorCode::invalid, "--gas-premium must not be negative");
  options.confidence = TRY(context.number("confidence"));
  char* end = nullptr;
  auto factor = context.text("deposit-margin-factor");
  options.deposit_margin = std::strtod(factor.c_str(), &end);
  if (end == factor.c_str() || *end != '\0')
    return fail(ErrorCode::invalid, "--deposit-margin-factor: '{}' is no number", factor);
  options.say = teller(context);
  options.interrupted = interrupted;
  auto actor = TRY(node::init_miner(options));
  context.print("{}", actor.str());
  context.err << "Miner successfully created, you can now start it with 'lotus-miner run'\n";
  return {};
}

Result<> restore(Context& context) {
  node::MinerRestoreOptions options;
  options.repository = context.miner_repository;
  options.daemon_repository = context.repository;
  options.daemon_api = daemon_api();
  options.backup = expand_home(context.args[0]);
  options.nosync = context.on("nosync");
  options.config = path_flag(context, "config");
  options.storage = path_flag(context, "storage-config");
  options.say = teller(context);
  options.interrupted = interrupted;
  context.print("{}", TRY(node::restore_miner(options)).str());
  return {};
}

Result<> stop(Context& context) {
  auto* miner = TRY(context.miner());
  return miner->call(rpc::common::Shutdown);
}

Result<> backup(Context& context) {
  auto file = fs::absolute(expand_home(context.args[0]));
  if (context.on("offline")) {
    TRY(node::back_up_miner(context.miner_repository, file));
  } else {
    auto* miner = TRY(context.miner());
    TRY(miner->call(rpc::miner::CreateBackup, file.string()));
  }
  context.print("Success");
  return {};
}

Result<> default_config(Context& context) {
  context.print("{}", node::config_text(node::MinerProcessConfig(), !context.on("no-comment")));
  return {};
}

Result<> updated_config(Context& context) {
  auto file = context.miner_repository / "config.toml";
  if (!fs::exists(file)) return fail(ErrorCode::not_found, "there is no configuration {}", file.string());
  std::vector<std::string> unknown;
  auto config = TRY(node::load_config<node::MinerProcessConfig>(file, &unknown));
  for (const auto& key : unknown) context.err << "left out, this program does not know it: " << key << "\n";
  context.print("{}", node::config_text(config, !context.on("no-comment")));
  return {};
}

std::vector<Flag> init_flags() {
  return {text("--network-file", "parameters of a test network"),
          toggle("--genesis-miner", "enable genesis mining (a miner that is in the genesis; needs no node)"),
          toggle("--create-worker-key", "create separate worker key"),
          text("--worker,-w", "worker key to use (overrides --create-worker-key)"),
          text("--owner,-o", "owner key to use"),
          text("--sector-size", "specify sector size to use (default 32GiB; 2KiB with --network-file)"),
          many("--pre-sealed-sectors", "specify set of presealed sectors for starting as a genesis miner"),
          text("--pre-sealed-metadata",
               "manifest of presealed sectors (of `lotus-seed pre-seal`), with --genesis-miner or --actor: they are "
               "kept as the miner's own, in Proving"),
          toggle("--nosync", "don't check full-node sync status"),
          toggle("--symlink-imported-sectors",
                 "accepted for compatibility: presealed sectors are always used where they lie"),
          toggle("--no-local-storage", "don't use storageminer repo for sector storage"),
          text("--gas-premium", "set gas premium for initialization messages in AttoFIL", "0"),
          text("--from", "select which address to send actor creation message from"),
          number("--confidence", "number of block confirmations to wait for", "5"),
          text("--deposit-margin-factor",
               "Multiplier (>=1.0) to scale the suggested deposit for on-chain variance (e.g. 1.01 adds 1%)", "1.01")};
}

}  // namespace

std::vector<Command> miner_commands() {
  auto no_comment = toggle("--no-comment", "don't comment default values");
  return {
      {"run",
       "",
       "Start a lotus miner process",
       {number("--miner-api", "port of the API (default: of the configuration, 2345)"),
        toggle("--enable-gpu-proving",
               "prove on a GPU where there is one; given, there must be one. false: on the processor", true),
        toggle("--nosync", "accepted for compatibility: mining waits for the node by itself"),
        toggle("--manage-fdlimit", "accepted for compatibility", true),
        toggle("--enable-mining", "mine blocks and prove storage (default: of the configuration)"),
        toggle("--enable-sealing", "seal sectors (default: of the configuration)"),
        toggle("--enable-window-post", "submit window PoSt (default: of the configuration)"),
        text("--network-file", "parameters of a test network"),
        toggle("--catch-up", "test networks: mine missed time at full speed"),
        number("--sparse", "while catching up, one block every so many epochs", "1")},
       0,
       0,
       run},
      {"init", "", "Initialize a lotus miner repo", init_flags(), 0, 0, init},
      {"init restore",
       "[backupFile]",
       "Initialize a lotus miner repo from a backup",
       {toggle("--nosync", "don't check full-node sync status"), text("--config", "config file (config.toml)"),
        text("--storage-config", "storage paths config (storage.json)")},
       1,
       1,
       restore},
      {"stop", "", "Stop a running lotus miner", {}, 0, 0, stop},
      {"backup",
       "[backup file path]",
       "Create node metadata backup. While the miner runs, the file must be inside its LOTUS_BACKUP_BASE_PATH",
       {toggle("--offline", "create backup without the node running")},
       1,
       1,
       backup},
      {"config default", "", "Print default node config", {no_comment}, 0, 0, default_config},
      {"config updated", "", "Print updated node config", {no_comment}, 0, 0, updated_config},
  };
}

}  // namespace nelumbo::cli
