#pragma once
// Empty sector update (snap, FIP-0019): data put into a sector that was sealed without. `proof` is the sector's seal
// proof type.

#include "engine/proofs.hpp"

namespace nelumbo::update_calls {

/// The updated replica with its cache, and the sector it is made from.
struct Files {
  fs::path replica, cache, key, key_cache;
};
struct Commitments {
  Cid old_sealed, new_sealed, new_unsealed;
};

/// Encodes the data (a staged file of the sector's size) into files.replica, which must be a file of that size, and
/// writes the cache, which must be an empty folder.
Result<SealedCommitments> encode(SealProof proof, const Files& files, const fs::path& staged,
                                 std::span<const PieceInfo> pieces);
/// The vanilla proofs of all partitions, in one.
Result<Bytes> prove_1(SealProof proof, const Commitments& commitments, const Files& files);
/// The SNARK. Needs the update parameters.
Result<Bytes> prove_2(SealProof proof, const Commitments& commitments, BytesView vanilla);
Result<bool> verify(SealProof proof, const Commitments& commitments, BytesView snark);
/// Gets the data back out of an updated replica, into a file that has the sector's size.
Result<> decode(SealProof proof, const Files& files, const Cid& unsealed_cid, const fs::path& output);

}  // namespace nelumbo::update_calls
