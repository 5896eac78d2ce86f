#include <condition_variable>
#include <fstream>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temporary_folder.hpp"
#include "codec/json.hpp"
#include "engine/aggregation.hpp"
#include "engine/sector_data.hpp"
#include "real_tasks.hpp"
#include "seal_cache.hpp"
#include "sealing/local_sealer.hpp"
#include "sealing/provable.hpp"

namespace nelumbo::sealing {
namespace {

using ::testing::HasSubstr;
using namespace testing;

constexpr uint64_t kSize = 2048;

class SealerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    must(make_folder(folder.path() / "repo"));
    storage = must(Storage::open(folder.path() / "repo"));
    must(storage->attach(folder.path() / "seal", PathMeta{.can_seal = true}));
    must(storage->attach(folder.path() / "store", PathMeta{.can_store = true}));
  }
  void open(bool mock) { sealer = make_local_sealer({.mock = mock}, storage); }

  Result<TaskOutput> run(Task task, SectorRef of = {1000, 7, SealProof{5}}) {
    std::promise<Result<TaskOutput>> done;
    sealer->start(of, std::move(task), [&](Result<TaskOutput> result) { done.set_value(std::move(result)); });
    return done.get_future().get();
  }
  template <class T>
  T made(Task task) {
    return std::get<T>(must(run(std::move(task))));
  }
  fs::path at(FileType type) { return must(storage->find(1000, 7, type)); }

  /// All steps up to the proof, as the pipeline asks for them.
  struct Sealed {
    std::vector<PieceInfo> pieces;
    Bytes phase_1;
    SealedCommitments commitments;
    Bytes commit_1;
  };
  Sealed seal() {
    Sealed out;
    out.pieces = {made<PieceInfo>(AddZeroPiece{})};
    out.phase_1 = made<Bytes>(PreCommit1{ticket, out.pieces});
    out.commitments = made<SealedCommitments>(PreCommit2{out.phase_1});
    out.commit_1 =
        made<Bytes>(Commit1{ticket, seed, out.commitments.sealed_cid, out.commitments.unsealed_cid, out.pieces});
    return out;
  }

  const Hash256 ticket{1, 2, 3}, seed{4, 5, 6};
  TemporaryFolder folder;
  std::shared_ptr<Storage> storage;
  std::shared_ptr<Sealer> sealer;
};

TEST_F(SealerTest, MockSealIsTheSameEachTimeAndAsTheChainWantsIt) {
  open(true);
  auto first = seal();
  EXPECT_EQ(first.commitments.unsealed_cid, must(sealing_calls::zero_comm_d(kSize)));
  EXPECT_THAT(first.commitments.sealed_cid.str(), ::testing::StartsWith("bagboea"));
  auto proof = made<Bytes>(Commit2{first.commit_1});
  EXPECT_EQ(proof.size(), 192u);
  auto again = seal();
  EXPECT_EQ(again.commitments.sealed_cid, first.commitments.sealed_cid);
  EXPECT_EQ(made<Bytes>(Commit2{again.commit_1}), proof);

  ASSERT_TRUE(run(Finalize{}));
  ASSERT_TRUE(run(Finalize{}));  // again after a crash
  EXPECT_EQ(at(FileType::sealed), folder.path() / "store/sealed/s-t01000-7");
  SectorInfo info{SealProof{5}, 7, first.commitments.sealed_cid};
  EXPECT_TRUE(provable_files(*storage, 1000, info, false));

  auto update = made<SealedCommitments>(ReplicaUpdate{first.pieces});
  EXPECT_NE(update.sealed_cid, first.commitments.sealed_cid);
  ASSERT_TRUE(run(FinalizeReplicaUpdate{}));
  EXPECT_TRUE(provable_files(*storage, 1000, info, true));
  EXPECT_FALSE(storage->find(1000, 7, FileType::sealed));

  ASSERT_TRUE(run(Remove{}));
  for (auto type : kFileTypes) EXPECT_FALSE(storage->find(1000, 7, type));
}

/// Tasks that run until they are let go.
class HeldTasks {
 public:
  Sealer::Done note(const std::string& name) {
    return [this, name](Result<TaskOutput> result) {
      std::lock_guard lock(mutex_);
      ended_.push_back(name + (result ? "" : " " + result.error().message));
      changed_.notify_all();
    };
  }
  std::vector<std::string> wait(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_.size() >= count; });
    return ended_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> ended_;
};

