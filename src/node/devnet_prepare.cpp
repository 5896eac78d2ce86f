#include "devnet_prepare.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "actors/bundle.hpp"
#include "chain/drand.hpp"
#include "engine/proofs.hpp"
#include "genesis/genesis.hpp"
#include "genesis/preseal.hpp"
#include "node/miner_process.hpp"
#include "process_api.hpp"
#include "types/state_tree.hpp"
#include "wallet/wallet.hpp"

namespace nelumbo::node {

namespace {

constexpr uint64_t kSectorSize = 2048;
constexpr uint64_t kSectors = 2;
constexpr uint64_t kShortestEpoch = 4;            ///< seconds, with real proofs
constexpr uint64_t kMockEpoch = 1;                ///< seconds
constexpr uint64_t kOwnerBalance = 50'000'000;    ///< FIL, as lotus-seed gives
constexpr uint64_t kDefaultBalance = 10'000'000;  ///< FIL of the daemon's default address
/// The beacon is older than the genesis, so that the first epochs have their rounds.
constexpr int64_t kBeaconLead = 2;  ///< epochs

wallet::KeyInfo wallet_key(const genesis::KeyInfo& key) { return {key.type, key.private_key}; }

class Preparation {
 public:
  Preparation(const DevnetPaths& paths, const DevnetOptions& options, DevnetReport& report)
      : paths_(paths), options_(options), report_(report) {}

  Result<> run() {
    set_address_network(AddressNetwork::testnet);
    TRY(check_bundle());
    if (!options_.mock_proofs) TRY(make_parameters());
    TRY(seal());
    TRY(choose_epoch());
    TRY(make_network());
    TRY(make_genesis());
    TRY(make_repositories());
    TRY(write_network_file(paths_.network(), network_));
    return write_devnet_file(paths_, file_);
  }

 private:
  std::string bundle_name() const { return options_.mock_proofs ? "testing-fake-proofs" : "devnet"; }

  Result<> check_bundle() {
    if (options_.bundle) {
      if (!fs::exists(*options_.bundle))
        return fail(ErrorCode::not_found, "no such bundle: {}", options_.bundle->string());
      file_.bundle_file = fs::absolute(*options_.bundle).string();
      return {};
    }
    fs::path file = actors::bundle_file(bundle_name(), actors::kNewestActorsVersion);
    if (fs::exists(file)) return {};
    return fail(ErrorCode::not_found,
                "the actors' bundle {} is missing: run `make assets` once to fetch the official files", file.string());
  }

  Result<> make_parameters() {
    using parameters::Kind;
    for (auto [kind, name] : {std::pair(Kind::winning_post, "winning PoSt parameters"),
                              std::pair(Kind::window_post, "window PoSt parameters")}) {
      if (TRY(parameters::present(kind, kSectorSize))) continue;
      auto start = std::chrono::steady_clock::now();
      report_.progress(name, 0);
      TRY_IN(name, parameters::generate(kind, kSectorSize,
                                        [&](std::string_view, double part) { report_.progress(name, part); }));
      report_.done(name, fmt::format("made in {:.0f} s", seconds_since(start)));
    }
    return {};
  }

  Result<> seal() {
    genesis::PreSealOptions how{.sector_size = kSectorSize, .sectors = kSectors, .fake = options_.mock_proofs};
    how.key = TRY(genesis::generate_key("bls"));
    const std::string step = "pre-sealed sectors";
    report_.progress(step, 0);
    sealed_ = TRY_IN(
        "sealing the first sectors", genesis::pre_seal(paths_.sectors(), how, [&](uint64_t done, uint64_t total) {
          report_.progress(step, static_cast<double>(done) / static_cast<double>(std::max<uint64_t>(1, total)));
        }));
    report_.done(step, fmt::format("{} of {}", kSectors, size_string(kSectorSize)));
    return {};
  }

  /// One winning PoSt to load the parameters, a second to measure.
  Result<double> measure_winning_post() {
    auto proof = TRY(seal_proof_for_size(kSectorSize));
    auto info = TRY(seal_proof_info(proof));
    ActorId miner = TRY(sealed_.miner.id.id());
    const auto& sector = sealed_.miner.sectors.front();
    std::string name = genesis::sector_file_name(miner, sector.sector_number);
    PrivateSectorInfo secret{{proof, sector.sector_number, sector.comm_r},
                             paths_.sectors() / "cache" / name,
                             paths_.sectors() / "sealed" / name};
    auto prover = make_real_prover();
    double seconds = 0;
    for (int round = 0; round < 2; ++round) {
      report_.progress("measuring a winning PoSt", round / 2.0);
      auto start = std::chrono::steady_clock::now();
      TRY_IN("measuring a winning PoSt",
             prover->prove_winning_post(info.winning_post, miner, Hash256{}, std::span(&secret, 1)));
      seconds = seconds_since(start);
    }
    return seconds;
  }

