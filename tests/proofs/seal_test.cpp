// A sector sealed with the real engine, its SNARK verified, and an aggregate of proofs. Needs the PoRep parameters of
// 2 KiB sectors and makes them when they are missing (a quarter of an hour, 5.2 GB of memory).
#include <cstdlib>
#include <fstream>
#include <future>

#include <gtest/gtest.h>

#include "base/temporary_folder.hpp"
#include "engine/aggregation.hpp"
#include "engine/parameter_check.hpp"
#include "sealing/local_sealer.hpp"

namespace nelumbo::sealing {
namespace {

constexpr SealProof kProof{5};
constexpr uint64_t kSize = 2048;
const SectorRef kSector{1000, 3, kProof};

Result<TaskOutput> try_run(Sealer& sealer, Task task) {
  std::promise<Result<TaskOutput>> done;
  sealer.start(kSector, std::move(task), [&](Result<TaskOutput> result) { done.set_value(std::move(result)); });
  return done.get_future().get();
}
TaskOutput run(Sealer& sealer, Task task) { return must(try_run(sealer, std::move(task))); }

void flip_byte(const fs::path& path, uint64_t at) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(at));
  const auto byte = static_cast<char>(file.get() ^ 1);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

/// The machine's parameters in a folder of the test's own, by links, so that it can damage one.
class ParameterFolder {
 public:
  explicit ParameterFolder(const fs::path& folder) : real_(parameter_cache_folder()), folder_(folder) {
    must(parameters::generate(parameters::Kind::porep, kSize, {}));
    fs::create_directories(folder);
    for (const auto& each : fs::directory_iterator(real_)) {
      const auto name = each.path().filename();
      if (name.extension() != ".digest") fs::create_symlink(each.path(), folder / name);
    }
    ::setenv("FIL_PROOFS_PARAMETER_CACHE", folder.c_str(), 1);
  }
  fs::path porep() const { return folder_ / must(parameters::names(parameters::Kind::porep, kSize)).parameters; }
  /// A copy in the link's place, which may be damaged.
  void copy() const {
    fs::remove(porep());
    fs::copy_file(real_ / porep().filename(), porep());
  }
  void mend() const {
    fs::remove(porep());
    fs::create_symlink(real_ / porep().filename(), porep());
  }

 private:
  const fs::path real_, folder_;
};

void expect_damaged(Sealer& sealer, const Task& commit_2, const ParameterFolder& parameters) {
  auto result = try_run(sealer, commit_2);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::unavailable) << result.error().message;
  EXPECT_NE(result.error().message.find(parameters.porep().string()), std::string::npos) << result.error().message;
}

TEST(RealSeal, ProofAndAggregateHold) {
  const TemporaryFolder temporary;
  const auto& folder = temporary.path();
  const ParameterFolder parameter_folder(folder / "parameters");
  auto storage = must(Storage::open(folder));
  must(storage->attach(folder / "path", PathMeta{.can_seal = true, .can_store = true}));
  auto sealer = make_local_sealer({.generate_parameters = true}, storage);

  const Hash256 ticket{1, 2, 3}, seed{4, 5, 6};
  std::vector pieces{std::get<PieceInfo>(run(*sealer, AddZeroPiece{}))};
  auto phase_1 = std::get<Bytes>(run(*sealer, PreCommit1{ticket, pieces}));
  auto sealed = std::get<SealedCommitments>(run(*sealer, PreCommit2{phase_1}));
  auto openings = std::get<Bytes>(run(*sealer, Commit1{ticket, seed, sealed.sealed_cid, sealed.unsealed_cid, pieces}));
  run(*sealer, Finalize{});
  // Parameters that are cut off, and such in which a byte is another one than was noted: it waits for whole ones.
  parameter_folder.copy();
  fs::resize_file(parameter_folder.porep(), 1 << 20);
  expect_damaged(*sealer, Commit2{openings}, parameter_folder);
  parameter_folder.mend();
  must(parameters::note_whole(parameters::Kind::porep, kSize));
  parameter_folder.copy();
  flip_byte(parameter_folder.porep(), fs::file_size(parameter_folder.porep()) / 2);
  expect_damaged(*sealer, Commit2{openings}, parameter_folder);
  parameter_folder.mend();
  // Commit 2 needs no file of the sector any more.
  auto proof = std::get<Bytes>(run(*sealer, Commit2{openings}));
  EXPECT_EQ(proof.size(), 192u);
  EXPECT_TRUE(must(sealing_calls::verify_seal(kProof, 3, 1000, ticket, seed, sealed, proof)));
  EXPECT_FALSE(must(sealing_calls::verify_seal(kProof, 4, 1000, ticket, seed, sealed, proof)));

  // As the pipeline asks before it sends one.
  AggregateSector one{3, sealed.sealed_cid, sealed.unsealed_cid, ticket, seed, proof};
  auto aggregator = make_aggregator(false);
  EXPECT_TRUE(must(aggregator->verify(1000, kProof, one)));
  EXPECT_FALSE(must(aggregator->verify(1001, kProof, one)));

  // One proof four times does for an aggregate.
  must(parameters::make_srs());
  must(parameters::check_srs());
  auto aggregate = must(aggregator->aggregate(1000, kProof, std::vector(4, one)));
  std::vector<sealing_calls::AggregatedSector> list(4, {3, sealed.sealed_cid, sealed.unsealed_cid, ticket, seed});
  EXPECT_TRUE(must(sealing_calls::verify_aggregate_seals(kProof, 1000, list, aggregate)));
  list[2].number = 5;
  EXPECT_FALSE(must(sealing_calls::verify_aggregate_seals(kProof, 1000, list, aggregate)));
  std::vector wrong(4, one);
  wrong[1].seed[0] ^= 1;
  EXPECT_EQ(aggregator->aggregate(1000, kProof, wrong).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace nelumbo::sealing
