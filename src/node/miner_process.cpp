#include "node/miner_process.hpp"

#include <future>

#include <malloc.h>

#include "api_server.hpp"
#include "base/log.hpp"
#include "messager_link.hpp"
#include "mining/miner.hpp"
#include "mining/rpc_node.hpp"
#include "node/network_file.hpp"
#include "node/version.hpp"
#include "process.hpp"
#include "process_api.hpp"
#include "rpc/client.hpp"
#include "rpc/miner_api.hpp"

namespace nelumbo::node {

namespace {

constexpr std::string_view kMetadataSpace = "metadata";
constexpr std::string_view kAddressKey = "miner-address";
/// How long a stop waits for a proof that is being made; it would be thrown away anyhow.
constexpr auto kPatience = std::chrono::seconds(3);
/// Which part of a test network's epoch blocks take to be known (on mainnet 10 of 30 seconds).
constexpr double kPropagationPart = 0.25;
constexpr double kOthersPatience = 10;  ///< seconds

Result<std::shared_ptr<KvStore>> open_store(const Repository& repository) {
  return in_context(
      KvStore::open(repository.datastore(), {std::string(kMetadataSpace), std::string(mining::kBlocksSpace),
                                             std::string(mining::kWindowPostSpace)}),
      "opening the datastore");
}

struct MinerProcess {
  MinerOptions options;
  Repository repository;
  MinerProcessConfig config;
  std::shared_ptr<KvStore> kv;
  Address actor;
  std::shared_ptr<rpc::Client> daemon;
  std::shared_ptr<MessagerLink> messager;  ///< null: messages go through the daemon
  rpc::ApiNetworkParams network;
  bool mock_proofs = false;
  bool alone = false;  ///< no other miner began with the network: nobody's blocks to wait for
  AddressNetwork address_network = AddressNetwork::mainnet;
  std::shared_ptr<mining::WindowPoster> poster;
  std::unique_ptr<mining::Miner> miner;
  std::unique_ptr<rpc::Server> server;
};

Result<Address> stored_actor(KvStore& kv) {
  auto bytes = TRY(kv.get(kMetadataSpace, as_bytes(kAddressKey)));
  if (!bytes) return fail(ErrorCode::not_found, "this repository has no miner yet: make it with `lotus-miner init`");
  return Address::from_bytes(*bytes);
}

Result<> connect(MinerProcess& m) {
  auto where = m.options.daemon_api
                   ? TRY_IN("the daemon's API info", rpc::parse_api_info(*m.options.daemon_api))
                   : TRY(rpc::find_api_info("FULLNODE_API_INFO", m.options.daemon_repository, "lotus daemon"));
  m.daemon = std::make_shared<rpc::Client>(std::move(where));
  TRY_IN("the daemon", m.daemon->check_version(rpc::kFullApiVersion1));
  m.network = TRY(m.daemon->call(rpc::full::StateGetNetworkParams));
  if (!m.options.network_file) return {};
  auto file = TRY(read_network_file(*m.options.network_file));
  auto params = TRY(network_params(file));
  if (params.network_name != m.network.network_name) {
    return fail(ErrorCode::invalid, "the network file is of {}, the daemon is on {}", params.network_name,
                m.network.network_name);
  }
  m.mock_proofs = params.mock_proofs;
  m.alone = file.miners <= 1;
  m.address_network = params.address_network;
  return {};
}

/// Test networks: epochs of other lengths, and perhaps no other miner.
void time_for_network(const MinerProcess& m, mining::MinerConfig& config) {
  config.propagation_delay = 0;
  config.equivocation_delay = 0;
  if (m.alone) return;
  const auto epoch = static_cast<double>(m.network.block_delay_secs);
  config.propagation_delay = epoch * kPropagationPart;
  config.equivocation_delay = config.propagation_delay / 5;
  // Who brings a chain back that was down comes before those who only do so when he is missing.
  config.others_patience = std::max(kOthersPatience, 3 * epoch) * (m.options.catch_up ? 1 : 3);
}

Result<> prepare_mining(MinerProcess& m) {
  m.messager = TRY(make_messager_link(m.config.messager_api_info, [daemon = m.daemon](const Address& address) {
    return daemon->call(rpc::full::StateAccountKey, address, TipsetKey());
  }));
  if (m.messager) m.messager->start();
  auto node = mining::make_rpc_node(m.daemon, m.messager);
  auto prover = m.mock_proofs ? make_mock_prover() : make_real_prover();
  auto sectors =
      std::make_shared<const mining::SectorLocator>(TRY(mining::SectorLocator::of_repository(m.repository.folder())));
  m.poster = std::make_shared<mining::WindowPoster>(
      mining::WindowPostConfig{.miner = m.actor, .max_fee = m.config.max_window_post_gas_fee}, node, prover, sectors,
      m.kv);
  mining::MinerConfig config{.miner = m.actor,
                             .block_delay = m.network.block_delay_secs,
                             .catch_up = m.options.catch_up,
                             .sparse = m.options.sparse};
  if (m.options.network_file) time_for_network(m, config);
  m.miner = std::make_unique<mining::Miner>(config, node, prover, sectors, std::make_shared<mining::SlashFilter>(m.kv),
                                            m.poster, system_clock());
  return {};
}

Result<std::vector<SectorNumber>> sector_numbers(const MinerProcess& m) {
  auto sectors = TRY(m.daemon->call(rpc::full::StateMinerSectors, m.actor, std::nullopt, TipsetKey()));
  std::vector<SectorNumber> out;
  for (const auto& each : sectors) out.push_back(each.sector_number);
  return out;
}

void bind_miner(rpc::Server& server, MinerProcess& m) {
  namespace methods = rpc::miner;
  server.bind(methods::ActorAddress, [&]() -> Result<Address> { return m.actor; });
  server.bind(methods::ActorSectorSize, [&](const Address& miner) -> Result<uint64_t> {
    return TRY(m.daemon->call(rpc::full::StateMinerInfo, miner, TipsetKey())).sector_size;
  });
  server.bind(methods::MiningBase, [&] { return m.daemon->call(rpc::full::ChainHead); });
  // Every sector of this miner is on the chain: it makes none by itself yet.
  server.bind(methods::SectorsList, [&] { return sector_numbers(m); });
  server.bind(methods::SectorsSummary, [&]() -> Result<std::map<std::string, int64_t>> {
    auto sectors = TRY(sector_numbers(m));
    return std::map<std::string, int64_t>{{"Proving", static_cast<int64_t>(sectors.size())}};
  });
  server.bind(methods::SectorsListInStates,
              [&](const std::vector<std::string>& states) -> Result<std::vector<SectorNumber>> {
                for (const auto& state : states) {
                  if (state == "Proving") return sector_numbers(m);
                }
                return std::vector<SectorNumber>();
              });
}

Result<> serve(MinerProcess& m, StopEvent& stop) {
  Bytes secret = TRY(m.repository.jwt_secret());
  m.server = TRY(make_api_server({.listen = m.config.api_listen_address,
                                  .timeout = m.config.api_timeout,
                                  .port = m.options.api_port,
                                  .jwt_secret = secret,
                                  .title = "Nelumbo miner",
                                  .option = "--miner-api"}));
  bind_process(*m.server, {.version = {user_version(m.network.network_name), rpc::kMinerApiVersion0,
                                       m.network.block_delay_secs, std::string(kAgent)},
                           .jwt_secret = secret,
                           .session = new_uuid(),
                           .started = system_clock()->now(),
                           .subsystems = {"miner", "rpc", "messager"},
                           .shutdown = [&stop] { stop.trigger(); }});
  bind_miner(*m.server, m);
  if (m.messager) m.server->set_ready_text([link = m.messager] { return link->state_line(); });
  require_handlers(*m.server, rpc::miner_methods());
  TRY(publish_api(m.repository, *m.server, m.config.api_listen_address, m.config.api_remote_listen_address, secret));
  m.server->start();
  return {};
}

void log_round(const mining::Round& round) {
  if (round.block) {
    log_info(
        "miner",
        "epoch {}: block {} with {} messages in {:.2f} s (winning PoSt {:.2f} s), {:.2f} s after the epoch's start",
        round.epoch, round.block->str(), round.messages, round.seconds, round.winning_post_seconds, round.late_seconds);
  } else {
    log_info("miner", "epoch {}: {}", round.epoch, !round.eligible ? "not eligible to mine" : "no win");
  }
}

/// The two loops, each on a thread of its own.
class Loops {
 public:
  Loops(MinerProcess& m, StopEvent& event) {
    if (!m.config.enable_mining) return;
    if (!m.config.disable_window_post) {
      posting_ =
          std::async(std::launch::async, [&m, stop = stop_.get_token()] { m.poster->run(stop, *system_clock()); });
    }
    mining_ = std::async(std::launch::async, [&m, &event, stop = stop_.get_token()] {
      auto result = m.miner->run(stop, log_round);
      event.trigger();
      return result;
    });
  }

