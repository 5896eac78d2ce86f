#include "engine/replica_update.hpp"

#include "commitment.hpp"
#include "crypto/bridge.hpp"
#include "init.hpp"
#include "nelumbo_engines/src/update.rs.h"
#include "pieces.hpp"

namespace nelumbo::update_calls {
namespace {

engines::UpdateFiles lend(const Files& files) {
  return {files.replica.string(), files.cache.string(), files.key.string(), files.key_cache.string()};
}

Result<engines::UpdateCommitments> lend(const Commitments& commitments) {
  auto old_sealed = TRY_IN("sealed CID", sealed_commitment(commitments.old_sealed));
  auto new_sealed = TRY_IN("new sealed CID", sealed_commitment(commitments.new_sealed));
  auto new_unsealed = TRY_IN("new unsealed CID", unsealed_commitment(commitments.new_unsealed));
  return engines::UpdateCommitments{old_sealed, new_sealed, new_unsealed};
}

}  // namespace

Result<SealedCommitments> encode(SealProof proof, const Files& files, const fs::path& staged,
                                 std::span<const PieceInfo> pieces) {
  init_engines();
  auto list = TRY(engine_pieces<engines::UpdatePiece>(pieces));
  auto work = [&] {
    return engines::encode_update(int64_t(proof), lend(files), staged.string(), {list.data(), list.size()});
  };
  auto made = TRY_IN("replica update", bridge::call(work, ErrorCode::failed));
  SealedCommitments out;
  out.sealed_cid = TRY(sealed_cid(made.comm_r));
  out.unsealed_cid = TRY(unsealed_cid(made.comm_d));
  return out;
}

Result<Bytes> prove_1(SealProof proof, const Commitments& commitments, const Files& files) {
  init_engines();
  auto all = TRY(lend(commitments));
  auto work = [&] { return engines::prove_update_1(int64_t(proof), all, lend(files)); };
  return in_context(bridge::call(work, ErrorCode::failed), "vanilla proofs of a replica update");
}

Result<Bytes> prove_2(SealProof proof, const Commitments& commitments, BytesView vanilla) {
  init_engines();
  auto all = TRY(lend(commitments));
  auto work = [&] { return engines::prove_update_2(int64_t(proof), all, bridge::slice(vanilla)); };
  return in_context(bridge::call(work, ErrorCode::failed), "proving a replica update");
}

Result<bool> verify(SealProof proof, const Commitments& commitments, BytesView snark) {
  init_engines();
  auto all = TRY(lend(commitments));
  auto work = [&] { return engines::verify_update(int64_t(proof), all, bridge::slice(snark)); };
  return in_context(bridge::call(work, ErrorCode::failed), "verifying a replica update");
}

Result<> decode(SealProof proof, const Files& files, const Cid& unsealed_cid, const fs::path& output) {
  init_engines();
  auto commitment = TRY(unsealed_commitment(unsealed_cid));
  auto work = [&] { engines::decode_update(int64_t(proof), lend(files), commitment, output.string()); };
  return in_context(bridge::call(work, ErrorCode::failed), "decoding an updated replica");
}

}  // namespace nelumbo::update_calls
