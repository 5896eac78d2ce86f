#include "seed_commands.hpp"

#include <chrono>
#include <cstdio>

#include "base/clock.hpp"
#include "crypto/uuid.hpp"
#include "genesis/genesis.hpp"
#include "genesis/preseal.hpp"

namespace nelumbo::genesis {

namespace {

constexpr uint64_t kSignerBalance = 50'000;  ///< FIL that set-signers gives every signer

/// Reads a template, changes it, writes it back.
Result<> change_template(const std::string& file, const std::function<Result<>(Template&)>& change) {
  auto path = expand_home(file);
  auto value = TRY(read_template(path));
  TRY(change(value));
  return write_template(path, value);
}

Result<std::vector<MultisigRow>> read_csv(const std::string& file) {
  auto path = expand_home(file);
  auto text = TRY_IN("reading the multisig csv file", read_text_file(path));
  return in_context(parse_multisig_csv(text, devnet_params().block_delay), path.string());
}

}  // namespace

Result<uint64_t> parse_rfc3339(const std::string& text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
  auto bad = [&] { return fail(ErrorCode::invalid, "\"{}\" is no time like 2025-02-27T15:04:05Z", text); };
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &used) !=
      6) {
    return bad();
  }
  int offset_minutes = 0;
  std::string zone = text.substr(static_cast<size_t>(used));
  if (zone != "Z") {
    char sign = 0;
    int zone_hours = 0, zone_minutes = 0, zone_used = 0;
    if (std::sscanf(zone.c_str(), "%c%2d:%2d%n", &sign, &zone_hours, &zone_minutes, &zone_used) != 3 ||
        zone.size() != static_cast<size_t>(zone_used) || (sign != '+' && sign != '-')) {
      return bad();
    }
    offset_minutes = (zone_hours * 60 + zone_minutes) * (sign == '+' ? 1 : -1);
  }
  using namespace std::chrono;
  year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                      std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return bad();
  int64_t seconds_since =
      (sys_days(date).time_since_epoch() + hours(hour) + minutes(minute - offset_minutes) + seconds(second)) /
      seconds(1);
  if (seconds_since <= 0) return bad();
  return static_cast<uint64_t>(seconds_since);
}

Result<> run_pre_seal(const PreSealCommand& options, const std::string& sector_dir) {
  TRY(actors::actors_version(options.network_version));
  auto miner = TRY_IN("--miner-addr", Address::parse(options.miner));
  auto sector_size = TRY_IN("--sector-size", parse_size(options.sector_size));
  PreSealOptions seal{.miner = miner,
                      .sector_size = sector_size,
                      .offset = options.offset,
                      .sectors = options.sectors,
                      .ticket_preimage = options.ticket_preimage,
                      .key = std::nullopt,
                      .fake = options.fake};
  if (!options.key.empty()) seal.key = TRY(read_key_file(expand_home(options.key)));
  auto folder = expand_home(sector_dir);
  auto sealed = TRY(pre_seal(folder, seal, [](uint64_t done, uint64_t total) {
    if (done < total) std::printf("sealing sector %lu of %lu\n", done + 1, total);
  }));
  auto manifest = TRY(write_pre_seal(folder, sealed));
  std::printf("wrote %s\n", manifest.c_str());
  return {};
}

Result<> run_aggregate(const AggregateCommand& options) {
  std::vector<MinerManifest> manifests;
  for (const auto& file : options.files) manifests.push_back(TRY(read_miner_manifest(expand_home(file))));
  auto joined = TRY(join_manifests(manifests));
  std::printf("%s\n", miner_manifest_text(joined).c_str());
  return {};
}

Result<> run_new(const NewCommand& options) {
  auto name = options.network_name.empty() ? "localnet-" + new_uuid() : options.network_name;
  auto value = new_template(name, devnet_params().genesis_network_version);
  if (!options.timestamp.empty()) value.timestamp = TRY_IN("--timestamp", parse_rfc3339(options.timestamp));
  return write_template(expand_home(options.file), value);
}

Result<> run_add_miner(const AddMinerCommand& options) {
  auto miners = TRY(read_miner_manifest(expand_home(options.preseal)));
  return change_template(options.file,
                         [&](Template& value) { return add_miners(value, miners, kAttoPerFil * options.balance); });
}

Result<> run_add_msigs(const AddMsigsCommand& options) {
  auto rows = TRY(read_csv(options.csv));
  return change_template(options.file, [&](Template& value) -> Result<> {
    for (auto& row : rows) value.accounts.push_back(TemplateActor::make_multisig(row.meta, row.amount));
    return {};
  });
}

Result<> run_set_actor(const SetActorCommand& options, TemplateActor Template::*actor) {
  TemplateActor made;
  if (!options.account.empty()) {
    made = TemplateActor::make_account(TRY_IN("--account", Address::parse(options.account)), 0);
  } else if (!options.multisig.empty()) {
    auto rows = TRY(read_csv(options.multisig));
    if (rows.empty()) return fail(ErrorCode::invalid, "no msig entries in {}", options.multisig);
    made = TemplateActor::make_multisig(rows.front().meta, rows.front().amount);
  } else {
    return fail(ErrorCode::invalid, "must include either --account or --multisig flag");
  }
  return change_template(options.file, [&](Template& value) -> Result<> {
    value.*actor = made;
    return {};
  });
}

Result<> run_set_signers(const SetSignersCommand& options) {
  MultisigMeta meta{.signers = {}, .threshold = options.threshold};
  for (const auto& text : options.signers) meta.signers.push_back(TRY_IN("--signers", Address::parse(text)));
  if (meta.threshold == 0 || meta.threshold > meta.signers.size()) {
    return fail(ErrorCode::invalid, "a threshold of {} with {} signers", meta.threshold, meta.signers.size());
  }
  return change_template(options.file, [&](Template& value) -> Result<> {
    for (const auto& signer : meta.signers) {
      value.accounts.push_back(TemplateActor::make_account(signer, kAttoPerFil * kSignerBalance));
    }
    value.verified_registry_root = TemplateActor::make_multisig(meta, 0);
    return {};
  });
}

Result<> run_set_network_version(const SetNetworkVersionCommand& options) {
  TRY(actors::actors_version(options.network_version));
  return change_template(options.file, [&](Template& value) -> Result<> {
    value.network_version = options.network_version;
    return {};
  });
}

Result<> run_car(const CarCommand& options) {
  auto value = TRY(read_template(expand_home(options.file)));
  if (value.timestamp == 0) value.timestamp = static_cast<uint64_t>(system_clock()->unix_seconds());
  auto network = devnet_params();
  network.mock_proofs = options.proofs == "mock";
  if (network.mock_proofs) network.bundle = "testing-fake-proofs";
  std::optional<fs::path> bundle;
  if (!options.bundle.empty()) bundle = expand_home(options.bundle);
  auto store = make_memory_blockstore();
  auto made = TRY(build_genesis(value, store, network, bundle));
  auto out = expand_home(options.out);
  TRY(write_genesis_car(made.block, store, out));
  for (const auto& miner : made.miners) std::printf("GENESIS MINER ADDRESS: %s\n", miner.str().c_str());
  std::printf("GENESIS BLOCK: %s\nTIMESTAMP: %lu\nwrote %s\n", made.block.str().c_str(), value.timestamp, out.c_str());
  return {};
}

}  // namespace nelumbo::genesis
