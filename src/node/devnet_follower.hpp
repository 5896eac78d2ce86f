#pragma once
// Follows the first daemon's head and reports every tipset.

#include <deque>
#include <mutex>

#include "devnet_files.hpp"
#include "devnet_report.hpp"
#include "rpc/client.hpp"
#include "rpc/methods.hpp"

namespace nelumbo::node {

class DevnetFollower {
 public:
  /// `miner`: whose power is told.
  DevnetFollower(fs::path daemon, Address miner, uint64_t epoch_seconds, DevnetReport& report)
      : daemon_(std::move(daemon)), miner_(std::move(miner)), epoch_seconds_(epoch_seconds), report_(report) {}

  /// Connects when there is no connection, and reports what is new.
  void poll();
  void disconnect();

 private:
  bool connect();
  void take(const std::vector<rpc::HeadChange>& changes);
  void report(const Tipset& tipset);

  fs::path daemon_;
  Address miner_;
  uint64_t epoch_seconds_;
  DevnetReport& report_;
  std::mutex mutex_;
  std::deque<TipsetPtr> waiting_;
  bool broken_ = false;
  TipsetKey reported_;
  std::optional<rpc::Client> client_;
  std::optional<rpc::Subscription> watch_;
};

}  // namespace nelumbo::node
