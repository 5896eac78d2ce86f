#pragma once
// SnarkPack v2 (FIP-0013): the proofs of 4 to 819 sectors in one.

#include "engine/proofs.hpp"

namespace nelumbo {

namespace sealing_calls {
struct AggregatedSector {
  SectorNumber number = 0;
  Cid sealed_cid, unsealed_cid;
  Hash256 ticket{}, seed{};
};
/// `proofs` in the order of the sectors. Needs the SRS and the PoRep verifying key; seconds to a minute.
Result<Bytes> aggregate_seals(SealProof proof, std::span<const AggregatedSector> sectors,
                              std::span<const Bytes> proofs);
Result<bool> verify_aggregate_seals(SealProof proof, ActorId miner, std::span<const AggregatedSector> sectors,
                                    BytesView aggregate);
}  // namespace sealing_calls

namespace parameters {
/// The structured reference string of SnarkPack: one file for all sector sizes, for provers and verifiers. That of the
/// public networks was made in a ceremony and is published; this makes one for test networks, the same on every
/// machine.
Result<fs::path> srs_file();
Result<bool> srs_present();
/// not_found: it is not there; invalid: it is damaged.
Result<> check_srs();
/// Makes the one of test networks unless there is one; enough for 1,024 proofs.
Result<> make_srs();
}  // namespace parameters

}  // namespace nelumbo
