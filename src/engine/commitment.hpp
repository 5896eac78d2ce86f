#pragma once
// Between the proofs' bare 32-byte commitments and their CIDs.

#include "engine/proofs.hpp"

namespace nelumbo {

/// CommR and CommD as CIDs (fil-commitment-sealed and -unsealed).
Result<Cid> sealed_cid(const Commitment& comm_r);
Result<Cid> unsealed_cid(const Commitment& comm_d);
/// The commitment in a CID of the given codec; invalid for any other CID.
Result<Commitment> sealed_commitment(const Cid& cid);
Result<Commitment> unsealed_commitment(const Cid& cid);

/// The commitment of zeros: a merkle tree of `size` bytes (a power of two from 32 up) over zero leaves.
Result<Commitment> zero_commitment(uint64_t size);

}  // namespace nelumbo
