#include "node/daemon.hpp"

#include <malloc.h>

#include "api_server.hpp"
#include "base/log.hpp"
#include "chain/beacon.hpp"
#include "chain_import.hpp"
#include "chain_jobs.hpp"
#include "context.hpp"
#include "genesis_import.hpp"
#include "head_pump.hpp"
#include "lite.hpp"
#include "messager_link.hpp"
#include "net_api.hpp"
#include "node/network_file.hpp"
#include "node/version.hpp"
#include "open_network.hpp"
#include "pool_source.hpp"
#include "process.hpp"
#include "process_api.hpp"
#include "signing_api.hpp"

namespace nelumbo::node {

namespace {

constexpr std::string_view kBlocksSpace = "blocks";
/// Bytes of API answers kept as text.
constexpr size_t kAnswerBytes = 8 << 20;

/// glibc gives every thread an arena of its own otherwise, and a node has many threads that allocate little.
void save_memory() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
}

/// What a running daemon is made of, in the order of making; destroyed the other way round.
struct Daemon {
  DaemonOptions options;
  Repository repository;
  DaemonConfig config;
  Context context;
  std::shared_ptr<KvStore> kv;
  std::shared_ptr<PrunableBlockstore> blocks;
  std::shared_ptr<ThreadPool> cpu;
  std::shared_ptr<wallet::KeyStore> keys;
  std::unique_ptr<HeadPump> pump;
  std::unique_ptr<rpc::Server> server;
  std::jthread warm_up;
};

std::vector<std::string> all_spaces() {
  auto spaces = chain::ChainStore::spaces();
  spaces.emplace_back(kBlocksSpace);
  spaces.emplace_back(pool::kLocalSpace);
  spaces.emplace_back(pool::kSentSpace);
  spaces.emplace_back(net::kBlockListSpace);
  return spaces;
}

/// An import that was broken off holds the place of the chain.
Result<> refuse_unfinished_import(KvStore& kv) {
  if (!TRY(chain::unfinished_import(kv)) || TRY(chain::has_chain(kv))) return {};
  return fail(ErrorCode::invalid,
              "an import into this repository was not finished: give the same --import-snapshot or --import-chain "
              "again to go on with it, or --remove-existing-chain alone to drop it");
}

Result<> open_chain(Daemon& d) {
  d.kv = TRY_IN("opening the datastore", KvStore::open(d.repository.datastore(), all_spaces()));
  if (!d.options.import) TRY(refuse_unfinished_import(*d.kv));
  d.blocks = std::make_shared<PrunableBlockstore>(d.kv, std::string(kBlocksSpace),
                                                  static_cast<size_t>(d.config.block_cache_mib) << 20);
  d.context.store = TRY_IN("opening the chain", chain::ChainStore::open(d.kv, d.blocks, d.context.params));
  return prepare_genesis(*d.context.store, d.options.genesis);
}

/// Networks that start on actors this program can run have the actors' code in their store.
Result<> load_actors(Daemon& d, const std::optional<NetworkFile>& network) {
  d.context.codes = std::make_shared<ActorCodes>(d.context.params.bundle, d.options.bundle);
  if (!network) return {};
  unsigned version = TRY(actors::actors_version(d.context.params.genesis_network_version));
  auto& blocks = *d.context.store->blocks();
  if (!network->manifest_cid.empty()) {
    auto root = TRY(Cid::parse(network->manifest_cid));
    if (auto known = actors::load_manifest(blocks, root, version)) {
      d.context.codes->add(*known);
      return {};
    }
  }
  auto manifest =
      TRY_IN("loading the actors", actors::load_bundle(blocks, d.context.params.bundle, version, d.options.bundle));
  if (!network->manifest_cid.empty() && manifest.root.str() != network->manifest_cid) {
    return fail(ErrorCode::invalid, "the bundle's manifest is {}, the network's is {}", manifest.root.str(),
                network->manifest_cid);
  }
  d.context.codes->add(manifest);
  return {};
}

/// What [Chainstore] says of pruning.
Result<PrunePolicy> prune_policy(const DaemonConfig& config) {
  PrunePolicy out;
  out.automatic = config.enable_splitstore;
  if (config.cold_store_type == "discard") {
    out.keep_messages = out.keep_states + std::max<int64_t>(0, config.message_retention) * kChainFinality;
  } else if (config.cold_store_type == "universal") {
    out.keep_states = chain::PruneOptions::kAll;
  } else if (config.cold_store_type != "messages") {
    return fail(ErrorCode::invalid,
                "[Chainstore.Splitstore] ColdStoreType is \"{}\"; there are discard, messages and universal",
                config.cold_store_type);
  }
  out.rewrite_every = std::max<int64_t>(0, config.full_gc_frequency);
  out.most_bytes = static_cast<uint64_t>(std::max<int64_t>(0, config.max_space_target));
  return out;
}

bool imports(const Daemon& d) { return d.options.import && !d.options.import->from.empty(); }

Result<> open_execution(Daemon& d, StopEvent& stop) {
  auto& c = d.context;
  auto policy = TRY(prune_policy(d.config));
  auto genesis = TRY(c.store->genesis());
  c.beacons = TRY(chain::BeaconSchedule::make(c.params, genesis->min_timestamp()));
  auto prover = c.params.mock_proofs ? make_mock_prover() : make_real_prover();
  c.states = chain::StateManager::make(c.store, c.beacons, std::move(prover));
  if (imports(d)) TRY(adopt_import(*d.kv, *c.states, d.options, stop));
  c.jobs = std::make_shared<ChainJobs>(ChainJobs::Parts{.store = c.store,
                                                        .states = c.states,
                                                        .blocks = d.blocks,
                                                        .keep = [codes = c.codes] { return codes->roots(); },
                                                        .folder = d.repository.folder(),
                                                        .policy = std::move(policy)});
  d.cpu = std::make_shared<ThreadPool>();
  c.syncer = std::make_shared<chain::Syncer>(c.states, d.cpu, c.clock);
  c.head = std::make_shared<HeadWatch>(*c.store);
  c.answers = std::make_shared<AnswerCache>(kAnswerBytes);
  c.workers = std::make_shared<ThreadPool>(static_cast<size_t>(std::max<int64_t>(1, d.config.execution_lanes)));
  return {};
}

Result<> open_pool(Daemon& d) {
  auto& c = d.context;
  d.keys = TRY_IN("opening the keystore", wallet::open_key_store(d.repository.keystore()));
  c.wallet = std::make_shared<wallet::Wallet>(d.keys);
  auto source = c.pool_source = make_pool_source(c.states);
  auto publish = [&c](const SignedMessage& message) { return c.network->publish_message(message); };
  c.pool = TRY_IN("opening the message pool", pool::MessagePool::open(source, d.kv, publish));
  c.estimator = std::make_shared<pool::GasEstimator>(source, c.pool, make_gas_call(c.states), d.config.default_max_fee);
  c.sender = std::make_shared<pool::MessageSender>(pool::local_steps(source, c.pool, c.estimator),
                                                   signer(c.wallet, c.params.eth_chain_id), d.kv);
  c.messager = TRY(make_messager_link(d.config.messager_api_info, [&c](const Address& address) {
    return c.states->key_address(address, c.head->head());
  }));
  return {};
}

/// What the node does among peers begins with the network's start.
Result<> open_peers(Daemon& d) {
  auto& c = d.context;
  c.network = TRY(open_network(c, d.config, d.options, *d.keys, d.kv));
  chain::SyncManager::Parts parts;
  parts.states = c.states;
  parts.syncer = c.syncer;
  parts.source = std::shared_ptr<chain::ChainSource>(c.network, &c.network->source());
  parts.kv = d.kv;
  parts.clock = c.clock;
  parts.on_bad_peer = [network = c.network.get()](const std::string& peer, const std::string& reason) {
    network->blame(peer, reason);
  };
  c.sync = TRY_IN("going on with the sync", chain::SyncManager::make(std::move(parts)));
  d.pump = std::make_unique<HeadPump>(*c.store, c.pool);
  return {};
}

Result<> serve(Daemon& d, StopEvent& stop) {
  auto& c = d.context;
  c.jwt_secret = TRY(d.repository.jwt_secret());
  d.server = TRY(make_api_server({.listen = d.config.api_listen_address,
                                  .timeout = d.config.api_timeout,
                                  .port = d.options.api_port,
                                  .jwt_secret = c.jwt_secret,
                                  .title = "Nelumbo daemon",
                                  .option = "--api"}));
  bind_process(*d.server, {.version = {user_version(c.params.name), rpc::kFullApiVersion1, c.params.block_delay,
                                       std::string(kAgent)},
                           .jwt_secret = c.jwt_secret,
                           .session = new_uuid(),
                           .started = c.clock->now(),
                           .subsystems = {"node", "rpc", "chain", "pool", "wallet", "net", "messager"},
                           .shutdown = [&stop] { stop.trigger(); }});
  d.server->bind(rpc::v0::Version, [&c]() -> Result<rpc::Version> {
    return rpc::Version{user_version(c.params.name), rpc::kFullApiVersion0, c.params.block_delay, std::string(kAgent)};
  });
  for (auto bind :
       {bind_chain, bind_snapshot, bind_gas, bind_mpool, bind_mining, bind_state, bind_state_messages,
        bind_state_decode, bind_state_miner, bind_state_pledge, bind_sync, bind_wallet, bind_eth, bind_v2}) {
    bind(*d.server, c);
  }
  d.server->bind(rpc::full::ID, [&c]() -> Result<std::string> { return c.network->connections().transport().id(); });
  bind_net(*d.server, c.network->connections());
  require_handlers(*d.server, rpc::daemon_methods());
  if (c.messager) d.server->set_ready_text([link = c.messager] { return link->state_line(); });
  // Who gets an answer finds the token on disk.
  TRY(publish_api(d.repository, *d.server, d.config.api_listen_address, d.config.api_remote_listen_address,
                  c.jwt_secret));
  d.server->start();
  return {};
}

Result<std::unique_ptr<Daemon>> open_daemon(const DaemonOptions& options, StopEvent& stop) {
  std::optional<NetworkFile> network;
  if (options.network_file) network = TRY(read_network_file(*options.network_file));
  auto params = network ? TRY(network_params(*network)) : TRY(named_network(options.network));
  set_address_network(params.address_network);
  auto repository = TRY(Repository::open(options.repository, RepoKind::daemon));
  std::vector<std::string> unknown;
  auto config = TRY(load_config<DaemonConfig>(options.config.value_or(repository.config_file()), &unknown));
  set_log_level(parse_log_level(config.log_level));
  for (const auto& key : unknown)
    log_warn("node", "the configuration has an option that this program does not know: {}", key);
  auto d = std::make_unique<Daemon>(Daemon{options, std::move(repository), std::move(config)});
  d->context.params = std::move(params);
  d->context.clock = system_clock();
  if (d->options.import) {
    const ImportPlace place{d->repository.datastore(), all_spaces(), std::string(kBlocksSpace)};
    TRY(read_import(place, d->options, d->context.params, stop));
  }
  TRY(open_chain(*d));
  TRY(load_actors(*d, network));
  TRY(open_execution(*d, stop));
  if (imports(*d) && d->options.import->halt) return d;
  TRY(open_pool(*d));
  TRY(open_peers(*d));
  TRY(serve(*d, stop));
  return d;
}

/// Makes the virtual machine ready while the node answers already.
void warm_up(Daemon& d) {
  d.warm_up = std::jthread([&c = d.context](std::stop_token stop) {
    auto start = std::chrono::steady_clock::now();
    auto ready = c.states->preload_actors(c.head->head(), stop);
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    if (!ready) return log_warn("node", "compiling the actors: {}", ready.error().message);
    if (*ready > 0) log_info("node", "{} actors are compiled, {:.1f} s", *ready, seconds.count());
    malloc_trim(0);
  });
}

}  // namespace

Result<> run_daemon(const DaemonOptions& options) {
  save_memory();
  if (options.lite) return run_lite(options);
  StopEvent stop;
  auto daemon = TRY(open_daemon(options, stop));
  auto head = daemon->context.head->head();
  if (!daemon->server) {
    log_info("node", "the import is complete, the head is at epoch {}; halting as asked", head->height());
    return {};
  }
  log_info("node", "network {}, head {} at epoch {}, API on port {}", daemon->context.params.network_name,
           head->key().str(), head->height(), daemon->server->port());
  malloc_trim(0);
  warm_up(*daemon);
  daemon->context.network->start();
  if (daemon->context.messager) {
    daemon->context.messager->start([&with = daemon->context.network->connections()] { return peers_to_report(with); });
  }
  stop.wait();
  log_info("node", "stopping");
  daemon->warm_up.request_stop();
  daemon->server->stop();
  if (daemon->context.messager) daemon->context.messager->stop();
  daemon->context.network->stop();
  daemon->context.sync->stop();
  daemon->context.jobs->stop();
  daemon->pump->stop();
  return {};
}

}  // namespace nelumbo::node
