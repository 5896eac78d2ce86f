#include "devnet_prepare.hpp"

#include "actors/bundle.hpp"
#include "chain/drand.hpp"
#include "devnet_calibrate.hpp"
#include "genesis/genesis.hpp"
#include "node/miner_process.hpp"
#include "process_api.hpp"
#include "types/state_tree.hpp"
#include "wallet/wallet.hpp"

namespace nelumbo::node {

namespace {

constexpr uint64_t kSectors = 2;                  ///< of each miner
constexpr uint64_t kMockEpoch = 1;                ///< seconds
constexpr uint64_t kOwnerBalance = 50'000'000;    ///< FIL, as lotus-seed gives
constexpr uint64_t kDefaultBalance = 10'000'000;  ///< FIL of the daemon's default address
/// The beacon is older than the genesis, so that the first epochs have their rounds.
constexpr int64_t kBeaconLead = 2;  ///< epochs

wallet::KeyInfo wallet_key(const genesis::KeyInfo& key) { return {key.type, key.private_key}; }

class Preparation {
 public:
  Preparation(const DevnetPaths& paths, const DevnetOptions& options, DevnetReport& report)
      : paths_(paths), options_(options), report_(report), miners_(options.miners.value_or(1)) {}

  Result<> run() {
    set_address_network(AddressNetwork::testnet);
    TRY(check_bundle());
    if (!options_.mock_proofs) TRY(make_post_parameters(report_));
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

  Result<> seal() {
    const std::string step = "pre-sealed sectors";
    const uint64_t total = kSectors * miners_;
    for (uint64_t i = 0; i < miners_; ++i) {
      genesis::PreSealOptions how{.miner = Address::from_id(actors::kFirstMiner + i),
                                  .sector_size = kDevnetSectorSize,
                                  .sectors = kSectors,
                                  .fake = options_.mock_proofs};
      how.key = TRY(genesis::generate_key("bls"));
      auto tell = [&](uint64_t done, uint64_t) {
        report_.progress(step, static_cast<double>(i * kSectors + done) / static_cast<double>(total));
      };
      auto sealed = TRY_IN("sealing the first sectors", genesis::pre_seal(paths_.sectors(), how, tell));
      sealed_.push_back(std::move(sealed));
    }
    report_.done(step, fmt::format("{} of {}", total, size_string(kDevnetSectorSize)));
    return {};
  }

  Result<> choose_epoch() {
    if (options_.epoch_seconds) {
      if (*options_.epoch_seconds == 0) return fail(ErrorCode::invalid, "an epoch lasts at least one second");
      epoch_seconds_ = *options_.epoch_seconds;
      return {};
    }
    if (options_.mock_proofs) {
      epoch_seconds_ = kMockEpoch;
      return {};
    }
    const double seconds = TRY(measure_winning_post(paths_, sealed_, report_));
    file_.winning_post_seconds = seconds;
    epoch_seconds_ = epoch_seconds_for(seconds, sealed_.size());
    std::string how_many = sealed_.size() > 1 ? fmt::format(" with {} at once", sealed_.size()) : "";
    report_.done("measuring a winning PoSt",
                 fmt::format("{:.1f} s on this machine{}: epochs of {} s", seconds, how_many, epoch_seconds_));
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
                .actor_debugging = base.actor_debugging,
                .miners = sealed_.size()};
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
    genesis::MinerManifest manifests;
    for (const auto& each : sealed_) manifests.emplace(each.miner.id.str(), each.miner);
    TRY(genesis::add_miners(value, manifests, kAttoPerFil * kOwnerBalance));
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
    for (const auto& each : made.miners) file_.miners.push_back({.address = each.str()});
    report_.done(step, made.block.str());
    return {};
  }

  Result<> make_repositories() {
    file_.nodes.resize(options_.nodes.value_or(miners_));
    for (size_t i = 0; i < sealed_.size(); ++i) {
      auto& miner = file_.miners[i];
      miner.worker = TRY(sealed_[i].key.address()).str();
      if (i < file_.nodes.size()) {
        TRY(make_mining_node(i));
      } else {
        TRY(write_file(paths_.worker_key(miner.address), genesis::key_file_text(sealed_[i].key), 0600));
      }
    }
    file_.default_address = TRY(default_key_.address()).str();
    file_.created = rfc3339(system_clock()->now());
    return {};
  }

  /// The repositories of a daemon and of the miner on it. A daemon without a miner makes its own.
  Result<> make_mining_node(size_t node) {
    TRY(make_folder(paths_.daemon(node)));
    wallet::Wallet wallet(TRY(wallet::open_key_store(paths_.daemon(node) / "keystore")));
    auto address = TRY(wallet.import_key(wallet_key(sealed_[node].key)));
    if (node == 0) address = TRY(wallet.import_key(wallet_key(default_key_)));
    TRY(wallet.set_default(address));
    return init_genesis_miner(
        {.repository = paths_.miner(node), .actor = file_.miners[node].address, .pre_sealed = paths_.sectors()});
  }

  const DevnetPaths& paths_;
  const DevnetOptions& options_;
  DevnetReport& report_;
  const uint64_t miners_;
  DevnetFile file_;
  NetworkFile network_;
  std::vector<genesis::PreSealed> sealed_;  ///< of each miner
  genesis::KeyInfo default_key_;
  uint64_t epoch_seconds_ = 0;
};

}  // namespace

Result<> prepare_devnet(const DevnetPaths& paths, const DevnetOptions& options, DevnetReport& report) {
  return Preparation(paths, options, report).run();
}

}  // namespace nelumbo::node
