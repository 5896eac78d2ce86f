#include "node/miner_process.hpp"

#include <malloc.h>

#include "api_server.hpp"
#include "base/log.hpp"
#include "gpu_need.hpp"
#include "miner_host.hpp"
#include "net_api.hpp"
#include "node/network_file.hpp"
#include "node/pages.hpp"
#include "node/version.hpp"
#include "process_api.hpp"

namespace nelumbo::node {

MinerProcess::MinerProcess(MinerOptions with, Repository at, MinerProcessConfig settings)
    : options(std::move(with)), repository(std::move(at)), config(std::move(settings)) {}
MinerProcess::~MinerProcess() = default;

namespace {

constexpr ActorId kFirstMinerId = 1000;  ///< of a genesis

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
  m.alone = file.miners <= 1 && TRY(m.actor.id()) == kFirstMinerId;
  m.address_network = params.address_network;
  return {};
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
                           .subsystems = {"miner", "rpc", "net", "messager"},
                           .shutdown = [&stop] { stop.trigger(); }});
  bind_miner_actor(*m.server, m);
  bind_miner_sectors(*m.server, m);
  bind_miner_batches(*m.server, m);
  bind_miner_storage(*m.server, m);
  bind_miner_work(*m.server, m);
  m.server->set_metrics([&m] { return miner_metrics(m); });
  bind_miner_proving(*m.server, m);
  bind_net(*m.server, m.host->connections());
  m.server->set_pages(miner_pages());
  if (m.messager) m.server->set_ready_text([link = m.messager] { return link->state_line(); });
  require_handlers(*m.server, rpc::miner_methods());
  TRY(publish_api(m.repository, *m.server, m.config.api_listen_address, m.config.api_remote_listen_address, secret));
  m.server->start();
  return {};
}

/// Before anything proves. Mock proofs need nothing.
Result<> check_gpu(MinerProcess& m) {
  if (m.mock_proofs) return {};
  GpuNeed need{.flag = m.options.gpu};
  if (m.config.enable_mining && !m.config.disable_window_post) {
    auto info = TRY_IN("the miner on the chain", m.daemon->call(rpc::full::StateMinerInfo, m.actor, TipsetKey()));
    need.window_post_sector = info.sector_size;
  }
  TRY(require_gpu(need, gpu_state()));
  // The proofs read it when they first look for cards.
  if (m.options.gpu == false) setenv("BELLMAN_NO_GPU", "1", 1);
  return {};
}

/// A task of sealing takes up to hours and begins again, or goes on, at the next start: it is not waited for.
void end_work(const MinerProcess& m) {
  auto jobs = m.sealer->jobs();
  auto running = std::ranges::count_if(jobs, [](const auto& job) { return job.running; });
  if (running == 0) return;
  log_info("miner", "{} tasks of sealing are cut off; they go on at the next start", running);
  std::_Exit(0);
}

}  // namespace

Result<> run_miner(const MinerOptions& options) {
  mallopt(M_ARENA_MAX, 2);
  StopEvent stop;
  auto repository = TRY(Repository::open(options.repository, RepoKind::miner));
  std::vector<std::string> unknown;
  auto config = TRY(load_config<MinerProcessConfig>(repository.config_file(), &unknown));
  set_log_level(parse_log_level(config.log_level));
  for (const auto& key : unknown)
    log_warn("miner", "the configuration has an option that this program does not know: {}", key);
  MinerProcess m(options, std::move(repository), std::move(config));
  m.kv = TRY(open_miner_store(m.repository));
  auto actor = TRY(stored_miner(*m.kv));
  if (!actor) return fail(ErrorCode::not_found, "this repository has no miner yet: make it with `lotus-miner init`");
  m.actor = *actor;
  TRY(connect(m));
  set_address_network(m.address_network);
  TRY(check_gpu(m));
  m.storage = TRY_IN("storage paths", sealing::Storage::open(m.repository.folder()));
  TRY(prepare_mining(m));
  TRY(prepare_sealing(m));
  m.host = TRY(MinerHost::start(m));
  TRY(serve(m, stop));
  log_info("miner", "miner {} on {}, API on port {}", m.actor.str(), m.network.network_name, m.server->port());
  auto sealing = TRY(SealingLoops::start(m));
  MiningLoops mining(m, stop);
  stop.wait();
  log_info("miner", "stopping");
  sealing.reset();
  auto result = mining.end();
  m.server->stop();
  m.host.reset();
  end_work(m);
  return result;
}

}  // namespace nelumbo::node
