#pragma once
// The randomness beacon: which drand round belongs to which epoch, getting entries, checking entries.

#include <functional>
#include <memory>

#include "types/block.hpp"
#include "types/network.hpp"

namespace nelumbo::chain {

/// Where beacon entries come from (drand servers, a file, a test). Thread-safe; calls may block.
class BeaconSource {
 public:
  virtual ~BeaconSource() = default;
  /// The entry of a round; unavailable when no server answers or the round does not exist yet.
  virtual Result<BeaconEntry> entry(uint64_t round) = 0;
};

/// One drand network seen from one Filecoin network.
class Beacon {
 public:
  Beacon(DrandNetwork drand, uint64_t genesis_time, uint64_t block_delay, std::shared_ptr<BeaconSource> source);
  ~Beacon();

  /// The newest round that exists when the epoch before `epoch` begins: what a block of `epoch` carries.
  uint64_t round_for(ChainEpoch epoch, uint32_t network_version) const;
  /// Checks an entry's signature; `previous` matters to chained networks only. Good entries are remembered.
  Result<> verify(const BeaconEntry& entry, BytesView previous) const;
  /// Gets and checks the entry of a round.
  Result<BeaconEntry> entry(uint64_t round) const;
  bool chained() const { return !drand_.unchained; }
  const DrandNetwork& drand() const { return drand_; }

 private:
  struct Known;
  DrandNetwork drand_;
  Bytes public_key_;
  uint64_t genesis_time_, block_delay_;
  std::shared_ptr<BeaconSource> source_;
  std::unique_ptr<Known> known_;
};

/// All beacons of a network, by the epoch they start at. Thread-safe.
class BeaconSchedule {
 public:
  /// `source` makes the source of one drand network (by default an HTTP client of its servers).
  using SourceMaker = std::function<std::shared_ptr<BeaconSource>(const DrandNetwork&)>;
  static Result<std::shared_ptr<const BeaconSchedule>> make(const NetworkParams& params, uint64_t genesis_time,
                                                            const SourceMaker& source = {});

  const Beacon& at(ChainEpoch epoch) const;
  uint64_t round_for(ChainEpoch epoch, uint32_t network_version) const {
    return at(epoch).round_for(epoch, network_version);
  }
  /// The entries that a block of `epoch` must carry on a parent of `parent_epoch`: one for every epoch after the
  /// parent's (null rounds too), none when no new round exists. `previous` is the parent's latest entry.
  Result<std::vector<BeaconEntry>> entries_for_block(ChainEpoch epoch, ChainEpoch parent_epoch,
                                                     const BeaconEntry& previous, uint32_t network_version) const;
  /// Checks which rounds a header's entries are of against the same rule, not their signatures.
  Result<> check_rounds(const BlockHeader& header, ChainEpoch parent_epoch, const BeaconEntry& previous,
                        uint32_t network_version) const;
  /// Checks the entries in a header against the same rule and their signatures.
  Result<> check_block(const BlockHeader& header, ChainEpoch parent_epoch, const BeaconEntry& previous,
                       uint32_t network_version) const;

 private:
  struct Point {
    ChainEpoch start;
    std::unique_ptr<Beacon> beacon;
  };
  std::vector<Point> points_;
};

/// An entry for every round from a secret at hand: unit tests, and the devnet's own daemon when it holds the key.
std::shared_ptr<BeaconSource> make_key_beacon_source(Bytes secret);

}  // namespace nelumbo::chain
