#include "commitment.hpp"
#include "crypto/bridge.hpp"
#include "init.hpp"
#include "nelumbo_engines/src/seal.rs.h"
#include "pieces.hpp"

namespace nelumbo::sealing_calls {
namespace {

engines::SealSector seal_sector(SealProof proof, SectorNumber number, ActorId miner, const Hash256& ticket) {
  return {int64_t(proof), miner, number, ticket};
}

rust::Slice<const engines::Piece> lend(const std::vector<engines::Piece>& pieces) {
  return {pieces.data(), pieces.size()};
}

Result<engines::Commitments> read(const SealedCommitments& commitments) {
  auto sealed = TRY(sealed_commitment(commitments.sealed_cid));
  auto unsealed = TRY(unsealed_commitment(commitments.unsealed_cid));
  return engines::Commitments{sealed, unsealed};
}

/// An empty file, made when there is none: the engine opens replicas it is to write.
Result<> touch(const fs::path& path) {
  if (fs::exists(path)) return {};
  return write_file(path, BytesView());
}

}  // namespace

Result<Cid> zero_comm_d(uint64_t sector_size) { return unsealed_cid(TRY(zero_commitment(sector_size))); }

Result<Cid> piece_commitment(SealProof proof, const fs::path& data, uint64_t padded_size) {
  if (padded_size < 128 || (padded_size & (padded_size - 1)) != 0) {
    return fail(ErrorCode::invalid, "{} bytes is not the padded size of a piece", padded_size);
  }
  auto work = [&] { return engines::piece_commitment(int64_t(proof), data.string(), unpadded_size(padded_size)); };
  auto commitment = TRY_IN("piece commitment", bridge::call(work, ErrorCode::failed));
  return unsealed_cid(commitment);
}

Result<PieceInfo> write_zero_piece(SealProof proof, const fs::path& staged_file) {
  auto size = TRY(seal_proof_info(proof)).sector_size;
  TRY(write_file(staged_file, BytesView()));
  std::error_code error;
  fs::resize_file(staged_file, size, error);
  if (error) return fail(ErrorCode::failed, "writing {}: {}", staged_file.string(), error.message());
  auto commitment = TRY(zero_comm_d(size));
  return PieceInfo{size, commitment};
}

Result<Bytes> pre_commit_1(SealProof proof, const fs::path& cache, const fs::path& staged, const fs::path& sealed,
                           SectorNumber number, ActorId miner, const Hash256& ticket,
                           std::span<const PieceInfo> pieces) {
  init_engines();
  TRY(make_folder(cache));
  TRY(touch(sealed));
  auto list = TRY(engine_pieces<engines::Piece>(pieces));
  auto work = [&] {
    return engines::seal_pre_commit_1(seal_sector(proof, number, miner, ticket), cache.string(), staged.string(),
                                      sealed.string(), lend(list));
  };
  return in_context(bridge::call(work, ErrorCode::failed), fmt::format("pre-commit 1 of sector {}", number));
}

Result<SealedCommitments> pre_commit_2(BytesView phase_1_output, const fs::path& cache, const fs::path& sealed) {
  init_engines();
  auto work = [&] {
    return engines::seal_pre_commit_2(bridge::slice(phase_1_output), cache.string(), sealed.string());
  };
  auto made = TRY_IN("pre-commit 2", bridge::call(work, ErrorCode::failed));
  SealedCommitments out;
  out.sealed_cid = TRY(sealed_cid(made.comm_r));
  out.unsealed_cid = TRY(unsealed_cid(made.comm_d));
  return out;
}

Result<Bytes> commit_1(SealProof proof, const fs::path& cache, const fs::path& sealed, SectorNumber number,
                       ActorId miner, const Hash256& ticket, const Hash256& seed, const SealedCommitments& commitments,
                       std::span<const PieceInfo> pieces) {
  init_engines();
  auto list = TRY(engine_pieces<engines::Piece>(pieces));
  auto both = TRY(read(commitments));
  auto work = [&] {
    return engines::seal_commit_1(seal_sector(proof, number, miner, ticket), seed, both, cache.string(),
                                  sealed.string(), lend(list));
  };
  return in_context(bridge::call(work, ErrorCode::failed), fmt::format("commit 1 of sector {}", number));
}

Result<Bytes> commit_2(BytesView phase_1_output, SectorNumber number, ActorId miner) {
  init_engines();
  auto work = [&] { return engines::seal_commit_2(bridge::slice(phase_1_output), miner, number); };
  return in_context(bridge::call(work, ErrorCode::failed), fmt::format("commit 2 of sector {}", number));
}

Result<bool> verify_seal(SealProof proof, SectorNumber number, ActorId miner, const Hash256& ticket,
                         const Hash256& seed, const SealedCommitments& commitments, BytesView snark) {
  init_engines();
  auto both = TRY(read(commitments));
  auto work = [&] {
    return engines::verify_seal(seal_sector(proof, number, miner, ticket), seed, both, bridge::slice(snark));
  };
  return in_context(bridge::call(work, ErrorCode::failed), fmt::format("verifying the seal of sector {}", number));
}

Result<> clear_cache(const fs::path& cache) {
  init_engines();
  return in_context(bridge::call([&] { engines::clear_cache(cache.string()); }, ErrorCode::failed),
                    "clearing the cache");
}

}  // namespace nelumbo::sealing_calls
