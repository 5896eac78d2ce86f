#pragma once
// Block production of one miner: election, ticket, winning PoSt, block; in time with the clock, or, on a devnet that is
// behind it, as fast as it goes.

#include <functional>
#include <stop_token>

#include "base/clock.hpp"
#include "mining/node_api.hpp"
#include "mining/slash_filter.hpp"
#include "mining/window_post.hpp"
#include "sealing/provable.hpp"

namespace nelumbo::mining {

struct MinerConfig {
  Address miner;                  ///< ID address
  uint64_t block_delay = 30;      ///< seconds of an epoch
  double propagation_delay = 10;  ///< seconds after an epoch's start until its blocks count as known
  double equivocation_delay = 2;  ///< seconds a base is watched for equivocation before a block is built on it
  bool catch_up = false;          ///< devnets: mine missed time at full speed
  /// Seconds without news after which a chain that is behind the clock is taken to be so because nobody mined, not
  /// because the node has yet to hear of others' blocks. 0: there are no others.
  double others_patience = 0;
  ChainEpoch sparse = 1;    ///< while catching up: one block every so many epochs; 0: as it takes a minute
  bool after_smoke = true;  ///< tickets also cover the parent's ticket (always on networks made today)
};

/// What happened in one round, for logs, metrics and the devnet's line per epoch.
struct Round {
  ChainEpoch epoch = 0;
  TipsetKey parents{};
  bool eligible = false;
  int64_t wins = 0;  ///< 0: lost
  std::optional<Cid> block{};
  std::string unproven{};  ///< why the won round gave no proof, and so no block
  size_t messages = 0;
  double seconds = 0;  ///< from the start to the finished block
  double winning_post_seconds = 0;
  double late_seconds = 0;  ///< how long after its own epoch's start the block was ready; negative: early
  bool catching_up = false;
};

/// Owns its loop's state; run() may be called once. Thread-safe for the const members.
class Miner {
 public:
  Miner(MinerConfig config, std::shared_ptr<NodeApi> node, std::shared_ptr<Prover> prover,
        std::shared_ptr<const sealing::Storage> storage, std::shared_ptr<SlashFilter> filter,
        std::shared_ptr<WindowPoster> window_post, std::shared_ptr<Clock> clock);
  ~Miner();

  /// Mines until stopped. `on_round` hears of every round that was tried. The owner runs WindowPoster::run beside it,
  /// on another thread; while catching up this loop pauses that one and proves by itself.
  Result<> run(std::stop_token stop, std::function<void(const Round&)> on_round = {});
  /// One turn of the loop: waits for its time, tries one epoch, submits. For tests and for run().
  Result<Round> turn(std::stop_token stop);
  /// Where the chain is behind the clock by more than this, a devnet catches up (epochs).
  static constexpr ChainEpoch kCatchUpLag = 3;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nelumbo::mining