TEST_F(SealerTest, KeepsLimitsAndAborts) {
  open(true);
  HeldTasks tasks;
  auto pieces = std::vector{made<PieceInfo>(AddZeroPiece{})};
  // The file lock of the sector holds the first one; the lane has room for one.
  auto held = storage->lock(1000, 7, {}, {FileType::sealed});
  const SectorRef seven{1000, 7, SealProof{5}}, eight{1000, 8, SealProof{5}};
  auto first = sealer->start(seven, PreCommit1{ticket, pieces}, tasks.note("first"));
  auto second = sealer->start(eight, PreCommit1{ticket, pieces}, tasks.note("second"));
  auto third = sealer->start(eight, PreCommit1{ticket, pieces}, tasks.note("third"));
  while (sealer->jobs().front().running == false) std::this_thread::yield();
  auto jobs = sealer->jobs();
  ASSERT_EQ(jobs.size(), 3u);
  EXPECT_EQ(jobs[0].id, first);
  EXPECT_EQ(jobs[0].task, "PC1");
  EXPECT_FALSE(jobs[1].running);
  EXPECT_THAT(jobs[2].step, HasSubstr("waits for its turn: 1 at a time, 1 waiting before it"));
  // Other kinds go on meanwhile.
  EXPECT_TRUE(run(Commit2{Bytes{1}}));
  ASSERT_TRUE(sealer->abort(second));
  EXPECT_THAT(tasks.wait(1), ::testing::ElementsAre("second aborted before it began"));
  ASSERT_TRUE(sealer->abort(first));
  held.let_go();
  EXPECT_THAT(tasks.wait(3), ::testing::ElementsAre("second aborted before it began", "first aborted", "third"));
  EXPECT_EQ(sealer->abort(third).error().code, ErrorCode::not_found);
  while (!sealer->jobs().empty()) std::this_thread::yield();
}

TEST_F(SealerTest, WaitsForRoomAndSaysWhatIsMissing) {
  must(storage->detach(folder.path() / "seal"));
  must(storage->attach(folder.path() / "small", PathMeta{.can_seal = true, .max_storage = 20000}));
  open(false);
  auto full = run(PreCommit1{ticket, {{kSize, must(sealing_calls::zero_comm_d(kSize))}}});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::exhausted);
  EXPECT_THAT(full.error().message, HasSubstr("no storage path takes 30.2 KiB"));
  auto lost = run(Commit1{ticket, seed, must(sealing_calls::zero_comm_d(kSize)), Cid(), {}});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::not_found);
}

TEST_F(SealerTest, SealsAndGoesOnAtTheLayerThatWasFinished) {
  open(false);
  auto first = seal();
  EXPECT_EQ(first.commitments.unsealed_cid, must(sealing_calls::zero_comm_d(kSize)));
  SealCache cache(at(FileType::cache), kSize);
  // The data tree of zeros is kept and shared.
  EXPECT_EQ(fs::hard_link_count(cache.data_tree()), 2u);

  // Cut off in the second layer: the first is taken over (seen by its time), the second made again.
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::remove(cache.layer(2));
  fs::last_write_time(cache.layer(1), old);
  EXPECT_EQ(made<Bytes>(PreCommit1{ticket, first.pieces}), first.phase_1);
  EXPECT_EQ(fs::last_write_time(cache.layer(1)), old);
  // A layer that no note vouches for is not trusted.
  auto note = cache.folder() / "nelumbo-seal.json";
  auto text = must(read_text_file(note));
  auto json = must(parse_json(text));
  json["Layers"] = 1;
  must(write_file(note, json.dump()));
  std::fstream(cache.layer(2)).write("damaged", 7);
  EXPECT_EQ(made<Bytes>(PreCommit1{ticket, first.pieces}), first.phase_1);
  EXPECT_EQ(fs::last_write_time(cache.layer(1)), old);

  // Phase 2 writes the replica in place: cut off at any point it begins with the data again.
  EXPECT_EQ(made<SealedCommitments>(PreCommit2{first.phase_1}).sealed_cid, first.commitments.sealed_cid);
  std::fstream(at(FileType::sealed)).write("half a replica", 14);
  EXPECT_EQ(made<SealedCommitments>(PreCommit2{first.phase_1}).sealed_cid, first.commitments.sealed_cid);

  // Another ticket: none of it is taken over, none of the finished seal deleted.
  Hash256 other{9};
  auto phase_1 = made<Bytes>(PreCommit1{other, first.pieces});
  EXPECT_NE(made<SealedCommitments>(PreCommit2{phase_1}).sealed_cid, first.commitments.sealed_cid);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path() / "seal/.trash"), {}), 2);
}

TEST_F(SealerTest, SaysWhichFileIsWrong) {
  open(false);
  auto sealed = seal();
  SealCache cache(at(FileType::cache), kSize);
  Commit1 commit{ticket, seed, sealed.commitments.sealed_cid, sealed.commitments.unsealed_cid, sealed.pieces};
  fs::resize_file(cache.layer(2), 100);
  auto wrong = run(commit);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::invalid);
  EXPECT_THAT(wrong.error().message, HasSubstr("layer-2.dat has 100 bytes, not 2048"));
  EXPECT_EQ(run(PreCommit2{sealed.phase_1}).error().code, ErrorCode::invalid);
  fs::remove(cache.folder() / "p_aux");
  EXPECT_EQ(run(commit).error().code, ErrorCode::not_found);
  EXPECT_EQ(run(Finalize{}).error().code, ErrorCode::not_found);
}

