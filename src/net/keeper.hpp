#pragma once
// Keeps connections: dials the peers that are to stay, trims too many, asks the DHT for more when there are few.

#include <functional>
#include <map>

#include "peers.hpp"

namespace nelumbo::net {

/// `tick` is called about every second, by one thread.
class Keeper {
 public:
  /// `run` takes work that waits (a dial) off the calling thread.
  using Run = std::function<void(std::function<void()>)>;
  Keeper(p2p::Transport& transport, Peers& peers, std::shared_ptr<Clock> clock, Run run);

  void tick();

 private:
  /// One peer that connections are kept to: an id with all its addresses, or one address whose id is not known yet.
  struct Kept {
    std::vector<std::string> addresses;
    std::optional<PeerId> peer;
    TimePoint next{};
    std::chrono::seconds backoff{1};
    bool dialling = false;
  };

  void keep_connected(TimePoint now);
  void dialled(const std::string& name, const Result<PeerId>& result);
  void trim(TimePoint now);
  void ask_for_more(TimePoint now);

  p2p::Transport& transport_;
  Peers& peers_;
  std::shared_ptr<Clock> clock_;
  Run run_;
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;  ///< by the id, or the address without one
  TimePoint next_search_{};
};

}  // namespace nelumbo::net
