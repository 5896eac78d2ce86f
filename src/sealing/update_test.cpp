#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.hpp"
#include "engine/replica_update.hpp"
#include "sealing/local_sealer.hpp"
#include "sealing/provable.hpp"

namespace nelumbo::sealing {
namespace {

using namespace testing;

constexpr SealProof kProof{5};
constexpr uint64_t kSize = 2048;
const SectorRef kSector{1000, 7, kProof};

/// A sealed and stored sector of zeros, with real proofs, and data to put into it.
class UpdateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    must(storage->attach(folder.path() / "path", PathMeta{.can_seal = true, .can_store = true}));
    const std::vector zeros{made<PieceInfo>(AddZeroPiece{})};
    sealed = made<SealedCommitments>(PreCommit2{made<Bytes>(PreCommit1{{1}, zeros})});
    must(run(Finalize{}));
    auto place = must(storage->allocate(1000, 7, kProof, {FileType::unsealed}, true));
    // In every 32 bytes the last is zero, so that as data of 127/128 of the size they need no other padding than what
    // is there; the piece's commitment comes from the encoding itself.
    for (size_t i = 0; i < data.size(); ++i) data[i] = i % 32 == 31 ? 0 : static_cast<uint8_t>(i * 7);
    must(write_file(place.files[FileType::unsealed], data));
    piece = {kSize, must(data_root(data))};
  }

  /// CommD: SHA-256 with the two top bits cleared, pairwise up from the nodes.
  static Result<Cid> data_root(Bytes nodes) {
    while (nodes.size() > 32) {
      Bytes up;
      for (size_t i = 0; i < nodes.size(); i += 64) {
        auto digest = sha256(BytesView(nodes).subspan(i, 64));
        digest.back() &= 0x3f;
        up.insert(up.end(), digest.begin(), digest.end());
      }
      nodes = std::move(up);
    }
    return Cid::make(multicodec::kCommUnsealed, multihash::kSha256Trunc254Padded, nodes);
  }

  Result<TaskOutput> run(Task task) {
    std::promise<Result<TaskOutput>> done;
    sealer->start(kSector, std::move(task), [&](Result<TaskOutput> result) { done.set_value(std::move(result)); });
    return done.get_future().get();
  }
  template <class T>
  T made(Task task) {
    return std::get<T>(must(run(std::move(task))));
  }
  fs::path at(FileType type) { return must(storage->find(1000, 7, type)); }

  TemporaryFolder folder;
  std::shared_ptr<Storage> storage = must(Storage::open(folder.path()));
  std::shared_ptr<Sealer> sealer = make_local_sealer({}, storage);
  SealedCommitments sealed;
  Bytes data = Bytes(kSize);
  PieceInfo piece;
};

TEST_F(UpdateTest, PutsDataIntoASectorAndGetsItOut) {
  auto updated = made<SealedCommitments>(ReplicaUpdate{{piece}});
  EXPECT_EQ(updated.unsealed_cid, piece.piece_cid);
  EXPECT_NE(updated.sealed_cid, sealed.sealed_cid);
  // Cut off and begun again.
  fs::resize_file(at(FileType::update), 100);
  EXPECT_EQ(made<SealedCommitments>(ReplicaUpdate{{piece}}).sealed_cid, updated.sealed_cid);

  auto vanilla = made<Bytes>(ProveReplicaUpdate1{sealed.sealed_cid, updated.sealed_cid, updated.unsealed_cid});
  EXPECT_FALSE(vanilla.empty());

  update_calls::Files files{at(FileType::update), at(FileType::update_cache), at(FileType::sealed),
                            at(FileType::cache)};
  must(write_file(folder.path() / "out", Bytes(kSize)));
  must(update_calls::decode(kProof, files, updated.unsealed_cid, folder.path() / "out"));
  EXPECT_EQ(must(read_file(folder.path() / "out")), data);

  ASSERT_TRUE(run(FinalizeReplicaUpdate{}));
  ASSERT_TRUE(run(FinalizeReplicaUpdate{}));
  EXPECT_FALSE(storage->find(1000, 7, FileType::sealed));
  EXPECT_TRUE(provable_files(*storage, 1000, {kProof, 7, updated.sealed_cid}, true));
  EXPECT_TRUE(check_proving_cache(at(FileType::update_cache), kSize));
}

}  // namespace
}  // namespace nelumbo::sealing
