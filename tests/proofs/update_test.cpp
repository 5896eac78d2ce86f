// Data put into a sector that was sealed without (snap), with the real engine: its SNARK holds for this update and for
// no other. Needs the update parameters of 2 KiB sectors and makes them when they are missing.
#include <future>

#include <gtest/gtest.h>

#include "base/temporary_folder.hpp"
#include "engine/replica_update.hpp"
#include "engine/sector_data.hpp"
#include "sealing/local_sealer.hpp"

namespace nelumbo::sealing {
namespace {

constexpr SealProof kProof{5};
constexpr uint64_t kSize = 2048;
const SectorRef kSector{1000, 3, kProof};

template <class T>
Result<T> made(Sealer& sealer, Task task) {
  std::promise<Result<TaskOutput>> done;
  sealer.start(kSector, std::move(task), [&](Result<TaskOutput> result) { done.set_value(std::move(result)); });
  auto output = TRY(done.get_future().get());
  return std::get<T>(std::move(output));
}

TEST(RealUpdate, ProofHolds) {
  const TemporaryFolder temporary;
  const auto& folder = temporary.path();
  auto storage = must(Storage::open(folder));
  must(storage->attach(folder / "path", PathMeta{.can_seal = true, .can_store = true}));
  auto sealer = make_local_sealer({.generate_parameters = true}, storage);
  const std::vector zeros{must(made<PieceInfo>(*sealer, AddZeroPiece{}))};
  auto phase_1 = must(made<Bytes>(*sealer, PreCommit1{{1}, zeros}));
  auto sealed = must(made<SealedCommitments>(*sealer, PreCommit2{phase_1}));
  must(made<std::monostate>(*sealer, Finalize{}));

  const auto data = folder / "data";
  must(write_file(data, Bytes(kSize / 128 * 127, 0x5a)));
  auto place = must(storage->allocate(1000, 3, kProof, {FileType::unsealed}, true));
  const std::vector pieces{must(sealing_calls::write_piece(kProof, data, place.files[FileType::unsealed]))};
  auto updated = must(made<SealedCommitments>(*sealer, ReplicaUpdate{pieces}));
  auto vanilla =
      must(made<Bytes>(*sealer, ProveReplicaUpdate1{sealed.sealed_cid, updated.sealed_cid, updated.unsealed_cid}));

  ProveReplicaUpdate2 prove{sealed.sealed_cid, updated.sealed_cid, updated.unsealed_cid, vanilla};
  auto proof = must(made<Bytes>(*sealer, prove));
  update_calls::Commitments commitments{sealed.sealed_cid, updated.sealed_cid, updated.unsealed_cid};
  EXPECT_TRUE(must(update_calls::verify(kProof, commitments, proof)));
  std::swap(commitments.old_sealed, commitments.new_sealed);
  EXPECT_FALSE(must(update_calls::verify(kProof, commitments, proof)));

  // Vanilla proofs of another update: no proof leaves the machine.
  prove.new_sealed_cid = sealed.sealed_cid;
  auto wrong = made<Bytes>(*sealer, prove);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::invalid) << wrong.error().message;
}

}  // namespace
}  // namespace nelumbo::sealing
