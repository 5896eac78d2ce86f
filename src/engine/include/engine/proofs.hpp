#pragma once
// Proofs of storage (official filecoin-proofs): sealing, winning and window PoSt, parameters.

#include <functional>
#include <memory>
#include <span>

#include "base/file.hpp"
#include "types/block.hpp"
#include "types/sector.hpp"

namespace nelumbo {

using Commitment = std::array<uint8_t, 32>;

/// A sealed sector's public part.
struct SectorInfo {
  SealProof seal_proof{};
  SectorNumber number = 0;
  Cid sealed_cid;  ///< CommR
  friend bool operator==(const SectorInfo&, const SectorInfo&) = default;
  static constexpr auto fields = nelumbo::fields(field("SealProof", &SectorInfo::seal_proof),
                                                 field("SectorNumber", &SectorInfo::number),
                                                 field("SealedCID", &SectorInfo::sealed_cid));
};
/// With where its replica and caches lie.
struct PrivateSectorInfo {
  SectorInfo info;
  fs::path cache_folder;
  fs::path sealed_file;
};
struct PieceInfo {
  uint64_t size = 0;  ///< padded bytes, a power of two
  Cid piece_cid;
  static constexpr auto fields = nelumbo::fields(field("Size", &PieceInfo::size), field("PieceCID", &PieceInfo::piece_cid));
  friend bool operator==(const PieceInfo&, const PieceInfo&) = default;
};
struct SealedCommitments {
  Cid sealed_cid;
  Cid unsealed_cid;
};

/// The seam between real and mock proofs. All calls may take seconds to minutes and block; thread-safe.
class Prover {
 public:
  virtual ~Prover() = default;
  virtual Result<std::vector<uint64_t>> winning_post_challenge(PoStType type, ActorId miner, const Hash256& randomness,
                                                               uint64_t eligible_sectors) = 0;
  virtual Result<std::vector<PoStProof>> prove_winning_post(PoStType type, ActorId miner, const Hash256& randomness,
                                                            std::span<const PrivateSectorInfo> sectors) = 0;
  virtual Result<bool> verify_winning_post(ActorId miner, const Hash256& randomness, std::span<const PoStProof> proofs,
                                           std::span<const SectorInfo> challenged) = 0;
  struct WindowPoSt {
    std::vector<PoStProof> proofs;
    std::vector<SectorNumber> faulty;  ///< sectors that could not be read; then proofs is empty
  };
  virtual Result<WindowPoSt> prove_window_post(PoStType type, ActorId miner, const Hash256& randomness,
                                               std::span<const PrivateSectorInfo> sectors) = 0;
  virtual Result<bool> verify_window_post(ActorId miner, const Hash256& randomness, std::span<const PoStProof> proofs,
                                          std::span<const SectorInfo> challenged) = 0;
};

/// The real engine, reading parameters from the parameter cache folder.
std::shared_ptr<Prover> make_real_prover();
/// Mock proofs of a devnet with the bundle "testing-fake-proofs": winning PoSt bytes anyone can check by hashing; a window
/// PoSt is one proof, sha256 over the randomness and the CBOR of each sector info.
std::shared_ptr<Prover> make_mock_prover();

namespace sealing_calls {
/// CommD of an all-zero sector of this size.
Result<Cid> zero_comm_d(uint64_t sector_size);
/// The commitment of a file's bytes, with zeros behind them up to 127/128 of the padded size.
Result<Cid> piece_commitment(SealProof proof, const fs::path& data, uint64_t padded_size);
/// Writes a staged sector file of zeros (padded zeros are zeros) and gives its one piece.
Result<PieceInfo> write_zero_piece(SealProof proof, const fs::path& staged_file);
Result<Bytes> pre_commit_1(SealProof proof, const fs::path& cache, const fs::path& staged, const fs::path& sealed,
                           SectorNumber number, ActorId miner, const Hash256& ticket, std::span<const PieceInfo> pieces);
Result<SealedCommitments> pre_commit_2(BytesView phase_1_output, const fs::path& cache, const fs::path& sealed);
/// Commit 1: the challenges' openings, in the engine's JSON. `pieces` as in pre-commit 1.
Result<Bytes> commit_1(SealProof proof, const fs::path& cache, const fs::path& sealed, SectorNumber number, ActorId miner,
                       const Hash256& ticket, const Hash256& seed, const SealedCommitments& commitments,
                       std::span<const PieceInfo> pieces);
/// Commit 2: the SNARK. Needs the PoRep parameters.
Result<Bytes> commit_2(BytesView phase_1_output, SectorNumber number, ActorId miner);
Result<bool> verify_seal(SealProof proof, SectorNumber number, ActorId miner, const Hash256& ticket, const Hash256& seed,
                         const SealedCommitments& commitments, BytesView snark);
/// Removes the layers that proving does not need.
Result<> clear_cache(const fs::path& cache);
}  // namespace sealing_calls

namespace parameters {
enum class Kind { winning_post, window_post, porep, replica_update };
/// Names of the two files of a kind and sector size, without folder.
struct Names {
  std::string parameters;
  std::string verifying_key;
};
Result<Names> names(Kind kind, uint64_t sector_size);
/// True when parameters and verifying key of a kind and sector size are in the cache folder. Files appear there whole
/// or not at all.
Result<bool> present(Kind kind, uint64_t sector_size);
/// Reads the files of a kind and sector size: not_found when one is missing, invalid when one is cut off or the key is
/// not that of the parameters.
Result<> check(Kind kind, uint64_t sector_size);
/// Generates them (Groth16 set-up with local randomness: test networks only) unless present (then they are checked), under a lock so that two
/// processes do not do it twice. `progress` is told what is done, of what, and may be called from another thread.
Result<> generate(Kind kind, uint64_t sector_size, const std::function<void(std::string_view step, double part)>& progress);
}  // namespace parameters

}  // namespace nelumbo
