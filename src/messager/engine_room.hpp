#pragma once
// The threads that do the service's work between start and stop.

#include <thread>

#include "confirmer.hpp"
#include "gossiper.hpp"
#include "pusher.hpp"
#include "replacer.hpp"

namespace nelumbo::messager {

/// Start and stop once each, from one thread.
class EngineRoom {
 public:
  explicit EngineRoom(Core& core);
  ~EngineRoom() { stop(); }

  void start();
  /// Returns when all threads have ended: at the latest when the calls under way have reached their time limits.
  void stop();

  PeerKeeper& peers() { return peers_; }

 private:
  void watch(size_t node, std::stop_token stop);
  void keep_ledger(std::stop_token stop);
  void lead(std::stop_token stop);
  /// What the lease holder does once.
  void lead_once(std::stop_token stop);
  void prune_old();

  Core& core_;
  std::vector<std::unique_ptr<Pusher>> pushers_;
  Gossiper gossiper_;
  PeerKeeper peers_;
  Confirmer confirmer_;
  Replacer replacer_;
  TipsetKey replaced_at_;  // the head the replacer has looked at
  TimePoint pruned_{};     // when
  bool confirming_ok_ = true;
  std::vector<std::jthread> threads_;
};

/// Removes rows that are on chain deeper than finality and older than this; how many.
Result<uint64_t> prune(Core& core, std::chrono::seconds older_than);

}  // namespace nelumbo::messager
