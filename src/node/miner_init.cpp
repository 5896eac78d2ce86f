// lotus-miner init.

#include "actors/policy.hpp"
#include "actors/storage_params.hpp"
#include "codec/base32.hpp"
#include "crypto/uuid.hpp"
#include "engine/p2p.hpp"
#include "engine/proofs.hpp"
#include "libp2p_settings.hpp"
#include "messager_link.hpp"
#include "miner_init_steps.hpp"
#include "node/network_file.hpp"
#include "sealing/rpc_chain.hpp"
#include "sealing/storage.hpp"
#include "wallet/key_store.hpp"

namespace nelumbo::node {

namespace {

namespace full = rpc::full;

constexpr uint64_t kTestSectorSize = 2048, kSectorSize = uint64_t{32} << 30;
constexpr uint64_t kStorageWeight = 10;
constexpr int64_t kMarginUnit = 10'000;

class Init {
 public:
  explicit Init(const MinerInitOptions& options)
      : o_(options), with_{options.daemon_repository, options.daemon_api, options.say, options.interrupted} {}

  Result<Address> run() {
    TRY(at_step("options", read_options()));
    o_.say("Checking proof parameters");
    TRY(at_step("parameters present", check_parameters()));
    node_ = TRY(reach_node(with_));
    if (!o_.nosync) TRY(at_step("node synced", await_sync(with_, *node_)));
    o_.say("Checking if repo exists");
    TRY(at_step("repository absent", check_absent(o_.repository)));
    NewFolder folder(o_.repository);
    auto actor = TRY(fill());
    folder.keep();
    return actor;
  }

 private:
  Result<> read_options() {
    if (o_.network_file) {
      auto file = TRY(read_network_file(*o_.network_file));
      mock_proofs_ = TRY(network_params(file)).mock_proofs;
    }
    size_ = o_.sector_size != 0 ? o_.sector_size : o_.network_file ? kTestSectorSize : kSectorSize;
    proof_ = TRY_IN("--sector-size", seal_proof_for_size(size_));
    if (!(o_.deposit_margin >= 1 && o_.deposit_margin <= 10))
      return fail(ErrorCode::invalid, "--deposit-margin-factor must be from 1 to 10, is {}", o_.deposit_margin);
    if (o_.confidence < 0 || o_.confidence > 900)
      return fail(ErrorCode::invalid, "--confidence must be from 0 to 900, is {}", o_.confidence);
    if (!o_.actor.empty() && (!o_.owner.empty() || !o_.worker.empty() || !o_.from.empty() || o_.create_worker_key)) {
      return fail(
          ErrorCode::invalid,
          "--actor names a miner that exists: --owner, --worker, --from and --create-worker-key are of a new one");
    }
    if (o_.metadata && o_.actor.empty()) {
      return fail(ErrorCode::invalid,
                  "--pre-sealed-metadata is of sectors that a miner on the chain has: it goes with --actor or "
                  "--genesis-miner");
    }
    for (auto [flag, text] :
         {std::pair{"--actor", &o_.actor}, {"--owner", &o_.owner}, {"--worker", &o_.worker}, {"--from", &o_.from}}) {
      if (!text->empty()) TRY_IN(flag, Address::parse(*text));
    }
    for (const auto& path : o_.pre_sealed) {
      if (!fs::is_directory(path))
        return fail(ErrorCode::not_found, "--pre-sealed-sectors: {} is no folder", path.string());
    }
    return {};
  }

