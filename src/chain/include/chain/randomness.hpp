#pragma once
// Randomness of the chain: tickets and beacon entries by epoch, and how values are drawn from them.

#include "chain/store.hpp"
#include "crypto/hash.hpp"

namespace nelumbo::chain {

class BeaconSchedule;

/// What a draw is for (go-state-types crypto.DomainSeparationTag).
enum class DomainTag : int64_t {
  ticket_production = 1,
  election_proof_production = 2,
  winning_post_challenge_seed = 3,
  windowed_post_challenge_seed = 4,
  seal_randomness = 5,
  interactive_seal_challenge_seed = 6,
  windowed_post_deadline_assignment = 7,
  market_deal_cron_seed = 8,
  post_chain_commit = 9,
};

/// blake2b-256 of tag (8 bytes, big-endian), digest, epoch (8 bytes, big-endian), entropy.
Hash256 draw_randomness(const Hash256& digest, DomainTag tag, ChainEpoch epoch, BytesView entropy);
/// The same from unhashed bytes (a VRF proof or a beacon entry's data).
Hash256 draw_randomness_from(BytesView base, DomainTag tag, ChainEpoch epoch, BytesView entropy);

/// Randomness as seen from one tipset. The digests are what the machine's externs give.
class Randomness {
 public:
  Randomness(std::shared_ptr<ChainStore> store, std::shared_ptr<const BeaconSchedule> beacons, TipsetPtr from);

  /// Digest of the smallest ticket at an epoch. For a null round: of the tipset after it from network version 13 on, of
  /// the one before it until then.
  Result<Hash256> chain_digest(ChainEpoch epoch);
  /// Digest of the beacon entry of an epoch; from network version 14 on exactly that epoch's round.
  Result<Hash256> beacon_digest(ChainEpoch epoch);
  Result<BeaconEntry> beacon_entry(ChainEpoch epoch);

  Result<Hash256> draw_chain(DomainTag tag, ChainEpoch epoch, BytesView entropy);
  Result<Hash256> draw_beacon(DomainTag tag, ChainEpoch epoch, BytesView entropy);

 private:
  Result<TipsetPtr> tipset_for(ChainEpoch epoch, bool previous);
  std::shared_ptr<ChainStore> store_;
  std::shared_ptr<const BeaconSchedule> beacons_;
  TipsetPtr from_;
};

}  // namespace nelumbo::chain
