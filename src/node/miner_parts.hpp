#pragma once
// All parts of a running miner process, as its loops and its API handlers see them.

#include <array>
#include <atomic>
#include <future>
#include <thread>

#include "journal.hpp"
#include "messager_link.hpp"
#include "miner_store.hpp"
#include "mining/miner.hpp"
#include "node/config.hpp"
#include "node/miner_process.hpp"
#include "node/repo.hpp"
#include "process.hpp"
#include "rpc/client.hpp"
#include "rpc/miner_api.hpp"
#include "rpc/server.hpp"
#include "sealing/chain_api.hpp"
#include "sealing/pipeline.hpp"
#include "sealing/storage.hpp"

namespace nelumbo::node {

class MinerHost;

/// Lives longer than the server and the loops; the members are thread-safe or constant after start.
struct MinerProcess {
  MinerProcess(MinerOptions options, Repository repository, MinerProcessConfig config);
  ~MinerProcess();

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
  std::shared_ptr<sealing::Storage> storage;
  std::shared_ptr<Prover> prover;
  std::unique_ptr<Journal> journal;
  std::shared_ptr<mining::WindowPoster> poster;
  std::unique_ptr<mining::Miner> miner;
  std::shared_ptr<sealing::Sealer> sealer;
  std::shared_ptr<sealing::ChainApi> chain;
  std::unique_ptr<sealing::Pipeline> pipeline;
  std::string worker_session;                            ///< a UUID: this process's own worker
  std::array<std::atomic<uint64_t>, 256> transitions{};  ///< into each state, since the start
  std::unique_ptr<MinerHost> host;
  std::unique_ptr<rpc::Server> server;
  std::mutex seen_mutex;
  std::vector<SectorNumber> seen_on_chain;
};

/// What proves: the message link, the prover, window PoSt and block production.
Result<> prepare_mining(MinerProcess& m);

/// Block production and window PoSt, each on a thread of its own.
class MiningLoops {
 public:
  /// `ended` is triggered when mining ends by itself.
  MiningLoops(MinerProcess& m, StopEvent& ended);

  /// Asks both to end; what the mining loop ended with, when it ended by itself. Ends the process when a proof takes
  /// too long: all that must last is on the disk.
  Result<> end();

 private:
  std::stop_source stop_;
  std::future<void> posting_;
  std::future<Result<>> mining_;
};

/// The sealing pipeline and what it stands on; it begins with start_sealing.
Result<> prepare_sealing(MinerProcess& m);
/// Begins the pipeline (where sealing is enabled) and the care of the paths' trash.
class SealingLoops {
 public:
  static Result<std::unique_ptr<SealingLoops>> start(MinerProcess& m);
  /// Ends the pipeline: what was under way goes on after the next start.
  ~SealingLoops();

 private:
  explicit SealingLoops(MinerProcess& m);
  MinerProcess& m_;
  std::jthread care_;
};

/// Numbers and names of the miner, as Prometheus reads them.
std::string miner_metrics(const MinerProcess& m);

// One function per group of methods.
void bind_miner_actor(rpc::Server& server, MinerProcess& m);
void bind_miner_sectors(rpc::Server& server, MinerProcess& m);
void bind_miner_batches(rpc::Server& server, MinerProcess& m);
void bind_miner_storage(rpc::Server& server, MinerProcess& m);
void bind_miner_work(rpc::Server& server, MinerProcess& m);

/// The sectors of this miner that the chain has, as last seen while the node did not answer.
std::vector<SectorNumber> sectors_on_chain(MinerProcess& m);
void bind_miner_proving(rpc::Server& server, MinerProcess& m);

/// What the web page shows of proving.
Result<rpc::ProvingOverview> proving_overview(const MinerProcess& m);

}  // namespace nelumbo::node