  /// Proving needs its parameters from the first deadline on; sealing waits for the large set of its own.
  Result<> check_parameters() {
    using parameters::Kind;
    if (mock_proofs_) return {};
    const auto command = fmt::format("`lotus-miner fetch-params {}`", size_string(size_));
    for (auto [kind, name] : {std::pair{Kind::winning_post, "winning PoSt"}, {Kind::window_post, "window PoSt"}}) {
      if (TRY(parameters::present(kind, size_))) continue;
      return fail(ErrorCode::not_found, "the {} parameters of {} sectors are not in {}: get them with {}", name,
                  size_string(size_), parameter_cache_folder().string(), command);
    }
    if (!TRY(parameters::present(Kind::porep, size_)))
      o_.say(fmt::format("The PoRep parameters of {} sectors are not here yet: sealing will wait for them ({})",
                         size_string(size_), command));
    return {};
  }

  /// All that is written; the caller removes it when this fails.
  Result<Address> fill() {
    o_.say("Initializing repo");
    auto repository = TRY(at_step("repository", Repository::open(o_.repository, RepoKind::miner)));
    o_.say("Initializing libp2p identity");
    auto peer = TRY(at_step("libp2p identity", make_identity(repository)));
    TRY(at_step("storage paths", make_storage(repository)));
    auto kv = TRY(at_step("repository", open_miner_store(repository)));
    auto config = TRY(at_step("repository", load_config<MinerProcessConfig>(repository.config_file())));
    messager_ =
        TRY(at_step("message server", make_messager_link(config.messager_api_info, [node = node_](const Address& a) {
                      return node->call(full::StateAccountKey, a, TipsetKey());
                    })));
    chain_ = sealing::make_rpc_chain(node_, messager_);
    auto actor = TRY(o_.actor.empty() ? create_miner(peer) : adopt_miner(peer));
    TRY(at_step("address stored", store_miner(*kv, actor)));
    if (o_.metadata) TRY(at_step("pre-sealed metadata", take_pre_sealed(kv, *o_.metadata, actor)));
    return actor;
  }

  static Result<Bytes> make_identity(const Repository& repository) {
    auto keys = TRY(wallet::open_key_store(repository.keystore()));
    auto identity = TRY(host_identity(*keys));
    return from_base58(TRY(p2p::peer_id_of(identity)));
  }

  Result<> make_storage(const Repository& repository) {
    auto storage = TRY(sealing::Storage::open(repository.folder()));
    for (const auto& path : o_.pre_sealed) {
      o_.say(fmt::format("Setting up storage config with presealed sectors: {}", path.string()));
      TRY(storage->attach(fs::absolute(path), std::nullopt));
    }
    if (o_.no_local_storage) return {};
    sealing::PathMeta meta{.id = new_uuid(), .weight = kStorageWeight, .can_seal = true, .can_store = true};
    return storage->attach(fs::absolute(repository.folder()), meta);
  }

  Result<Address> adopt_miner(const Bytes& peer) {
    auto named = TRY(Address::parse(o_.actor));
    auto actor = TRY(at_step("miner on chain", node_->call(full::StateLookupID, named, TipsetKey())));
    TRY(at_step("peer id told", tell_peer_id(with_, *chain_, actor, peer, o_.gas_premium, o_.confidence)));
    return actor;
  }

  /// The addresses of the new miner's messages and keys.
  struct Parties {
    Address owner, worker, sender;
  };
  Result<Parties> parties() {
    Parties out;
    out.owner = TRY(o_.owner.empty() ? node_->call(full::WalletDefaultAddress) : Address::parse(o_.owner));
    if (!out.owner.defined()) return fail(ErrorCode::not_found, "the node has no default wallet: name --owner");
    out.worker = out.owner;
    if (!o_.worker.empty()) {
      out.worker = TRY(Address::parse(o_.worker));
    } else if (o_.create_worker_key) {
      out.worker = TRY(node_->call(full::WalletNew, std::string("bls")));
      o_.say(fmt::format("New worker key: {}", out.worker.str()));
    }
    out.sender = o_.from.empty() ? out.owner : TRY(Address::parse(o_.from));
    TRY_IN(fmt::format("the sender {} must exist on chain", out.sender.str()),
           node_->call(full::StateLookupID, out.sender, TipsetKey()));
    return out;
  }

