#include "genesis/seed.hpp"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "genesis/genesis.hpp"
#include "genesis/preseal.hpp"
#include "seed_commands.hpp"

namespace nelumbo::genesis {

namespace {

/// Adds a command whose options live in one shared value, and runs `action` with it when it is chosen.
template <class Options>
CLI::App* add_command(CLI::App& parent, Result<>& outcome, const std::string& name, const std::string& help,
                      const std::function<void(CLI::App&, Options&)>& declare,
                      const std::function<Result<>(const Options&)>& action) {
  auto* command = parent.add_subcommand(name, help);
  auto options = std::make_shared<Options>();
  declare(*command, *options);
  command->callback([options, action, &outcome] { outcome = action(*options); });
  return command;
}

void declare_pre_seal(CLI::App& app, PreSealCommand& o) {
  app.add_option("--miner-addr", o.miner, "specify the future address of your miner")->capture_default_str();
  app.add_option("--sector-size", o.sector_size, "specify size of sectors to pre-seal")->capture_default_str();
  app.add_option("--ticket-preimage", o.ticket_preimage, "set the ticket preimage for sealing randomness")
      ->capture_default_str();
  app.add_option("--num-sectors", o.sectors, "select number of sectors to pre-seal")->capture_default_str();
  app.add_option("--sector-offset", o.offset, "how many sector ids to skip when starting to seal")
      ->capture_default_str();
  app.add_option("--key", o.key, "(optional) Key to use for signing / owner/worker addresses");
  app.add_flag("--fake-sectors", o.fake, "make up the commitments: for networks with mock proofs only");
  app.add_option("--network-version", o.network_version, "specify network version")->capture_default_str();
}

void declare_root(CLI::App& app, SetActorCommand& o, std::string_view what, int id) {
  app.add_option("--multisig", o.multisig, fmt::format("CSV file to parse the multisig that will be set as {}", what));
  app.add_option("--account", o.account,
                 fmt::format("pubkey address that will be set as {} (must NOT be declared anywhere else, since it must "
                             "be given ID {})",
                             what, id));
  app.add_option("template", o.file, "genesis template")->required();
}

void add_template_commands(CLI::App& genesis, Result<>& outcome) {
  add_command<NewCommand>(
      genesis, outcome, "new", "create new genesis template",
      [](CLI::App& app, NewCommand& o) {
        app.add_option("--network-name", o.network_name, "name of the network; localnet-<UUID> when not given");
        app.add_option("--timestamp", o.timestamp,
                       "The genesis timestamp specified as a RFC3339 formatted string. Example: 2025-02-27T15:04:05Z");
        app.add_option("genesis.json", o.file, "file to write")->required();
      },
      run_new);
  add_command<AddMinerCommand>(
      genesis, outcome, "add-miner", "add genesis miner",
      [](CLI::App& app, AddMinerCommand& o) {
        app.add_option("--balance", o.balance, "FIL for the owner's account")->capture_default_str();
        app.add_option("genesis.json", o.file, "genesis template")->required();
        app.add_option("preseal.json", o.preseal, "manifest that pre-seal wrote")->required();
      },
      run_add_miner);
  add_command<AddMsigsCommand>(
      genesis, outcome, "add-msigs", "add the multisigs of a CSV file",
      [](CLI::App& app, AddMsigsCommand& o) {
        app.add_option("genesis.json", o.file, "genesis template")->required();
        app.add_option("accounts.csv", o.csv, "multisigs")->required();
      },
      run_add_msigs);
  add_command<SetActorCommand>(
      genesis, outcome, "set-vrk", "Set the verified registry's root key",
      [](CLI::App& app, SetActorCommand& o) { declare_root(app, o, "the root key", 80); },
      [](const SetActorCommand& o) { return run_set_actor(o, &Template::verified_registry_root); });
  add_command<SetActorCommand>(
      genesis, outcome, "set-remainder", "Set the remainder actor",
      [](CLI::App& app, SetActorCommand& o) { declare_root(app, o, "the remainder actor", 90); },
      [](const SetActorCommand& o) { return run_set_actor(o, &Template::remainder); });
  add_command<SetSignersCommand>(
      genesis, outcome, "set-signers", "make the verified registry's root a multisig of these signers",
      [](CLI::App& app, SetSignersCommand& o) {
        app.add_option("--threshold", o.threshold, "change the verifreg signer threshold");
        app.add_option("--signers", o.signers, "verifreg signers")->delimiter(',')->expected(1)->take_all();
        app.add_option("template", o.file, "genesis template")->required();
      },
      run_set_signers);
  add_command<SetNetworkVersionCommand>(
      genesis, outcome, "set-network-version", "Set the version that this network will start from",
      [](CLI::App& app, SetNetworkVersionCommand& o) {
        app.add_option("--network-version", o.network_version, "network version to start genesis with")
            ->capture_default_str();
        app.add_option("genesisFile", o.file, "genesis template")->required();
      },
      run_set_network_version);
  add_command<CarCommand>(
      genesis, outcome, "car", "write genesis car file",
      [](CLI::App& app, CarCommand& o) {
        app.add_option("-o,--out", o.out, "write output to FILE")->capture_default_str();
        app.add_option("--proofs", o.proofs, "real, or mock for the bundle with fake proofs")
            ->check(CLI::IsMember({"real", "mock"}))
            ->capture_default_str();
        app.add_option("--actors-bundle", o.bundle, "bundle of built-in actors to use instead of the network's");
        app.add_option("template", o.file, "genesis template")->required();
      },
      run_car);
}

}  // namespace

int run_seed(int argc, char** argv) {
  set_address_network(AddressNetwork::testnet);
  CLI::App app("Seal sectors for genesis miner", "lotus-seed");
  app.set_version_flag("--version,-v", "lotus-seed version " NELUMBO_VERSION);
  app.require_subcommand(1);
  auto sector_dir = std::make_shared<std::string>("~/.genesis-sectors");
  app.add_option("--sector-dir", *sector_dir, "where pre-sealed sectors lie")->capture_default_str();

  Result<> outcome;
  auto* genesis = app.add_subcommand("genesis", "manipulate lotus genesis template")->require_subcommand(1);
  add_template_commands(*genesis, outcome);
  add_command<PreSealCommand>(app, outcome, "pre-seal", "seal sectors for a miner of the genesis", declare_pre_seal,
                              [sector_dir](const PreSealCommand& o) { return run_pre_seal(o, *sector_dir); });
  add_command<AggregateCommand>(
      app, outcome, "aggregate-manifests", "aggregate a set of preseal manifests into a single file",
      [](CLI::App& command, AggregateCommand& o) {
        command.add_option("manifests", o.files, "preseal manifests")->required();
      },
      run_aggregate);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (outcome) return 0;
  std::fprintf(stderr, "ERROR: %s\n", outcome.error().message.c_str());
  return 1;
}

}  // namespace nelumbo::genesis
