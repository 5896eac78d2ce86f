// The devnet's supervisor: prepares, serves the beacon, keeps the programs running.

#include <chrono>
#include <thread>

#include <unistd.h>

#include "base/log.hpp"
#include "chain/drand.hpp"
#include "devnet_calibrate.hpp"
#include "devnet_follower.hpp"
#include "devnet_porep.hpp"
#include "devnet_prepare.hpp"
#include "devnet_programs.hpp"
#include "devnet_share.hpp"

namespace nelumbo::node {

namespace {

constexpr uint16_t kApiPort = 1234, kMinerPort = 2345;
constexpr int kPollMilliseconds = 100;

/// While a devnet is prepared, a stop ends the process at once: its long steps cannot be interrupted, and a folder that
/// is half prepared is prepared anew.
class PrepareStop {
 public:
  explicit PrepareStop(StopEvent& event)
      : thread_([this, &event] {
          while (!done_) {
            if (event.wait(kPollMilliseconds)) {
              write_log(LogLevel::info, "devnet", "stopped while preparing; the next start prepares anew");
              std::_Exit(130);
            }
          }
        }) {}
  ~PrepareStop() {
    done_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

class Supervisor {
 public:
  Supervisor(DevnetPaths paths, DevnetOptions options)
      : paths_(std::move(paths)), options_(std::move(options)), report_(options_.json_events) {}

  Result<> run() {
    set_address_network(AddressNetwork::testnet);
    TRY(make_folder(paths_.folder));
    auto lock = FileLock::take(paths_.lock());
    if (!lock && lock.error().code == ErrorCode::exists) {
      return fail(ErrorCode::exists, "the devnet in {} is running already: stop it with `lotus devnet stop --dir {}`",
                  paths_.folder.string(), paths_.folder.string());
    }
    if (!lock) return std::unexpected(std::move(lock).error());
    TRY(write_file(paths_.pid(), fmt::format("{}\n", getpid())));
    auto result = run_locked();
    std::error_code ignored;  // the lock says whether it runs
    fs::remove(paths_.pid(), ignored);
    fs::remove(paths_.programs(), ignored);
    return result;
  }

 private:
  Result<> run_locked() {
    StopEvent stop;
    if (options_.join) {
      if (options_.fresh) TRY(remove_devnet(paths_));
      TRY(prepare_join(paths_, *options_.join));
    } else if (options_.fresh || !fs::exists(paths_.devnet())) {
      PrepareStop give_up(stop);
      TRY(remove_devnet(paths_));
      TRY(prepare_devnet(paths_, options_, report_));
    }
    file_ = TRY(read_devnet_file(paths_));
    network_ = TRY(read_network_file(paths_.network()));
    TRY(check_options());
    if (!file_.joined) TRY(serve_beacon());
    auto result = run_programs(stop);
    if (porep_) porep_->stop();
    if (!result && stop.triggered()) result = {};  // being stopped while something starts is no failure
    for (auto keeper = programs_.rbegin(); keeper != programs_.rend(); ++keeper) keeper->stop();
    if (result) report_.stopped();
    return result;
  }

  /// What only a new chain can have must not be asked of one that exists.
  Result<> check_options() {
    auto refuse = [&](const std::string& what) {
      return fail(ErrorCode::invalid, "the devnet in {} has {}: give another --dir, or begin anew with --fresh",
                  paths_.folder.string(), what);
    };
    if (options_.mock_proofs && !network_.mock_proofs) return refuse("real proofs");
    if (options_.epoch_seconds && *options_.epoch_seconds != network_.epoch_seconds)
      return refuse(fmt::format("epochs of {} s", network_.epoch_seconds));
    if (options_.miners && *options_.miners != file_.miners.size())
      return refuse(fmt::format("{} miners", file_.miners.size()));
    if (options_.nodes && *options_.nodes != file_.nodes.size())
      return refuse(fmt::format("{} nodes", file_.nodes.size()));
    return {};
  }

  Result<> serve_beacon() {
    auto drand = TRY(chain::DrandInfo::parse(network_.drand_info));
    chain::BeaconListen listen{.host = options_.beacon_listen,
                               .port = options_.beacon_port.value_or(file_.beacon_port),
                               .documents = shared_documents(paths_)};
    auto beacon = chain::DevnetBeacon::serve(paths_.beacon_key(), drand.genesis_time, drand.period, listen);
    if (!beacon && !options_.beacon_port && listen.port != 0) {
      listen.port = 0;
      beacon = chain::DevnetBeacon::serve(paths_.beacon_key(), drand.genesis_time, drand.period, listen);
    }
    if (!beacon) return std::unexpected(std::move(beacon).error().in("the beacon"));
    beacon_ = *std::move(beacon);
    file_.beacon_port = beacon_->port();
    network_.drand_servers = {beacon_->url()};
    return write_network_file(paths_.network(), network_);
  }

  NodePlan node_plan(size_t node) const {
    const auto& known = file_.nodes[node];
    NodePlan plan{.name = DevnetPaths::numbered("daemon", node),
                  .repository = paths_.daemon(node),
                  .log = paths_.daemon_log(node),
                  .network = paths_.network(),
                  .genesis = paths_.genesis(),
                  .bundle_file = file_.bundle_file,
                  .api_port = known.api_port};
    uint16_t p2p_port = known.p2p_addresses.empty() ? 0 : tcp_port(known.p2p_addresses.front());
    plan.p2p_listen = p2p_listen_address(options_.p2p_listen, p2p_port);
    plan.peers = file_.peers;
    for (size_t other = 0; other < file_.nodes.size(); ++other) {
      if (other == node) continue;
      const auto& addresses = file_.nodes[other].p2p_addresses;
      plan.peers.insert(plan.peers.end(), addresses.begin(), addresses.end());
    }
    return plan;
  }

  MinerPlan miner_plan(size_t node) const {
    // One of them brings back a chain that was down; the others wait for it.
    return {.name = DevnetPaths::numbered("miner", node),
            .repository = paths_.miner(node),
            .log = paths_.miner_log(node),
            .daemon_repository = paths_.daemon(node),
            .network = paths_.network(),
            .api_port = file_.nodes[node].miner_port,
            .p2p_listen = p2p_listen_address(options_.p2p_listen, 0),
            .catch_up = node == 0 && !file_.joined,
            .sparse = options_.sparse.value_or(0)};
  }

  Result<MessagePlan> message_plan() const {
    MessagePlan plan{.repository = paths_.message(),
                     .log = paths_.message_log(),
                     .nodes = {},
                     .api_port = file_.message_port,
                     .p2p_listen = p2p_listen_address(options_.p2p_listen, 0),
                     .peers = {}};
    for (size_t node = 0; node < file_.nodes.size(); ++node) {
      auto where = TRY(rpc::find_api_info("", paths_.daemon(node), "lotus daemon"));
      plan.nodes.push_back(fmt::format("{}:{}", where.token, rpc::api_multiaddr("127.0.0.1", where.port)));
      const auto& addresses = file_.nodes[node].p2p_addresses;
      plan.peers.insert(plan.peers.end(), addresses.begin(), addresses.end());
    }
    return plan;
  }

  /// After the daemons: it works on all of them, and any port will do for it.
  Result<> start_message(const DevnetBinaries& binaries, StopEvent& stop) {
    if (file_.joined || !options_.message) return {};
    if (options_.message_port) file_.message_port = *options_.message_port;
    auto plan = TRY(message_plan());
    programs_.emplace_back(message_program(binaries, plan));
    TRY(programs_.back().start(stop));
    plan.api_port = file_.message_port = TRY(rpc::find_api_info("", paths_.message(), "lotus-message daemon")).port;
    programs_.back().change(message_program(binaries, plan));
    return {};
  }

  /// The ports of the first node are asked for or the usual ones; others' are any, and kept.
  void choose_ports() {
    auto choose = [](uint16_t& port, std::optional<uint16_t> asked, uint16_t usual) {
      port = asked.value_or(port != 0 ? port : usual);
    };
    choose(file_.nodes.front().api_port, options_.api_port, file_.joined ? 0 : kApiPort);
    if (!file_.miners.empty())
      choose(file_.nodes.front().miner_port, options_.miner_port, file_.joined ? 0 : kMinerPort);
  }

  Result<> run_programs(StopEvent& stop) {
    const auto binaries =
        DevnetBinaries::find(options_.lotus_program, options_.miner_program, options_.message_program);
    const size_t nodes = file_.nodes.size(), miners = std::min(nodes, file_.miners.size());
    choose_ports();
    for (size_t node = 0; node < nodes; ++node) {
      programs_.emplace_back(daemon_program(binaries, node_plan(node)));
      TRY(programs_.back().start(stop));
      TRY(learn_daemon(paths_.daemon(node), file_.nodes[node], nodes > 1 || file_.joined));
    }
    for (size_t node = 0; node < miners; ++node) {
      programs_.emplace_back(miner_program(binaries, miner_plan(node)));
      TRY(programs_.back().start(stop));
      file_.nodes[node].miner_port = TRY(rpc::find_api_info("", paths_.miner(node), "lotus-miner run")).port;
    }
    // What is started again takes the ports of the first start, and knows all others.
    for (size_t node = 0; node < nodes; ++node) programs_[node].change(daemon_program(binaries, node_plan(node)));
    for (size_t node = 0; node < miners; ++node)
      programs_[nodes + node].change(miner_program(binaries, miner_plan(node)));
    TRY(start_message(binaries, stop));
    TRY(write_devnet_file(paths_, file_));
    TRY(tell_programs());
    tell_ready();
    if (options_.porep_params && !network_.mock_proofs && !file_.joined) {
      porep_.emplace(report_, binaries.lotus, paths_.folder / "porep-params.log");
      porep_->start();
    }
    return keep_running(stop);
  }

  void tell_ready() {
    auto url = [](uint16_t port) { return fmt::format("http://127.0.0.1:{}", port); };
    const auto& first = file_.nodes.front();
    report_.ready(url(first.api_port), first.miner_port == 0 ? "-" : url(first.miner_port),
                  network_.drand_servers.front());
    for (size_t node = 1; node < file_.nodes.size(); ++node) {
      const auto& each = file_.nodes[node];
      std::string miner = each.miner_port == 0 ? "" : "   miner " + url(each.miner_port);
      report_.note(fmt::format("{} {}{}", DevnetPaths::numbered("daemon", node), url(each.api_port), miner));
    }
    if (options_.message && !file_.joined) report_.note("message server " + url(file_.message_port) + "/");
  }

  Result<> tell_programs() {
    std::vector<RunningProgram> running;
    for (const auto& each : programs_) running.push_back({.name = each.spec().name, .pid = each.pid()});
    return write_programs(paths_, running);
  }

  Result<> keep_running(StopEvent& stop) {
    auto miner = Address::from_id(actors::kFirstMiner);
    if (!file_.miners.empty()) miner = TRY(Address::parse(file_.miners.front().address));
    DevnetFollower follower(paths_.daemon(), miner, network_.epoch_seconds, report_);
    while (!stop.wait(kPollMilliseconds)) {
      bool changed = false;
      for (auto& keeper : programs_) {
        std::optional<std::string> reason;
        const int pid = keeper.pid();
        auto kept = keeper.keep(stop, reason);
        if (reason) {
          report_.restarted(keeper.spec().name, *reason);
          follower.disconnect();
        }
        if (!kept && !stop.triggered()) report_.note(kept.error().message);
        changed |= pid != keeper.pid();
      }
      if (changed) TRY(tell_programs());
      follower.poll();
      if (porep_) porep_->poll();
    }
    return {};
  }

  DevnetPaths paths_;
  DevnetOptions options_;
  DevnetReport report_;
  std::optional<PorepSetup> porep_;
  DevnetFile file_;
  NetworkFile network_;
  std::unique_ptr<chain::DevnetBeacon> beacon_;
  std::vector<Keeper> programs_;  ///< all daemons, then all miners, then the message server
};

}  // namespace

Result<> run_devnet(const DevnetOptions& options) { return Supervisor({fs::absolute(options.folder)}, options).run(); }

}  // namespace nelumbo::node
