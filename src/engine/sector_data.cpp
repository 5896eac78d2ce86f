#include "engine/sector_data.hpp"

#include "commitment.hpp"
#include "crypto/bridge.hpp"
#include "init.hpp"
#include "nelumbo_engines/src/seal.rs.h"
#include "pieces.hpp"

namespace nelumbo::sealing_calls {

Result<Cid> comm_d(SealProof proof, std::span<const PieceInfo> pieces) {
  auto list = TRY(engine_pieces<engines::Piece>(pieces));
  auto work = [&] { return engines::data_commitment(int64_t(proof), {list.data(), list.size()}); };
  return unsealed_cid(TRY_IN("commitment of a sector's pieces", bridge::call(work, ErrorCode::invalid)));
}

Result<> unseal_range(SealProof proof, const fs::path& cache, const fs::path& sealed, const fs::path& output,
                      SectorNumber number, ActorId miner, const Hash256& ticket, const Cid& unsealed_cid,
                      uint64_t offset, uint64_t size) {
  init_engines();
  auto commitment = TRY(unsealed_commitment(unsealed_cid));
  auto work = [&] {
    return engines::unseal_range({int64_t(proof), miner, number, ticket}, commitment, cache.string(), sealed.string(),
                                 output.string(), offset, size);
  };
  auto done = TRY_IN(fmt::format("unsealing sector {}", number), bridge::call(work, ErrorCode::failed));
  if (done == size) return {};
  return fail(ErrorCode::failed, "unsealing sector {} gave {} bytes of {}", number, done, size);
}

}  // namespace nelumbo::sealing_calls
