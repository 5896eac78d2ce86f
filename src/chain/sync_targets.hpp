#pragma once
// Which of the heads that peers tell of is worth catching up with. No state, no network: only what was heard.

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "types/block.hpp"

namespace nelumbo::chain {

/// Not thread-safe. Bounded whatever peers say: a peer's heads displace its own lighter ones.
class SyncTargets {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr size_t kPeers = 256;
  static constexpr size_t kHeadsOfPeer = 8;

  void heard(const std::string& peer, const TipsetPtr& head);
  void forget_peer(const std::string& peer);
  size_t peers() const { return heads_.size(); }

  /// The best head of those that `wanted` is true for and whose time has come; the others that are not wanted are
  /// forgotten. First come heads on which two or more peers agree (as long as that many are known), then those that
  /// failed least often, then the heaviest by what it claims.
  TipsetPtr choose(const std::function<bool(const TipsetPtr&)>& wanted, Time now);
  /// When the next delayed head may be tried; nullopt when none waits.
  std::optional<Time> next_time() const;
  /// True when more than one peer stands behind another head than this one, and only one behind this.
  bool outvoted(const TipsetKey& key) const;
  /// Who told of the tipset itself.
  std::vector<std::string> tellers(const TipsetKey& key) const;
  /// Who told of the tipset, or of one that stands next to it (child, parent, sibling).
  std::vector<std::string> backers(const Tipset& tipset) const;
  /// Puts a head off after a failure that may pass; forgets it after the last of several tries.
  void postpone(const TipsetKey& key, Time now);
  void forget(const TipsetKey& key);

 private:
  struct Candidate {
    TipsetPtr tipset;
    int failures = 0;
    Time not_before{};
  };
  bool agreed(const Tipset& tipset) const { return backers(tipset).size() > 1 || heads_.size() < 2; }
  void drop_unheard();

  std::map<TipsetKey, Candidate> candidates_;
  std::map<std::string, std::vector<TipsetKey>> heads_;  ///< by peer
};

}  // namespace nelumbo::chain