TEST_F(SealerTest, WaitsForAPathThatIsAwayAndBeginsNothingElsewhere) {
  for (bool mock : {true, false}) {
    open(mock);
    const SectorRef of{1000, mock ? 8u : 9u, SealProof{5}};
    auto pieces = std::vector{std::get<PieceInfo>(must(run(AddZeroPiece{}, of)))};
    auto phase_1 = std::get<Bytes>(must(run(PreCommit1{ticket, pieces}, of)));
    auto sealed = std::get<SealedCommitments>(must(run(PreCommit2{phase_1}, of)));
    const auto home = folder.path() / "seal", away = folder.path() / "unplugged";
    if (mock) must(storage->attach(folder.path() / "second", PathMeta{.can_seal = true}));
    fs::rename(home, away);
    // The process that saw it go, and one that never saw it.
    for (bool again : {false, true}) {
      if (again) {
        storage = must(Storage::open(folder.path() / "repo"));
        open(mock);
      }
      const std::vector<Task> tasks{PreCommit1{ticket, pieces}, PreCommit2{phase_1},
                                    Commit1{ticket, seed, sealed.sealed_cid, sealed.unsealed_cid, pieces}, Finalize{}};
      for (const auto& task : tasks) {
        auto result = run(task, of);
        ASSERT_FALSE(result) << short_name(task);
        EXPECT_EQ(result.error().code, ErrorCode::unavailable) << result.error().message;
        EXPECT_THAT(result.error().message, HasSubstr("seal is away"));
      }
    }
    EXPECT_FALSE(fs::exists(folder.path() / "second/sealed/s-t01000-8"));
    fs::rename(away, home);
    EXPECT_TRUE(run(Finalize{}, of));
  }
}

TEST_F(SealerTest, FinalizesForProving) {
  open(false);
  auto sealed = seal();
  ASSERT_TRUE(run(Finalize{}));
  ASSERT_TRUE(run(Finalize{}));
  EXPECT_EQ(at(FileType::cache), folder.path() / "store/cache/s-t01000-7");
  EXPECT_FALSE(storage->find(1000, 7, FileType::unsealed));
  std::set<std::string> names;
  for (const auto& each : fs::directory_iterator(at(FileType::cache))) names.insert(each.path().filename().string());
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("p_aux", "t_aux", "sc-02-data-tree-r-last.dat"));
  // And the data comes out of it again.
  must(sealing_calls::unseal_range(SealProof{5}, at(FileType::cache), at(FileType::sealed), folder.path() / "data", 7,
                                   1000, ticket, sealed.commitments.unsealed_cid, 127, 254));
  EXPECT_EQ(must(read_file(folder.path() / "data")), Bytes(254));
}

TEST_F(SealerTest, CommitsToOtherDataThanZeros) {
  open(false);
  auto place = must(storage->allocate(1000, 7, SealProof{5}, {FileType::unsealed}, true));
  Bytes data(kSize);
  for (size_t i = 0; i < data.size(); ++i) data[i] = i % 32 == 31 ? 0 : static_cast<uint8_t>(i);
  must(write_file(place.files[FileType::unsealed], data));
  // The commitment of the padded bytes is that of the data they pad.
  Bytes unpadded;
  {
    // Every 32 bytes hold 254 bits; bits 254 and 255 of each are zero here.
    std::vector<bool> bits;
    for (size_t i = 0; i < data.size() * 8; ++i) {
      if (i % 256 < 254) bits.push_back((data[i / 8] >> (i % 8)) & 1);
    }
    unpadded.resize(bits.size() / 8);
    for (size_t i = 0; i < bits.size(); ++i) unpadded[i / 8] |= static_cast<uint8_t>(bits[i] << (i % 8));
  }
  must(write_file(folder.path() / "data", unpadded));
  PieceInfo piece{kSize, must(sealing_calls::piece_commitment(SealProof{5}, folder.path() / "data", kSize))};
  EXPECT_EQ(must(sealing_calls::comm_d(SealProof{5}, std::vector{piece})), piece.piece_cid);
  auto phase_1 = made<Bytes>(PreCommit1{ticket, {piece}});
  auto sealed = made<SealedCommitments>(PreCommit2{phase_1});
  EXPECT_EQ(sealed.unsealed_cid, piece.piece_cid);
  EXPECT_EQ(made<SealedCommitments>(PreCommit2{phase_1}).sealed_cid, sealed.sealed_cid);
}

TEST(AggregatorTest, MockTakesFourTo819) {
  auto aggregator = make_aggregator(true);
  EXPECT_FALSE(aggregator->aggregate(1000, SealProof{5}, std::vector<AggregateSector>(3)));
  EXPECT_TRUE(aggregator->aggregate(1000, SealProof{5}, std::vector<AggregateSector>(4)));
  EXPECT_FALSE(aggregator->aggregate(1000, SealProof{5}, std::vector<AggregateSector>(820)));
}

}  // namespace
}  // namespace nelumbo::sealing