  Result<> choose_epoch() {
    if (options_.epoch_seconds) {
      if (*options_.epoch_seconds == 0) return fail(ErrorCode::invalid, "an epoch lasts at least one second");
      epoch_seconds_ = *options_.epoch_seconds;
    } else if (options_.mock_proofs) {
      epoch_seconds_ = kMockEpoch;
    } else {
      file_.winning_post_seconds = TRY(measure_winning_post());
      epoch_seconds_ = epoch_seconds_for(file_.winning_post_seconds);
      report_.done("measuring a winning PoSt",
                   fmt::format("{:.1f} s on this machine: epochs of {} s", file_.winning_post_seconds, epoch_seconds_));
    }
    return {};
  }

  Result<> make_network() {
    const NetworkParams base = devnet_params();
    int64_t now = system_clock()->unix_seconds();
    int64_t epoch = static_cast<int64_t>(epoch_seconds_);
    if (options_.warp < 0 || options_.warp > now / epoch / 2)
      return fail(ErrorCode::invalid, "cannot date a genesis {} epochs back", options_.warp);
    int64_t genesis_time = now - options_.warp * epoch;
    std::string name = fmt::format("{}{}-{}", options_.mock_proofs ? kMockPrefix : "", "devnet", new_uuid());
    network_ = {.network_name = name,
                .bundle = bundle_name(),
                .network_version = base.genesis_network_version,
                .genesis_time = static_cast<uint64_t>(genesis_time),
                .epoch_seconds = epoch_seconds_,
                .eth_chain_id = base.eth_chain_id,
                .mock_proofs = options_.mock_proofs,
                .actor_debugging = base.actor_debugging};
    auto beacon = TRY(chain::DevnetBeacon::info(paths_.beacon_key(), genesis_time - kBeaconLead * epoch, epoch));
    network_.drand_info = beacon.json();
    return {};
  }

  Result<> make_genesis() {
    const std::string step = "genesis";
    report_.progress(step, 0);
    default_key_ = TRY(genesis::generate_key("secp256k1"));
    auto value = genesis::new_template(network_.network_name, network_.network_version);
    value.timestamp = network_.genesis_time;
    TRY(genesis::add_miners(value, {{sealed_.miner.id.str(), sealed_.miner}}, kAttoPerFil * kOwnerBalance));
    auto address = TRY(default_key_.address());
    value.accounts.push_back(genesis::TemplateActor::make_account(address, kAttoPerFil * kDefaultBalance));
    TRY(genesis::write_template(paths_.genesis_template(), value));
    auto store = make_memory_blockstore();
    auto params = TRY(network_params(network_));
    auto manifest = TRY(actors::load_bundle(*store, network_.bundle, actors::kNewestActorsVersion, options_.bundle));
    auto made = TRY_IN("making the genesis", genesis::build_genesis(value, manifest, store, params));
    TRY(genesis::write_genesis_car(made.block, store, paths_.genesis()));
    network_.genesis_cid = made.block.str();
    network_.manifest_cid = manifest.root.str();
    auto tree = TRY(StateTree::load(store, made.state_root));
    if (auto reserve = TRY(tree.get(actors::kReserveActor))) network_.reserved = reserve->balance.str();
    file_.miner = made.miners.front().str();
    report_.done(step, made.block.str());
    return {};
  }

  Result<> make_repositories() {
    TRY(make_folder(paths_.daemon()));
    wallet::Wallet wallet(TRY(wallet::open_key_store(paths_.daemon() / "keystore")));
    file_.worker = TRY(wallet.import_key(wallet_key(sealed_.key))).str();
    auto address = TRY(wallet.import_key(wallet_key(default_key_)));
    TRY(wallet.set_default(address));
    file_.default_address = address.str();
    file_.created = rfc3339(system_clock()->now());
    return init_miner({.repository = paths_.miner(), .actor = file_.miner, .pre_sealed = paths_.sectors()});
  }

  static double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  const DevnetPaths& paths_;
  const DevnetOptions& options_;
  DevnetReport& report_;
  DevnetFile file_;
  NetworkFile network_;
  genesis::PreSealed sealed_;
  genesis::KeyInfo default_key_;
  uint64_t epoch_seconds_ = 0;
};

}  // namespace

Result<> prepare_devnet(const DevnetPaths& paths, const DevnetOptions& options, DevnetReport& report) {
  return Preparation(paths, options, report).run();
}

uint64_t epoch_seconds_for(double winning_post_seconds) {
  return std::max(kShortestEpoch, static_cast<uint64_t>(std::ceil(winning_post_seconds * 1.4)));
}

}  // namespace nelumbo::node
