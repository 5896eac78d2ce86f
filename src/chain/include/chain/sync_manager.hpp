#pragma once
// Catching up with the network: which head to go for, its headers back to a known ancestor, then messages and states
// forward, tipset by tipset.

#include <chrono>

#include "chain/source.hpp"
#include "chain/syncer.hpp"

namespace nelumbo::chain {

struct SyncOptions {
  /// Catching up begins when this many peers have told their heads, or after `bootstrap_wait` with those that have.
  size_t bootstrap_peers = 1;
  std::chrono::milliseconds bootstrap_wait{15'000};
  size_t header_page = 500;    ///< tipsets asked for at once
  size_t message_window = 24;  ///< full tipsets held at once; as many again are fetched ahead
  /// A chain that splits off more epochs than this below the head is refused.
  ChainEpoch finality = kChainFinality;
  /// The head follows at least this often while many tipsets are validated (each time it is synced to the disk).
  std::chrono::milliseconds head_every{500};
};

/// A chain that peers are on and this node cannot go to.
struct ForkedAway {
  TipsetPtr target;
  ChainEpoch split = 0;  ///< height of the last common tipset; when `below`, it is still lower
  bool below = false;
  std::vector<std::string> peers;  ///< on the other side
};

/// Thread-safe. Works in a thread of its own, one target after the other, until stopped or destroyed.
class SyncManager {
 public:
  struct Parts {
    std::shared_ptr<StateManager> states;
    std::shared_ptr<Syncer> syncer;  ///< what it accepts is validated here, too, one tipset at a time
    std::shared_ptr<ChainSource> source;
    std::shared_ptr<KvStore> kv;  ///< opened with ChainStore::spaces()
    std::shared_ptr<Clock> clock;
    /// Told (in the manager's thread) who stands behind a chain that breaks a rule, and which.
    std::function<void(const std::string& peer, const std::string& reason)> on_bad_peer;
  };
  /// Goes on with what was being fetched when the node stopped.
  static Result<std::shared_ptr<SyncManager>> make(Parts parts, SyncOptions options = {});
  ~SyncManager();

  /// A peer has told its head (hello), or given a block that has unknown parents (gossip). Quick.
  void head_heard(const std::string& peer, TipsetPtr head);
  void peer_gone(const std::string& peer);
  /// Makes a tipset the checkpoint. One that is not here is fetched with its chain, whatever its weight; a previous
  /// checkpoint does not hinder that. Waits until it is done.
  Result<> checkpoint(const TipsetKey& key);
  /// The last chain refused for its length; nullopt when none was, or the head has come to one of those peers' heads.
  std::optional<ForkedAway> forked_away() const;
  /// Ends the thread; a request that runs at the source is waited for.
  void stop();

 private:
  struct State;
  explicit SyncManager(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo::chain