  /// Asks both to end; what the mining loop ended with, when it ended by itself. Ends the process when a proof takes
  /// too long: all that must last is on the disk.
  Result<> end() {
    stop_.request_stop();
    auto deadline = std::chrono::steady_clock::now() + kPatience;
    bool in_time = true;
    if (mining_.valid()) in_time = mining_.wait_until(deadline) == std::future_status::ready;
    if (in_time && posting_.valid()) in_time = posting_.wait_until(deadline) == std::future_status::ready;
    if (!in_time) {
      log_info("miner", "a proof is being made: given up");
      std::_Exit(0);
    }
    if (!mining_.valid()) return {};
    auto result = mining_.get();
    if (!result && result.error().code == ErrorCode::cancelled) return {};
    return result;
  }

 private:
  std::stop_source stop_;
  std::future<void> posting_;
  std::future<Result<>> mining_;
};

}  // namespace

Result<> init_miner(const MinerInitOptions& options) {
  auto actor = TRY_IN("--actor", Address::parse(options.actor));
  auto repository = TRY(Repository::open(options.repository, RepoKind::miner));
  auto kv = TRY(open_store(repository));
  auto known = TRY(kv->get(kMetadataSpace, as_bytes(kAddressKey)));
  if (known && *known != actor.bytes()) return fail(ErrorCode::exists, "this repository is that of another miner");
  KvStore::Write write{std::string(kMetadataSpace), to_bytes(kAddressKey), actor.bytes()};
  TRY(kv->write(std::span(&write, 1), true));
  if (options.pre_sealed) TRY(mining::SectorLocator::attach(repository.folder(), fs::absolute(*options.pre_sealed)));
  return {};
}

Result<> run_miner(const MinerOptions& options) {
  mallopt(M_ARENA_MAX, 2);
  StopEvent stop;
  auto repository = TRY(Repository::open(options.repository, RepoKind::miner));
  std::vector<std::string> unknown;
  auto config = TRY(load_config<MinerProcessConfig>(repository.config_file(), &unknown));
  set_log_level(parse_log_level(config.log_level));
  for (const auto& key : unknown)
    log_warn("miner", "the configuration has an option that this program does not know: {}", key);
  MinerProcess m{options, std::move(repository), std::move(config)};
  m.kv = TRY(open_store(m.repository));
  m.actor = TRY(stored_actor(*m.kv));
  TRY(connect(m));
  set_address_network(m.address_network);
  TRY(prepare_mining(m));
  TRY(serve(m, stop));
  log_info("miner", "miner {} on {}, API on port {}", m.actor.str(), m.network.network_name, m.server->port());
  Loops loops(m, stop);
  stop.wait();
  log_info("miner", "stopping");
  auto result = loops.end();
  m.server->stop();
  return result;
}

}  // namespace nelumbo::node