  /// A transfer of nothing makes the account of a key that the chain has never seen.
  Result<> make_account(const Address& account, const Address& sender, std::string_view what) {
    auto known = node_->call(full::StateLookupID, account, TipsetKey());
    if (known) return {};
    if (known.error().code != ErrorCode::not_found) return std::unexpected(std::move(known).error());
    o_.say(fmt::format("Initializing {} account {}", what, account.str()));
    Message message;
    message.from = sender;
    message.to = account;
    message.gas_premium = o_.gas_premium;
    TRY(send_and_wait(with_, *chain_, message, o_.confidence, fmt::format("{} account", what)));
    return {};
  }

  Result<TokenAmount> deposit(const Address& sender) {
    auto least = TRY(node_->call(full::StateMinerCreationDeposit, TipsetKey()));
    TokenAmount value = least * static_cast<int64_t>(o_.deposit_margin * kMarginUnit) / kMarginUnit;
    auto balance = TRY(node_->call(full::WalletBalance, sender));
    if (balance < value) {
      return fail(ErrorCode::invalid, "the creation deposit is {}, {} has {}: {} are missing, and gas",
                  fil_string(value), sender.str(), fil_string(balance), fil_string(value - balance));
    }
    return value;
  }

  Result<Address> create_miner(const Bytes& peer) {
    auto who = TRY(at_step("worker account", parties()));
    TRY(at_step("worker account", make_account(who.worker, who.sender, "worker")));
    TRY(at_step("worker account", make_account(who.owner, who.sender, "owner")));
    auto proof = TRY(at_step("CreateMiner", seal_proof_info(proof_)));
    Message message;
    message.to = Address::from_id(actors::kPowerActor);
    message.from = who.sender;
    message.value = TRY(at_step("CreateMiner", deposit(who.sender)));
    message.method = actors::methods::kCreateMiner;
    message.params = to_cbor(actors::power::CreateMinerParams{who.owner, who.worker, proof.window_post, peer, {}});
    message.gas_premium = o_.gas_premium;
    o_.say(fmt::format("Creating the miner with a deposit of {}", fil_string(message.value)));
    auto done = TRY(at_step("CreateMiner", send_and_wait(with_, *chain_, message, o_.confidence, "CreateMiner")));
    auto made = TRY(at_step("CreateMiner", from_cbor<actors::power::CreateMinerReturn>(done.receipt.return_data)));
    o_.say(fmt::format("New miners address is: {} ({})", made.id_address.str(), made.robust_address.str()));
    return made.id_address;
  }

  const MinerInitOptions& o_;
  const InitNode with_;
  bool mock_proofs_ = false;
  uint64_t size_ = 0;
  SealProof proof_{};
  std::shared_ptr<rpc::Client> node_;
  std::shared_ptr<MessagerLink> messager_;
  std::shared_ptr<sealing::ChainApi> chain_;
};

}  // namespace

Result<Address> init_miner(const MinerInitOptions& options) { return Init(options).run(); }

Result<> init_genesis_miner(const GenesisMinerOptions& options) {
  auto actor = TRY_IN("--actor", Address::parse(options.actor));
  auto repository = TRY(Repository::open(options.repository, RepoKind::miner));
  auto kv = TRY(open_miner_store(repository));
  auto known = TRY(stored_miner(*kv));
  if (known && *known != actor) return fail(ErrorCode::exists, "this repository is that of another miner");
  if (options.metadata) TRY_IN("--pre-sealed-metadata", take_pre_sealed(kv, *options.metadata, actor));
  TRY(store_miner(*kv, actor));
  auto storage = TRY_IN("storage paths", sealing::Storage::open(repository.folder()));
  if (options.pre_sealed)
    TRY_IN("--pre-sealed-sectors", storage->attach(fs::absolute(*options.pre_sealed), std::nullopt));
  return {};
}

}  // namespace nelumbo::node
