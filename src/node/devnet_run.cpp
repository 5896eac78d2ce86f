#include <algorithm>
#include <chrono>
#include <deque>
#include <thread>

#include <unistd.h>

#include "base/log.hpp"
#include "chain/drand.hpp"
#include "devnet_prepare.hpp"
#include "engine/proofs.hpp"
#include "process.hpp"
#include "rpc/client.hpp"

namespace nelumbo::node {

namespace {

using Steady = std::chrono::steady_clock;

constexpr uint16_t kApiPort = 1234, kMinerPort = 2345;
constexpr int kPollMilliseconds = 100;
constexpr auto kStartTime = std::chrono::seconds(60);  ///< a program may take until it answers
constexpr auto kFirstPause = std::chrono::seconds(1);  ///< before a program that ended is started again
constexpr auto kLongestPause = std::chrono::seconds(30);
constexpr auto kSteadyTime = std::chrono::seconds(60);    ///< after which an end counts as the first again
constexpr int kMinerStop = 10'000, kDaemonStop = 20'000;  ///< milliseconds to stop in
/// One of the two programs, kept running.
class Keeper {
 public:
  Keeper(std::string name, std::string program, std::vector<std::string> arguments, fs::path log, fs::path api_file)
      : name_(std::move(name)),
        program_(std::move(program)),
        arguments_(std::move(arguments)),
        log_(std::move(log)),
        api_file_(std::move(api_file)) {}

  const std::string& name() const { return name_; }
  /// A restart takes the port that the first start got, so that clients find it again.
  void keep_port(const std::string& option, uint16_t port) {
    auto at = std::find(arguments_.begin(), arguments_.end(), option);
    if (at != arguments_.end()) *(at + 1) = std::to_string(port);
  }

  /// Starts it and waits until its API file is there; its last words when it ends before.
  Result<> start(StopEvent& stop) {
    std::error_code ignored;
    fs::remove(api_file_, ignored);
    auto size_before = fs::exists(log_) ? fs::file_size(log_) : 0;
    // Both programs find each other through their repositories, whatever the caller's environment points to.
    child_ = TRY(ChildProcess::start(program_, arguments_, {"FULLNODE_API_INFO=", "MINER_API_INFO="}, log_));
    started_ = Steady::now();
    while (!fs::exists(api_file_)) {
      if (auto how = child_->ended())
        return fail(ErrorCode::failed, "{} ended ({}): {}", name_, *how, last_words(size_before));
      if (Steady::now() - started_ > kStartTime)
        return fail(ErrorCode::unavailable, "{} does not answer; see {}", name_, log_.string());
      if (stop.wait(20)) return fail(ErrorCode::cancelled, "stopped while {} started", name_);
    }
    return {};
  }

  /// Starts it again when it has ended and its pause is over. `reason` is set when it was found ended.
  Result<> keep(StopEvent& stop, std::optional<std::string>& reason) {
    if (child_) {
      auto how = child_->ended();
      if (!how) return {};
      reason = fmt::format("{}; see {}", *how, log_.string());
      pause_ = Steady::now() - started_ > kSteadyTime ? kFirstPause
                                                      : std::min<std::chrono::seconds>(pause_ * 2, kLongestPause);
      again_ = Steady::now() + pause_;
      child_.reset();
      return {};
    }
    if (Steady::now() < again_) return {};
    auto started = start(stop);
    if (!started && !stop.triggered()) {
      child_.reset();
      pause_ = std::min<std::chrono::seconds>(pause_ * 2, kLongestPause);
      again_ = Steady::now() + pause_;
    }
    return started;
  }

  void stop(int milliseconds) {
    if (child_) child_->stop(milliseconds);
    child_.reset();
  }

 private:
  std::string last_words(uintmax_t from) const {
    auto text = read_text_file(log_);
    if (!text || text->size() <= from) return "it said nothing";
    std::string said = last_lines(log_, 3);
    while (!said.empty() && said.back() == '\n') said.pop_back();
    return said;
  }

  std::string name_, program_;
  std::vector<std::string> arguments_;
  fs::path log_, api_file_;
  std::optional<ChildProcess> child_;
  Steady::time_point started_, again_;
  std::chrono::seconds pause_ = kFirstPause;
};

/// Follows the daemon's head and reports every tipset, in order.
class Follower {
 public:
  Follower(const DevnetPaths& paths, Address miner, const NetworkFile& network, DevnetReport& report)
      : paths_(paths), miner_(std::move(miner)), network_(network), report_(report) {}

  /// Connects when there is no connection, and reports what is new.
  void poll() {
    if (!client_ && !connect()) return;
    std::deque<TipsetPtr> fresh;
    {
      std::lock_guard lock(mutex_);
      fresh.swap(waiting_);
      if (broken_) {
        broken_ = false;
        lost_ = true;
      }
    }
    for (const auto& tipset : fresh) report(*tipset);
    if (lost_) {
      watch_.reset();
      client_.reset();
      lost_ = false;
    }
  }
  void disconnect() {
    watch_.reset();
    client_.reset();
  }

