// A sector sealed with the real engine, its SNARK verified, and an aggregate of proofs. Needs the PoRep parameters of
// 2 KiB sectors and makes them when they are missing (a quarter of an hour, 5.2 GB of memory).
#include <cstdlib>
#include <future>

#include <gtest/gtest.h>

#include "engine/aggregation.hpp"
#include "sealing/local_sealer.hpp"

namespace nelumbo::sealing {
namespace {

constexpr SealProof kProof{5};
const SectorRef kSector{1000, 3, kProof};

TaskOutput run(Sealer& sealer, Task task) {
  std::promise<Result<TaskOutput>> done;
  sealer.start(kSector, std::move(task), [&](Result<TaskOutput> result) { done.set_value(std::move(result)); });
  return must(done.get_future().get());
}

TEST(RealSeal, ProofAndAggregateHold) {
  std::string name = (fs::temp_directory_path() / "nelumbo-seal-XXXXXX").string();
  const fs::path folder = ::mkdtemp(name.data());
  auto storage = must(Storage::open(folder));
  must(storage->attach(folder / "path", PathMeta{.can_seal = true, .can_store = true}));
  auto sealer = make_local_sealer({.generate_parameters = true}, storage);

  const Hash256 ticket{1, 2, 3}, seed{4, 5, 6};
  std::vector pieces{std::get<PieceInfo>(run(*sealer, AddZeroPiece{}))};
  auto phase_1 = std::get<Bytes>(run(*sealer, PreCommit1{ticket, pieces}));
  auto sealed = std::get<SealedCommitments>(run(*sealer, PreCommit2{phase_1}));
  auto openings = std::get<Bytes>(run(*sealer, Commit1{ticket, seed, sealed.sealed_cid, sealed.unsealed_cid, pieces}));
  run(*sealer, Finalize{});
  // Commit 2 needs no file any more.
  auto proof = std::get<Bytes>(run(*sealer, Commit2{openings}));
  EXPECT_EQ(proof.size(), 192u);
  EXPECT_TRUE(must(sealing_calls::verify_seal(kProof, 3, 1000, ticket, seed, sealed, proof)));
  EXPECT_FALSE(must(sealing_calls::verify_seal(kProof, 4, 1000, ticket, seed, sealed, proof)));

  // One proof four times does for an aggregate.
  must(parameters::make_srs());
  must(parameters::check_srs());
  AggregateSector one{3, sealed.sealed_cid, sealed.unsealed_cid, ticket, seed, proof};
  auto aggregator = make_aggregator(false);
  auto aggregate = must(aggregator->aggregate(1000, kProof, std::vector(4, one)));
  std::vector<sealing_calls::AggregatedSector> list(4, {3, sealed.sealed_cid, sealed.unsealed_cid, ticket, seed});
  EXPECT_TRUE(must(sealing_calls::verify_aggregate_seals(kProof, 1000, list, aggregate)));
  list[2].number = 5;
  EXPECT_FALSE(must(sealing_calls::verify_aggregate_seals(kProof, 1000, list, aggregate)));
  std::vector wrong(4, one);
  wrong[1].seed[0] ^= 1;
  EXPECT_EQ(aggregator->aggregate(1000, kProof, wrong).error().code, ErrorCode::invalid);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace nelumbo::sealing
