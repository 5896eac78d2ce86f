#pragma once
// Long work on the chain's store that runs beside the daemon's: exports for API clients, prunes.

#include <condition_variable>
#include <mutex>
#include <thread>

#include "chain/prune.hpp"
#include "chain/snapshot.hpp"
#include "rpc/server.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::node {

/// Which part of the chain a prune leaves, and when prunes come by themselves ([Chainstore] in the configuration).
struct PrunePolicy {
  bool automatic = false;
  ChainEpoch keep_states = chain::kKeptStates;
  ChainEpoch keep_messages = chain::PruneOptions::kAll;
  int64_t rewrite_every = 0;  ///< prunes; 0: never
  uint64_t most_bytes = 0;    ///< on disk; 0: no bound
};

/// Thread-safe. One prune at a time, and none while an export runs, which reads what a prune removes.
class ChainJobs {
 public:
  struct Parts {
    std::shared_ptr<chain::ChainStore> store;
    std::shared_ptr<chain::StateManager> states;
    std::shared_ptr<PrunableBlockstore> blocks;
    std::function<std::vector<Cid>()> keep;  ///< what stays besides the chain
    fs::path folder;                         ///< takes the files of exports of ranges
    PrunePolicy policy;
  };
  explicit ChainJobs(Parts parts);
  ~ChainJobs() { stop(); }

  /// Exports to a subscriber, as fast as it reads, on a thread of its own; an empty piece says that it is whole.
  /// `unavailable` while as many exports run as are allowed, or a prune.
  Result<> stream(TipsetPtr head, chain::ExportPlan plan, rpc::Subscriber<rpc::full::ChainExport_t> out);
  /// Exports into a file of the repository, and gives its path when it is written.
  Result<fs::path> export_range(const TipsetPtr& head, const TipsetPtr& tail, const chain::ExportPlan& plan,
                                std::stop_token stop);
  rpc::ChainJobStatus export_status() const;

  /// Begins a prune on a thread of its own. `unavailable` while another one or an export runs.
  Result<> prune(const rpc::PruneOpts& options);
  /// Gives the room of removed blocks back to the disk, while the caller waits.
  Result<> collect(const rpc::HotGCOpts& options, std::stop_token stop);
  rpc::ChainJobStatus prune_status() const;
  /// Removes one block, whoever needs it.
  Result<> remove_block(const Cid& cid) { return parts_.blocks->remove(cid); }

  /// Ends what runs, and waits for it.
  void stop();

 private:
  static constexpr size_t kMostExports = 2;

  Result<> begin_export(const TipsetPtr& head);
  Result<> run_export(const TipsetPtr& head, const chain::ExportPlan& plan, std::function<Result<>(BytesView)> write,
                      std::function<bool()> stopped);
  Result<> begin_prune(std::string_view step);
  void end_prune(const Result<>& result);
  void run_prune(chain::PruneOptions options);
  chain::PruneOptions prune_options(std::function<bool()> stopped);
  void follow_head();
  bool prune_is_due(ChainEpoch head);

  const Parts parts_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  rpc::ChainJobStatus export_, prune_;  ///< of the latest
  size_t exports_ = 0;                  ///< that run
  std::vector<std::pair<std::shared_ptr<std::atomic<bool>>, std::jthread>> streams_;
  ChainEpoch head_ = 0, pruned_ = 0;  ///< epochs: the head's, and the head's when the last prune began
  int64_t prunes_ = 0;
  std::atomic<bool> stopping_ = false;
  std::jthread pruner_, follower_;
  chain::Subscription subscription_;
};

}  // namespace nelumbo::node