 private:
  bool connect() {
    auto info = rpc::find_api_info("", paths_.daemon(), "lotus daemon");
    if (!info) return false;
    client_.emplace(*info);
    auto watch = client_->subscribe(
        rpc::full::ChainNotify, [this](std::vector<rpc::HeadChange> changes) { take(changes); },
        [this](const Error&) {
          std::lock_guard lock(mutex_);
          broken_ = true;
        });
    if (!watch) {
      client_.reset();
      return false;
    }
    watch_.emplace(*std::move(watch));
    return true;
  }

  void take(const std::vector<rpc::HeadChange>& changes) {
    std::lock_guard lock(mutex_);
    for (const auto& change : changes) {
      if (change.type != "revert") waiting_.push_back(change.val);
    }
  }

  void report(const Tipset& tipset) {
    if (reported_ == tipset.key()) return;
    reported_ = tipset.key();
    EpochReport r{.epoch = tipset.height(),
                  .head = tipset.cids().front().str(),
                  .blocks = tipset.blocks().size(),
                  .base_fee = tipset.parent_base_fee(),
                  .timestamp = static_cast<int64_t>(tipset.min_timestamp())};
    if (auto messages = client_->call(rpc::full::ChainGetMessagesInTipset, tipset.key())) r.messages = messages->size();
    if (auto power = client_->call(rpc::full::StateMinerPower, miner_, tipset.key()))
      r.power = power->miner_power.quality_adj_power;
    int64_t now = system_clock()->unix_seconds();
    r.behind = (now - r.timestamp) / static_cast<int64_t>(network_.epoch_seconds);
    report_.epoch(r);
  }

  const DevnetPaths& paths_;
  Address miner_;
  const NetworkFile& network_;
  DevnetReport& report_;
  std::mutex mutex_;
  std::deque<TipsetPtr> waiting_;
  bool broken_ = false;
  bool lost_ = false;
  TipsetKey reported_;
  std::optional<rpc::Client> client_;
  std::optional<rpc::Subscription> watch_;
};

std::string own_program() { return fs::read_symlink("/proc/self/exe").string(); }

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
    return result;
  }

 private:
  Result<> run_locked() {
    StopEvent stop;
    if (options_.fresh || !fs::exists(paths_.devnet())) {
      PrepareStop give_up(stop);
      TRY(remove_devnet(paths_));
      TRY(prepare_devnet(paths_, options_, report_));
    }
    file_ = TRY(read_devnet_file(paths_));
    network_ = TRY(read_network_file(paths_.network()));
    TRY(check_options());
    TRY(serve_beacon());
    auto result = run_programs(stop);
    for (Keeper* keeper : {miner_ ? &*miner_ : nullptr, daemon_ ? &*daemon_ : nullptr}) {
      if (keeper != nullptr) keeper->stop(keeper == &*daemon_ ? kDaemonStop : kMinerStop);
    }
    if (result) report_.stopped();
    if (porep_running_)
      std::_Exit(result ? 0 : 1);  // the set-up cannot be interrupted; it writes its files at the very end
    return result;
  }

  /// What only a new chain can have must not be asked of one that exists.
  Result<> check_options() {
    if (options_.mock_proofs && !network_.mock_proofs) {
      return fail(ErrorCode::invalid,
                  "the devnet in {} has real proofs: give another --dir, or begin anew with --fresh",
                  paths_.folder.string());
    }
    if (options_.epoch_seconds && *options_.epoch_seconds != network_.epoch_seconds) {
      return fail(ErrorCode::invalid,
                  "the devnet in {} has epochs of {} s: give another --dir, or begin anew with --fresh",
                  paths_.folder.string(), network_.epoch_seconds);
    }
    return {};
  }

  Result<> serve_beacon() {
    auto drand = TRY(chain::DrandInfo::parse(network_.drand_info));
    uint16_t port = options_.beacon_port.value_or(file_.beacon_port);
    auto beacon = chain::DevnetBeacon::serve(paths_.beacon_key(), drand.genesis_time, drand.period, port);
    if (!beacon && !options_.beacon_port && port != 0) {
      beacon = chain::DevnetBeacon::serve(paths_.beacon_key(), drand.genesis_time, drand.period, 0);
    }
    if (!beacon) return std::unexpected(std::move(beacon).error().in("the beacon"));
    beacon_ = *std::move(beacon);
    file_.beacon_port = beacon_->port();
    network_.drand_servers = {beacon_->url()};
    return write_network_file(paths_.network(), network_);
  }

