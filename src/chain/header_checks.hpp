#pragma once
// What can be said of headers without their states and messages: enough to refuse an endless or made-up chain before
// anything is fetched for it.

#include "base/clock.hpp"
#include "chain/beacon.hpp"

namespace nelumbo::chain {

struct HeaderChecks {
  const NetworkParams& params;
  const BeaconSchedule& beacons;
  const Clock& clock;
  uint64_t genesis_time = 0;  ///< Unix seconds

  /// A tipset by itself: fields that must be there, the timestamp that goes with its height, blocks that agree on their
  /// parents. `unavailable` when it is from the future.
  Result<> alone(const Tipset& tipset) const;
  /// A tipset and its parent: heights, weight, rounds of the beacon entries (not their signatures).
  Result<> link(const Tipset& child, const Tipset& parent) const;
  /// The signature of a tipset's last beacon entry, where it stands by itself.
  Result<> beacon_signature(const Tipset& tipset) const;
};

/// The most that a tipset can add to the weight of its chain, whatever the power of the network.
BigInt most_added_weight(const Tipset& tipset);

}  // namespace nelumbo::chain