  Result<> run_programs(StopEvent& stop) {
    std::string lotus = options_.lotus_program.empty() ? own_program() : options_.lotus_program;
    std::string miner = options_.miner_program.empty() ? (fs::path(lotus).parent_path() / "lotus-miner").string()
                                                       : options_.miner_program;
    uint16_t api_port = options_.api_port.value_or(file_.api_port != 0 ? file_.api_port : kApiPort);
    uint16_t miner_port = options_.miner_port.value_or(file_.miner_port != 0 ? file_.miner_port : kMinerPort);
    int64_t sparse = options_.sparse.value_or(0);
    std::vector<std::string> daemon_arguments{
        "--repo",    paths_.daemon().string(),  "daemon", "--network-file",        paths_.network().string(),
        "--genesis", paths_.genesis().string(), "--api",  std::to_string(api_port)};
    if (!file_.bundle_file.empty())
      daemon_arguments.insert(daemon_arguments.end(), {"--actors-bundle", file_.bundle_file});
    std::vector<std::string> miner_arguments{
        "--miner-repo",   paths_.miner().string(),   "--repo",      paths_.daemon().string(),   "run",
        "--network-file", paths_.network().string(), "--miner-api", std::to_string(miner_port), "--catch-up",
        "--sparse",       std::to_string(sparse)};
    daemon_.emplace("lotus daemon", lotus, daemon_arguments, paths_.daemon_log(), paths_.daemon() / "api");
    miner_.emplace("lotus-miner", miner, miner_arguments, paths_.miner_log(), paths_.miner() / "api");
    for (const auto& repository : {paths_.daemon(), paths_.miner()})
      TRY(until_stopped(wait_unlocked(repository, stop), stop));
    if (stop.triggered()) return {};
    TRY(until_stopped(daemon_->start(stop), stop));
    if (stop.triggered()) return {};
    TRY(until_stopped(miner_->start(stop), stop));
    if (stop.triggered()) return {};
    TRY(remember_ports());
    start_porep();
    return keep_running(stop);
  }

  /// Being stopped while something starts is no failure.
  static Result<> until_stopped(Result<> started, StopEvent& stop) {
    if (!started && stop.triggered()) return {};
    return started;
  }

  /// The programs of a supervisor that was killed are told so by the system, and may still be about to end.
  static Result<> wait_unlocked(const fs::path& repository, StopEvent& stop) {
    auto end = Steady::now() + std::chrono::milliseconds(kDaemonStop);
    while (true) {
      auto lock = FileLock::take(repository / "repo.lock");
      if (lock || lock.error().code != ErrorCode::exists) return {};
      if (Steady::now() > end)
        return fail(ErrorCode::exists, "another program is running on {}: stop it first", repository.string());
      if (stop.wait(kPollMilliseconds)) return fail(ErrorCode::cancelled, "stopped");
    }
  }

  Result<> remember_ports() {
    auto api = TRY(rpc::find_api_info("", paths_.daemon(), "lotus daemon"));
    auto miner_api = TRY(rpc::find_api_info("", paths_.miner(), "lotus-miner run"));
    file_.api_port = api.port;
    file_.miner_port = miner_api.port;
    daemon_->keep_port("--api", api.port);
    miner_->keep_port("--miner-api", miner_api.port);
    TRY(write_devnet_file(paths_, file_));
    auto url = [](const rpc::ApiInfo& info) { return fmt::format("http://{}:{}", info.host, info.port); };
    report_.ready(url(api), url(miner_api), beacon_->url());
    return {};
  }

  Result<> keep_running(StopEvent& stop) {
    Follower follower(paths_, TRY(Address::parse(file_.miner)), network_, report_);
    while (!stop.wait(kPollMilliseconds)) {
      for (Keeper* keeper : {&*daemon_, &*miner_}) {
        std::optional<std::string> reason;
        auto kept = keeper->keep(stop, reason);
        if (reason) {
          report_.restarted(keeper->name(), *reason);
          follower.disconnect();
        }
        if (!kept && !stop.triggered()) report_.note(kept.error().message);
      }
      follower.poll();
    }
    return {};
  }

  /// Minutes of all cores and 5.2 GB of memory, so only on demand; sealing of new sectors waits for it.
  void start_porep() {
    if (!options_.porep_params || network_.mock_proofs) return;
    porep_running_ = true;
    std::thread([this] {
      const std::string step = "PoRep parameters";
      auto made = parameters::generate(parameters::Kind::porep, 2048, [this, step](std::string_view, double part) {
        int tenth = static_cast<int>(part * 10);
        if (tenth != porep_tenth_.exchange(tenth)) report_.note(fmt::format("{}: {} %", step, tenth * 10));
      });
      report_.note(made ? step + ": ready" : fmt::format("{}: {}", step, made.error().message));
      porep_running_ = false;
    }).detach();
  }

  DevnetPaths paths_;
  DevnetOptions options_;
  DevnetReport report_;
  DevnetFile file_;
  NetworkFile network_;
  std::unique_ptr<chain::DevnetBeacon> beacon_;
  std::optional<Keeper> daemon_, miner_;
  std::atomic<bool> porep_running_ = false;
  std::atomic<int> porep_tenth_ = -1;
};

}  // namespace

Result<> run_devnet(const DevnetOptions& options) { return Supervisor({fs::absolute(options.folder)}, options).run(); }

}  // namespace nelumbo::node
